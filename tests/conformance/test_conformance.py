"""`./dev conformance` finds what differs, and says so; and the smallest projects are reported as coverage.py does."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import explanations  # noqa: E402
import projects  # noqa: E402
import results  # noqa: E402
import single_facts  # noqa: E402
import suites  # noqa: E402
import table  # noqa: E402
from compare import Comparison, differences, judge  # noqa: E402

KINDS = suites.measured.KINDS
PROGRAM = "if a:\n    b\nc\n"


def report(*missing: tuple[int, int]) -> dict[str, Any]:
    whole: dict[str, set[Any]] = {kind: set() for kind in KINDS}
    return whole | {"executed_lines": {1, 2, 3}, "executed_branches": {(1, 2)}, "missing_branches": set(missing)}


def run(missing: tuple[int, int] = (1, 3), name: str = "p.py", **tests: str) -> suites.Run:
    return suites.Run({name: report(missing)}, tests or {"test_a": "passed"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.py").write_text(PROGRAM)
    return tmp_path


def judged(folder: Path, first: suites.Run, second: suites.Run, ours: suites.Run) -> Comparison:
    return judge("project-1", folder, [first, second, ours], None)


def test_what_is_the_same_is_counted(folder: Path) -> None:
    found = judged(folder, run(), run(), run())
    assert (found.tests, found.files, found.lines, found.branches) == (1, 1, 3, 2)
    assert found.unexplained == [] and found.reasons == {}


def test_a_difference_names_file_and_line_and_what_each_says(folder: Path) -> None:
    found = judged(folder, run(), run(), run((1, 4)))
    assert found.unexplained == [
        "p.py:1: missing_branches (1, 3): coverage.py only",
        "p.py:1: missing_branches (1, 4): Branchlight only",
    ]


def test_a_file_that_only_one_of_them_reports_is_a_difference(folder: Path) -> None:
    (folder / "q.py").write_text(PROGRAM)
    found = judged(folder, run(), run(), run(name="q.py"))
    assert found.unexplained == ["p.py:: file None: coverage.py only", "q.py:: file None: Branchlight only"]


def test_where_coverage_py_differs_from_itself_nothing_is_counted(folder: Path) -> None:
    found = judged(folder, run(), run((1, 4)), run((1, 5)))
    assert found.unsteady == ["p.py"]
    assert (found.files, found.lines, found.unexplained) == (0, 0, [])


def test_a_test_that_ends_in_another_way_is_a_difference(folder: Path) -> None:
    found = judged(folder, run(test_a="passed"), run(test_a="passed"), run(test_a="failed"))
    assert found.unexplained == ["test_a: passed under coverage.py, failed under Branchlight"]


def test_the_other_core_is_asked_where_something_differs(folder: Path) -> None:
    asked = []

    def witness() -> suites.Report:
        asked.append(True)
        return run((1, 4)).report

    assert judge("project-1", folder, [run(), run(), run()], witness).reasons == {}
    assert not asked
    found = judge("project-1", folder, [run(), run(), run((1, 4))], witness)
    assert found.unexplained == []
    assert found.reasons == {differences.CORES: 2}


def test_a_template_may_be_in_coverage_pys_report_alone(folder: Path) -> None:
    (folder / "page.html").write_text("BAR")
    one = run(name="page.html")
    found = judged(folder, one, one, suites.Run({}, one.tests))
    assert found.unexplained == []
    assert found.reasons == {explanations.TEMPLATE: 1}


def test_a_single_fact_is_explained_in_its_own_project_only() -> None:
    (_, fact), reason = next(iter(single_facts.FACTS.items()))
    here, elsewhere = Comparison("jinja2-3.1.6", unexplained=[fact, "other"]), Comparison("other-1", unexplained=[fact])
    single_facts.explain(here)
    single_facts.explain(elsewhere)
    assert here.unexplained == ["other"] and here.reasons == {reason: 1}
    assert elsewhere.unexplained == [fact] and not elsewhere.reasons


def test_the_table_says_what_differs() -> None:
    one = Comparison("project-1", "3.14.0", 10, 1, 2, 3000, 400, {"some reason": 2}, ["u.py"], ["p.py:1: x"])
    text = table.markdown([one], "./dev conformance")
    assert "| project-1 | 3.14.0 | 10 (1 failed under both) | 2 | 3,000 | 400 | 3 |" in text
    assert "2 × [1](#explanations), **1 not explained**" in text
    assert "1. Some reason." in text
    assert "- project-1 on 3.14.0: `u.py`" in text


def test_a_result_is_kept_until_what_it_is_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "WORK", tmp_path)
    (tmp_path / "3.14").mkdir()
    project = next(projects.listed())
    assert results.kept("3.14", project) is None
    result = Comparison("project-1", "3.14.0", 10, reasons={"some reason": 2})
    results.keep("3.14", project, result)
    assert results.kept("3.14", project) == result
    assert results.kept("3.14", dataclasses.replace(project, pytest=["-x"])) is None


@pytest.mark.parametrize(("project", "version"), [("pluggy", "3.14"), ("h11", "3.12")])
def test_a_project_is_reported_as_coverage_py_reports_it(project: str, version: str) -> None:
    command = [sys.executable, HERE, project, "--interpreter", version, "--again"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    assert answer.returncode == 0, answer.stderr
    (one,) = (each for each in projects.listed() if each.name == project)
    (row,) = (line for line in answer.stdout.splitlines() if line.startswith(f"| {one.distribution.stem} | {version}."))
    tests, files, lines, branches, differing = (int(cell.replace(",", "")) for cell in row.split(" | ")[2:7])
    assert tests > 70 and files > 20 and lines > 2000 and branches > 250 and differing == 0


def test_the_document_is_of_the_projects_that_are_measured() -> None:
    text = (suites.REPOSITORY / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")}
    assert rows - {"project"} == {one.distribution.stem for one in projects.listed()}
    assert "not explained" not in text
