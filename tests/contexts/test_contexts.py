"""Which tests ran each line: `report --show-contexts` against pytest-cov's --cov-context=test, on real suites."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import measure
import projects
from measure import Contexts

Fact = tuple[str, int, str]  # file, line, context

# Of a fixture of several tests coverage.py gives the lines to the test that happens to come first: by project, the file of
# the tests that use it, and its name.
SHARED = {"attrs": [("tests/test_funcs.py", "C"), ("tests/test_validators.py", "member_validator")]}
# Code objects that pass through no exec (docs/collector.md, "What it cannot see"): cloudpickle makes such of its own; and
# hypothesis gives its wrapper around a test the file and the line of that test's `def`.
CLOUDPICKLE = ("attrs", "src/attr/_make.py", "tests/test_3rd_party.py::TestCloudpickleCompat::test_repr")

# A function that the garbage collector calls (`close`, by the file's `__del__`), in whichever test it comes to that.
FINALIZER = ("click", "src/click/testing.py", "def close(self) -> None:")


def by_the_garbage_collector(project: str, folder: Path, fact: Fact) -> bool:
    name, line, _ = fact
    text = (folder / name).read_text(encoding="utf-8").splitlines()[line - 1]
    return (project, name, text.strip()) == FINALIZER


def is_copy(project: str, folder: Path, fact: Fact) -> bool:
    name, line, test = fact
    if (project, name, test) == CLOUDPICKLE:
        return True
    text = (folder / name).read_text(encoding="utf-8").splitlines()[line - 1]
    return text.strip().startswith(f"def {test.rpartition('::')[2]}(") and "hypothesis" in text_of(folder, test)


def text_of(folder: Path, test: str) -> str:
    return (folder / test.partition("::")[0]).read_text(encoding="utf-8")


def facts(contexts: Contexts) -> set[Fact]:
    """Of what is a file, and ran in a test."""
    return {
        (name, line, test)
        for name, lines in contexts.items()
        for line, tests in lines.items()
        for test in tests
        if test and name.endswith(".py")
    }


def users(folder: Path, file: str, fixture: str) -> Iterator[str]:
    """The tests, without their parameters, that have a parameter of this name."""
    scope = ""
    for line in text_of(folder, file).splitlines():
        if found := re.match(r"class (\w+)", line):
            scope = found[1]
        if found := re.search(rf"def (test_\w+)\(self,.*\b{fixture}\b", line):
            yield f"{file}::{scope}::{found[1]}"


def of_shared_fixtures(project: str, folder: Path, theirs: set[Fact], ours_only: set[Fact]) -> set[Fact]:
    explained: set[Fact] = set()
    for file, fixture in SHARED.get(project, ()):
        using = set(users(folder, file, fixture))
        assert len(using) > 3
        of_first = {(name, line) for name, line, test in theirs if test.partition("[")[0] in using}
        found = {each for each in ours_only if each[2].partition("[")[0] in using and each[:2] in of_first}
        assert found, f"{fixture} explains nothing any more"
        explained |= found
    return explained


@pytest.mark.parametrize(("project", "least"), [("h11", 12_000), ("click", 900_000), ("attrs", 500_000)])
def test_the_contexts_of_a_project_are_coverage_pys(project: str, least: int) -> None:
    (one,) = (each for each in projects.listed() if each.name == project)
    suite = measure.Suite(one)
    theirs, ours = suite.contexts_by_coverage(), suite.contexts_by_branchlight()
    in_tests, in_ours = facts(theirs), facts(ours)
    assert len(in_tests) > least

    theirs_only = {fact for fact in in_tests - in_ours if not is_copy(project, suite.folder, fact)}
    theirs_only = {fact for fact in theirs_only if not by_the_garbage_collector(project, suite.folder, fact)}
    assert not shown(theirs_only), "coverage.py only"
    ours_only = in_ours - in_tests
    ours_only -= of_shared_fixtures(project, suite.folder, in_tests, ours_only)
    ours_only = {fact for fact in ours_only if not by_the_garbage_collector(project, suite.folder, fact)}
    assert not shown(ours_only), "Branchlight only"

    # What ran outside of tests. pytest-cov starts later than Branchlight, and stops earlier.
    outside = {(name, line) for name, lines in ours.items() for line, tests in lines.items() if "" in tests}
    for name in ours.keys() & theirs.keys():
        missing = [line for line, tests in theirs[name].items() if "" in tests and (name, line) not in outside]
        assert not missing, name


def shown(differing: set[Fact]) -> list[Fact]:
    return sorted(differing)[:20]
