"""Where the configuration stands and how it is written, as coverage.py has it; and what is said of settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import Project
from counted_alike import MAIN, MARKED, Case, rc, with_rc

CASES = [
    Case("setup.cfg", {MAIN: MARKED, "setup.cfg": "[metadata]\nname = x\n[coverage:report]\nexclude_also = log\n"}),
    Case("tox.ini", {MAIN: MARKED, "tox.ini": "[tox]\nenvlist = x\n[coverage:report]\nexclude_also: raise\n"}),
    Case(".coveragerc.toml", {MAIN: MARKED, ".coveragerc.toml": "[report]\nexclude_also = ['log']\n"}),
    Case("pyproject.toml", {MAIN: MARKED, "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n"}),
    Case(
        ".coveragerc comes first",
        {
            MAIN: MARKED,
            ".coveragerc": "[report]\nexclude_also = raise\n",
            "setup.cfg": "[coverage:report]\nexclude_also = log\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['__repr__']\n",
        },
    ),
    Case(
        "an empty .coveragerc is one",
        {MAIN: MARKED, ".coveragerc": "", "setup.cfg": "[coverage:report]\nexclude_also = log\n"},
    ),
    Case(
        "setup.cfg comes before pyproject.toml",
        {
            MAIN: MARKED,
            "setup.cfg": "[coverage:report]\nexclude_also = raise\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n",
        },
    ),
    Case(
        "setup.cfg without a word on coverage",
        {
            MAIN: MARKED,
            "setup.cfg": "[report]\nexclude_also = raise\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n",
        },
    ),
    Case(
        "COVERAGE_RCFILE",
        {
            MAIN: MARKED,
            "conf/mine.cfg": "[report]\nexclude_also = raise\n",
            ".coveragerc": "[report]\nexclude_also = log\n",
        },
        environment={"COVERAGE_RCFILE": "conf/mine.cfg"},
    ),
    Case(
        "environment variables",
        with_rc(
            MARKED,
            rc(report="exclude_also =\n    $WHAT\n    ${NONE-log}${NONE}\n    ${WHAT}x$$\n    __repr__\\(x\\):$"),
        ),
        environment={"WHAT": "raise"},
    ),
    Case("prefixed sections in .coveragerc", with_rc(MARKED, "[coverage:report]\nexclude_also = raise\n")),
    Case(
        "continued and blank lines",
        with_rc(
            MARKED,
            "[report]\nexclude_also =\n    raise\n\n      log\n# no more\n    \n    __repr__\nshow_missing = true\n[DEFAULT]\nomit = */nothing\n",
        ),
    ),
    Case(
        "commas in patterns",
        with_rc(
            "def f(a, b):\n    return 1\n\n\ndef g(a,b):\n    return 2\n",
            rc(report="exclude_also = def \\w+\\(a, b\\)"),
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_counts_as_coveragepy_does(empty_project: Project, tmp_path: Path, case: Case) -> None:
    case.check(empty_project, tmp_path)


def test_doctor_names_settings_that_mean_nothing_here(project: Project) -> None:
    project.write(
        ".coveragerc",
        "[run]\nbranch = true\nparallel = true\nplugins = p\nsuorce = x\n[report]\nexclude_also = (\nprecision = 2\n",
    )
    result = project("doctor", "--python", sys.executable)
    assert result.returncode == 1
    assert f"what does not count is read from {project.root}/.coveragerc" in result.stdout
    nothing = result.stdout.split("settings of coverage.py that mean nothing to Branchlight:")[1].split("->")[0]
    assert nothing.split("\n")[1:3] == ["      [report] precision", "      [run] plugins"]
    assert "branch" not in nothing and "parallel" not in nothing
    assert (
        f"settings that neither coverage.py nor Branchlight knows:\n      {project.root}/.coveragerc: [run] suorce"
        in result.stdout
    )
    assert "exclude_also has a pattern that is left out, (:" in result.stdout


def test_settings_of_our_own_that_do_not_exist_are_named(project: Project) -> None:
    project.write("pyproject.toml", "[tool.branchlight]\ncolour = 'red'\n")
    assert "[tool.branchlight] colour" in project("doctor", "--python", sys.executable).stdout
