"""`branchlight report` and `branchlight erase`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import RICH, RICH_TESTS, TESTS, Project

from coverage import CoverageData


def test_the_table_and_the_partial_branches_in_words(project: Project) -> None:
    assert project.pytest().returncode == 0
    report = project("report", "price.py")
    assert report.returncode == 0
    assert re.search(r"^Name +Stmts +Miss Branch BrPart +Cover +Missing$", report.stdout, re.MULTILINE)
    assert re.search(r"^price.py +9 +1 +6 +1 +87% +7$", report.stdout, re.MULTILINE)
    assert re.search(r"^TOTAL +9 +1 +6 +1 +87%$", report.stdout, re.MULTILINE)
    assert "price.py:4: if i > 10: never False; would go to line 7" in report.stdout


def test_the_numbers_are_coveragepys(project: Project, tmp_path) -> None:
    project.coverage("run", "--branch", "--source=.", "-m", "pytest", "-q")
    project.pytest()
    ours, theirs = project.reports(tmp_path)
    assert ours["meta"].keys() == theirs["meta"].keys()
    assert ours["totals"] == theirs["totals"]
    assert ours["files"] == theirs["files"]


def test_the_contexts_are_those_of_pytest_cov(project: Project, tmp_path) -> None:
    """Line by line in a file; in its functions and classes, those of their own lines."""
    project.write("rich.py", RICH)
    project.write("test_rich.py", RICH_TESTS)
    options = ["--cov=.", "--cov-branch", "--cov-context=test", "--cov-report="]
    environment = project.environment(COVERAGE_CORE="ctrace")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    subprocess.run(command, cwd=project.root, env=environment, check=True, capture_output=True)
    assert project.pytest().returncode == 0
    ours, theirs = project.reports(tmp_path, "--show-contexts")
    assert ours["meta"].keys() == theirs["meta"].keys() and ours["meta"]["show_contexts"] is True
    assert ours["files"].keys() == theirs["files"].keys() == {"price.py", "rich.py", "test_price.py", "test_rich.py"}
    for name, file in theirs["files"].items():
        phases = {
            line: {re.sub(r"\|(setup|run|teardown)$", "", context) for context in contexts}
            for line, contexts in file["contexts"].items()
        }
        found = ours["files"][name]["contexts"]
        assert {line: set(contexts) for line, contexts in found.items()} == phases
        for kind in ("functions", "classes"):
            for region, content in ours["files"][name][kind].items():
                assert content.keys() == file[kind][region].keys()
                assert content["contexts"].items() <= found.items()
                assert {str(line) for line in content["executed_lines"]} <= content["contexts"].keys()
    assert ours["files"]["price.py"]["contexts"]["9"] == ["test_price.py::test_vip"]


def test_contexts_are_of_the_json_report(project: Project) -> None:
    project.pytest()
    assert "contexts" not in project("report", "--format", "json").stdout.replace("show_contexts", "")
    refused = project("report", "--show-contexts")
    assert refused.returncode == 2 and "--format json" in refused.stderr


def test_coveragepys_data_file_shows_the_same_numbers(project: Project, tmp_path) -> None:
    project.write("rich.py", RICH)
    project.write("test_rich.py", RICH_TESTS)
    assert project.pytest().returncode == 0
    assert project("report", "--format", "coveragepy").returncode == 0
    ours, theirs = project.reports(tmp_path)
    assert ours["totals"] == theirs["totals"]
    assert ours["files"] == theirs["files"]
    assert ours["files"]["rich.py"]["missing_branches"], "a test in which nothing is missing shows nothing"
    ours_table = project("report").stdout.splitlines()
    for line in project.coverage("report", "--show-missing").splitlines():
        if line.startswith(("price.py", "rich.py", "TOTAL")):
            assert line.split() in [each.split() for each in ours_table]
    project.coverage("html", "--show-contexts", "-d", str(tmp_path / "html"))
    assert "test_rich.py::test_vip" in next((tmp_path / "html").glob("rich_py.html")).read_text()


def test_coveragepys_data_file_has_the_tests_as_contexts(project: Project, tmp_path) -> None:
    project.pytest()
    path = tmp_path / "data"
    assert project("report", "--format", "coveragepy", "-o", str(path)).returncode == 0
    data = CoverageData(str(path))
    data.read()
    assert data.has_arcs()
    contexts = data.contexts_by_lineno(str(project.root / "price.py"))
    assert "test_price.py::test_dear" in contexts[5]
    assert "test_price.py::test_dear" not in contexts[1]
    assert "" in contexts[1]


def test_coveragepys_data_file_leaves_out_what_has_changed_since(project: Project, tmp_path) -> None:
    project.pytest()
    source = project.root / "price.py"
    source.write_text("# above\n" + source.read_text())
    result = project("report", "--format", "coveragepy", "-o", str(tmp_path / "data"))
    assert "price.py has changed since it ran, and was left out" in result.stderr
    data = CoverageData(str(tmp_path / "data"))
    data.read()
    assert data.measured_files() == {str(project.root / "test_price.py")}


def test_a_data_file_that_cannot_be_written_leaves_what_is_there(project: Project, tmp_path) -> None:
    project.pytest()
    result = project("report", "--format", "coveragepy", "-o", str(tmp_path / "none/data"))
    assert result.returncode == 2
    assert "none/data" in result.stderr
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/kept").write_text("kept")
    result = project("report", "--format", "coveragepy", "-o", str(tmp_path / "folder"))
    assert result.returncode == 2
    assert (tmp_path / "folder/kept").exists()
    assert not list(tmp_path.glob("folder.new*"))
    result = project("report", "--format", "coveragepy", "-o", "-")
    assert (result.returncode, result.stdout, "name a file with -o" in result.stderr) == (2, "", True)
    assert not (project.root / "-").exists()


def test_fail_under_is_1_below_the_limit(project: Project) -> None:
    project.pytest()
    assert project("report", "--fail-under", "80").returncode == 0
    result = project("report", "price.py", "--fail-under", "90")
    assert result.returncode == 1
    assert "86.67 % is below --fail-under 90" in result.stderr


def test_explain_says_all_that_led_to_a_verdict(project: Project) -> None:
    project.pytest()
    text = project("report", "--explain", "price.py:4").stdout
    assert "if i > 10  (in total)" in text
    assert "partial: never False" in text
    assert "by test test_price.py::test_dear" in text
    assert re.search(r"(jump at byte \d+ of total|marker \d+)", text)
    assert re.search(r"run [0-9a-f]{8}, test test_price.py::test_vip", text)
    assert "False: not taken; leads to line 7" in text


@pytest.mark.parametrize(
    ("place", "status", "says"),
    [
        ("price.py", 2, "FILE:LINE"),
        ("price.py:zero", 2, "FILE:LINE"),
        ("price.py:99", 1, "line 99 does not exist"),
        ("other.py:1", 1, "nothing is known of this file"),
    ],
)
def test_explain_says_what_it_cannot_explain(project: Project, place: str, status: int, says: str) -> None:
    project.pytest()
    result = project("report", "--explain", place)
    assert (result.returncode, says in result.stderr) == (status, True), result.stderr


def test_without_any_run_it_says_how_to_begin_and_leaves_no_trace(project: Project) -> None:
    result = project("report")
    assert result.returncode == 1
    assert "branchlight run -m pytest" in result.stderr
    assert not (project.root / ".branchlight").exists()


def test_a_test_that_fails_takes_nothing_away(project: Project) -> None:
    project.pytest()
    before = project("report", "price.py").stdout
    project.write("test_price.py", TESTS.replace("== 11", "== 12"))
    assert project.pytest().returncode == 1
    assert project("report", "price.py").stdout == before


def test_what_is_known_survives_the_logs(project: Project) -> None:
    project.pytest()
    before = project("report", "price.py").stdout
    for path in (project.root / ".branchlight/runs").iterdir():
        path.unlink()
    assert project("report", "price.py").stdout == before


def test_old_logs_are_removed_and_the_last_runs_stay(project: Project) -> None:
    for _ in range(6):
        project.pytest()
    project("report")
    assert len(list((project.root / ".branchlight/runs").glob("*.json"))) == 3


def test_a_file_that_changed_since_is_named(project: Project) -> None:
    project.pytest()
    source = project.root / "price.py"
    source.write_text("# above\n" + source.read_text())
    text = project("report", "price.py").stdout
    assert "Changed since they ran" in text
    assert "price.py:4: if i > 10" in text  # in terms of the text that ran


def test_a_run_under_way_counts_and_what_is_missing_is_not_yet(project: Project) -> None:
    project.write("slow.py", "import price\nprice.total([11])\nprint('ready', flush=True)\ninput()\n")
    process = project.popen("run", "--python", sys.executable, "slow.py", stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    text = project("report").stdout
    assert "price.py:4: if i > 10: not yet False" in text
    assert "under way" in text
    process.communicate("\n", timeout=30)
    assert "price.py:4: if i > 10: never False" in project("report").stdout


def test_a_killed_run_keeps_what_it_had_reached(project: Project) -> None:
    project.write("slow.py", "import os, price\nprice.total([11])\nos.kill(os.getpid(), 9)\n")
    assert project.run("slow.py").returncode == 137
    assert "price.py:4: if i > 10: never False" in project("report").stdout


def test_two_runs_at_once_are_both_known(project: Project) -> None:
    project.write("one.py", "import sys, price\nprice.total([int(sys.argv[1])])\nprint('ready', flush=True)\ninput()\n")
    processes = [
        project.popen("run", "--python", sys.executable, "one.py", value, stdin=subprocess.PIPE)
        for value in ("1", "11")
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("\n", timeout=30)
    assert "if i > 10" not in project("report").stdout


def test_erase_forgets(project: Project) -> None:
    project.pytest()
    result = project("erase")
    assert result.returncode == 0
    assert project("report").returncode == 1
    assert list((project.root / ".branchlight/runs").iterdir()) == []
    assert project("erase").returncode == 0


def test_erase_does_not_disturb_a_run(project: Project) -> None:
    project.write(
        "slow.py", "import price\nprint('ready', flush=True)\ninput()\nfor i in range(5000): price.total([i])\n"
    )
    process = project.popen("run", "--python", sys.executable, "slow.py", stdin=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    assert project("erase").returncode == 0
    process.communicate("\n", timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize("command", ["run", "env", "report", "import", "watch", "doctor", "lsp", "erase"])
def test_every_command_has_help_with_an_example(project: Project, command: str) -> None:
    result = project(command, "--help")
    assert result.returncode == 0
    assert f"Usage: branchlight {command}" in result.stdout
    assert re.search(rf"Examples?:\n  .*branchlight {command}", result.stdout)
    assert command in project("--help").stdout


@pytest.mark.parametrize(
    "words", [[], ["frobnicate"], ["--frobnicate"], ["report", "--format", "magic"], ["erase", "x"]]
)
def test_wrong_use_is_2(project: Project, words: list[str]) -> None:
    result = project(*words)
    assert result.returncode == 2
    assert result.stderr


def test_version(project: Project) -> None:
    assert re.fullmatch(r"branchlight \d+\.\d+\.\d+\n", project("--version").stdout)


SPOIL = """\
import glob
[log] = glob.glob(".branchlight/runs/*.hits")
content = open(log, "rb").read()
open(log, "wb").write({expression})
"""
REFUSED = {
    "another version": (
        'content[:8] + b"c" + content[9:]',
        "it has format version 99, and this program reads version 1",
    ),
    "another byte order": (
        "content[:12] + bytes([1, 2, 3, 4]) + content[16:]",
        "it was written by a machine of the other byte order",
    ),
    "cut off": ("content[:200]", "it was cut off: 200 of its 65536 bytes are there, and what they hold was read"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_log_that_cannot_be_read_is_named_with_the_reason(project: Project, what: str) -> None:
    expression, reason = REFUSED[what]
    project.write("shop.py", "import price\nprint(price.total([11]))\n")
    project.write("spoil.py", SPOIL.format(expression=expression))
    commands = f"{sys.executable} shop.py && env -u PYTHONPATH {sys.executable} spoil.py"
    run = project("run", "sh", "-c", commands)
    assert (run.returncode, run.stdout, run.stderr) == (0, "11\n", "")
    first, *_ = project("report").stderr.splitlines()
    assert first.startswith("branchlight report: not all is known: ") and reason in first
    doctor = project("doctor", "--python", sys.executable)
    assert doctor.returncode == 1 and doctor.stdout.count(reason) == 1
