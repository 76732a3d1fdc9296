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
from backends import Agreement, agree  # noqa: E402
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


def test_where_branchlight_differs_from_itself_nothing_is_counted(folder: Path) -> None:
    found = judge("project-1", folder, [run(), run(), run((1, 4)), run()], None)
    assert (found.unsteady_here, found.files, found.lines, found.unexplained) == (["p.py"], 0, 0, [])
    again = judge("project-1", folder, [run(), run(), run((1, 4)), run((1, 4))], None)
    assert (again.unsteady_here, len(again.unexplained)) == ([], 2)


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


def agreed(one: suites.Run, again: suites.Run, other: suites.Run) -> Agreement:
    return agree(["markers", "bookkeeping"], [one, other], lambda: again, {"left_out.py"})


def test_backends_that_say_the_same_are_counted() -> None:
    found = agreed(run(), run((1, 4)), run())
    assert (found.files, found.lines, found.branches, found.unsteady, found.unexplained) == (1, 3, 2, [], [])


def test_what_backends_say_differently_is_named() -> None:
    found = agreed(run(), run(), run((1, 4), test_a="failed"))
    assert found.unexplained == [
        "test_a: passed under markers, failed under bookkeeping",
        "p.py: missing_branches (1, 3): markers only",
        "p.py: missing_branches (1, 4): bookkeeping only",
    ]


def test_a_file_that_only_one_backend_reports_is_named() -> None:
    assert agreed(run(), run(), run(name="q.py")).unexplained == [
        "p.py: in one report only",
        "q.py: in one report only",
    ]


def test_where_a_backend_differs_from_itself_nothing_is_counted() -> None:
    found = agreed(run(), run((1, 4)), run((1, 5)))
    assert (found.files, found.unsteady, found.unexplained) == (0, ["p.py"], [])
    found = agreed(run(name="left_out.py"), run((1, 4)), run((1, 5), name="left_out.py"))
    assert (found.files, found.unexplained) == (0, [])


def test_the_table_says_what_differs() -> None:
    alike = Agreement(["markers", "bookkeeping"], 2, 3010, 410, ["v.py"], ["p.py: y"])
    one = Comparison(
        "project-1", "3.14.0", 10, 1, 2, 3000, 400, {"some reason": 2}, ["u.py"], ["w.py"], ["p.py:1: x"], alike
    )
    text = table.markdown([one], "./dev conformance")
    assert "| project-1 | 3.14.0 | 10 (1 failed under both) | 2 | 3,000 | 400 | 3 |" in text
    assert "2 × [1](#explanations), **1 not explained**" in text
    assert "1. Some reason." in text
    assert "- project-1 on 3.14.0: `u.py`" in text
    assert "| 3.14.0 | markers, bookkeeping | 1 | 2 | 3,010 | 410 | 1 | 1 |" in text
    assert "- project-1 on 3.14.0: `w.py`\n- project-1 on 3.14.0: `v.py`" in text


class Counted:
    """Stands in for a suite, which is unpacked and installed before it can run."""

    def __init__(self, project: projects.Project) -> None:
        self.project = project
        self.runs = 0

    def by_coverage(self, core: str | None) -> suites.Run:
        self.runs += 1
        return suites.Run({"p.py": report((1, 3)), "q.py": None}, {"test_a": f"{self.runs} {core}"})


def test_a_run_is_kept_until_what_it_depends_on_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suites, "WORK", tmp_path)
    (tmp_path / suites.VERSION).mkdir()
    suite = Counted(next(projects.listed()))
    first = results.Runs(suite, again=False).by_coverage(None)
    later = results.Runs(suite, again=False)
    assert later.by_coverage(None) == first and later.measured == 0
    assert later.by_coverage(None, 2) != first and later.measured == 1
    assert results.Runs(suite, again=True).by_coverage(None) != first
    suite.project = dataclasses.replace(suite.project, pytest=["-x"])
    assert results.Runs(suite, again=False).by_coverage(None).tests == {"test_a": "4 None"}


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
    rows, alike = (
        [line.split(" | ") for line in part.splitlines() if line.startswith("| ")] for part in text.split("\n## ")[:2]
    )
    known = [one.distribution.stem for one in projects.listed()]
    assert {row[0].removeprefix("| ") for row in rows} - {"project"} == {*known}
    assert {row[0] for row in alike[1:]} == {f"| {row[1]}" for row in rows[1:]}
    assert {row[2] for row in alike[1:]} == {str(len(known))}
    assert "not explained" not in text
