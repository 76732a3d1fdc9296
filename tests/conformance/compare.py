"""Measures one project on the interpreter that runs this, and says in JSON what it found: compare.py PROJECT [--again]"""

from __future__ import annotations

import collections
import dataclasses
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import explanations
import projects
import results
import suites
from backends import Agreement, agree
from suites import Report, Run

sys.path.insert(0, str(suites.measured.HERE))
import differences
from differences import Difference
from measured import BACKENDS, CORE, WITNESS


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
    reasons: dict[str, int] = field(default_factory=dict)  # why something differs, and how often
    unsteady: list[str] = field(default_factory=list)  # files for which two runs of coverage.py differ
    unsteady_here: list[str] = field(default_factory=list)  # files for which two runs of Branchlight differ
    unexplained: list[str] = field(default_factory=list)
    agreement: Agreement | None = None
    measured: int = 0  # runs that had not been kept


def compare(suite: suites.Suite, again: bool) -> Comparison:
    runs = results.Runs(suite, again)
    one, other = BACKENDS
    theirs = [runs.by_coverage(CORE, number) for number in (1, 2)]
    ours = runs.by_branchlight(one)
    witness = (lambda: runs.by_coverage(WITNESS).report) if WITNESS else None
    stem = suite.project.distribution.stem
    found = judge(stem, suite.folder, [*theirs, ours], witness)
    if found.unexplained:  # may be one run's chance
        found = judge(stem, suite.folder, [*theirs, ours, runs.by_branchlight(one, 2)], witness)
    found.agreement = agree(
        [one, other],
        [ours, runs.by_branchlight(other)],
        lambda: runs.by_branchlight(one, 2),
        {*found.unsteady, *found.unsteady_here},
    )
    found.measured = runs.measured
    return found


def judge(stem: str, folder: Path, runs: list[Run], witness: Callable[[], Report] | None) -> Comparison:
    """`runs`: two under coverage.py, one or two under Branchlight. `witness` is asked only where there are differences."""
    theirs, again, ours, *more = (run.report for run in runs)
    unsteady = {name for name, found in theirs.items() if found != again.get(name)}
    unsteady_here = {name for name, found in ours.items() if any(found != one.get(name) for one in more)} - unsteady
    steady = {name: found for name, found in theirs.items() if name not in unsteady | unsteady_here}
    # What is not Python is in neither report.
    names = sorted(
        name for name in steady.keys() | ours.keys() - unsteady - unsteady_here if steady.get(name) or ours.get(name)
    )

    def look(witnessed: Report) -> dict[str, tuple[list[Difference], collections.Counter[str]]]:
        return {name: _of_file(folder / name, name, steady, ours, witnessed) for name in names}

    found = look({})
    if witness and any(differing for differing, _ in found.values()):
        found = look(witness())
    reasons = sum((explained for _, explained in found.values()), collections.Counter())
    return Comparison(
        stem,
        tests=len(runs[0].tests),
        failed=sum(how == "failed" for how in runs[0].tests.values()),
        files=len(names),
        lines=_count(steady, "executed_lines", "missing_lines"),
        branches=_count(steady, "executed_branches", "missing_branches"),
        reasons=dict(reasons.most_common()),
        unsteady=sorted(unsteady),
        unsteady_here=sorted(unsteady_here),
        unexplained=[f"{name}:{_line(each)}: {each}" for name in names for each in found[name][0]]
        + suites.ends_apart(*runs[:3], "coverage.py", "Branchlight"),
    )


def _of_file(
    path: Path, name: str, theirs: Report, ours: Report, witness: Report
) -> tuple[list[Difference], collections.Counter[str]]:
    if name not in theirs:
        return [Difference("file", None, True)], collections.Counter()
    if name not in ours and (reason := explanations.why_theirs_alone(path)):
        return [], collections.Counter({reason: 1})
    return differences.compare(path.read_bytes(), theirs[name], ours.get(name), witness.get(name))


def _count(report: Report, *kinds: str) -> int:
    return sum(len(found[kind]) for found in report.values() if found for kind in kinds)


def _line(difference: Difference) -> object:
    return difference.fact[0] if isinstance(difference.fact, tuple) else difference.fact or ""


def main() -> None:
    (project,) = (one for one in projects.listed() if one.name == sys.argv[1])
    json.dump(dataclasses.asdict(compare(suites.Suite(project), "--again" in sys.argv)), sys.stdout)


if __name__ == "__main__":
    main()
