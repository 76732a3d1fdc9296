"""Measures one project on the interpreter that runs this, and says in JSON what it found: compare.py PROJECT"""

from __future__ import annotations

import collections
import dataclasses
import json
import platform
import sys
from dataclasses import dataclass, field

import suites

sys.path.insert(0, str(suites.measured.HERE))
import differences  # noqa: E402
from differences import Difference  # noqa: E402

# coverage.py's default from 3.14 on is sys.monitoring; its tracer then bears witness where that contradicts itself.
CORE, WITNESS = (None, "ctrace") if sys.version_info >= (3, 14) else ("ctrace", None)


@dataclass
class Comparison:
    """What is in one row of the table, and what does not agree."""

    project: str
    python: str = platform.python_version()
    tests: int = 0
    failed: int = 0
    files: int = 0
    lines: int = 0
    branches: int = 0
    differences: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    unsteady: list[str] = field(default_factory=list)  # files for which two runs of coverage.py differ
    unexplained: list[str] = field(default_factory=list)


def compare(suite: suites.Suite) -> Comparison:
    first, second = suite.by_coverage(CORE), suite.by_coverage(CORE)
    ours = suite.by_branchlight()
    unsteady = {name for name, found in first.report.items() if found != second.report.get(name)}
    steady = {name: found for name, found in first.report.items() if name not in unsteady}
    result = Comparison(suite.project.distribution.stem, unsteady=sorted(unsteady))
    result.tests = len(first.tests)
    result.failed = sum(how == "failed" for how in first.tests.values())
    result.files = len(steady)
    result.lines = _count(steady, "executed_lines", "missing_lines")
    result.branches = _count(steady, "executed_branches", "missing_branches")
    names = sorted((steady.keys() | ours.report.keys()) - unsteady)
    found = {name: _of_file(suite, name, steady, ours.report) for name in names}
    if WITNESS and any(differing for differing, _ in found.values()):
        witness = suite.by_coverage(WITNESS).report
        found = {name: _of_file(suite, name, steady, ours.report, witness) for name in names}
    reasons: collections.Counter[str] = collections.Counter()
    for name, (differing, explained) in found.items():
        reasons += explained
        result.unexplained += [f"{name}:{_line(each)}: {each}" for each in differing]
    result.unexplained += _other_outcomes(first.tests, second.tests, ours.tests)
    result.reasons = dict(reasons.most_common())
    result.differences = reasons.total() + len(result.unexplained)
    return result


def _of_file(
    suite: suites.Suite, name: str, theirs: suites.Report, ours: suites.Report, witness: suites.Report | None = None
) -> tuple[list[Difference], collections.Counter[str]]:
    if name not in theirs:
        return [Difference("file", None, True)], collections.Counter()
    content = (suite.folder / name).read_bytes()
    return differences.compare(content, theirs[name], ours.get(name), witness and witness.get(name))


def _other_outcomes(first: dict[str, str], second: dict[str, str], ours: dict[str, str]) -> list[str]:
    """Tests that end in another way under Branchlight, and do not differ under coverage.py alone."""
    return [
        f"{name}: {first.get(name, 'not run')} under coverage.py, {ours.get(name, 'not run')} under Branchlight"
        for name in sorted(first.keys() | ours.keys())
        if first.get(name) == second.get(name) != ours.get(name)
    ]


def _count(report: suites.Report, *kinds: str) -> int:
    return sum(len(found[kind]) for found in report.values() if found for kind in kinds)


def _line(difference: Difference) -> object:
    return difference.fact[0] if isinstance(difference.fact, tuple) else difference.fact or ""


def main() -> None:
    (project,) = (one for one in suites.projects() if one.name == sys.argv[1])
    json.dump(dataclasses.asdict(compare(suites.Suite(project))), sys.stdout)


main()
