"""Whether the backends of an interpreter say the same of a project: lines, executed and missing branches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Set
from dataclasses import dataclass, field

import suites
from suites import Run

sys.path.insert(0, str(suites.measured.HERE))
import differences


@dataclass
class Agreement:
    """What two backends report of the same files, and what does not agree."""

    backends: list[str]
    files: int = 0
    lines: int = 0
    branches: int = 0
    unsteady: list[str] = field(default_factory=list)  # files for which two runs under the first one differ
    unexplained: list[str] = field(default_factory=list)


def agree(ways: list[str], runs: list[Run], again: Callable[[], Run], left_out: Set[str]) -> Agreement:
    """`again`: another run under the first one, asked for only where they differ. `left_out`: files that are not steady
    for reasons of their own."""
    one, other = (run.report for run in runs)
    names = (one.keys() | other.keys()) - left_out
    steady = runs[0]
    if runs[0].tests != runs[1].tests or any(one.get(name) != other.get(name) for name in names):
        steady = again()
    unsteady = {name for name in names if one.get(name) != steady.report.get(name)}
    found = Agreement(ways, unsteady=sorted(unsteady), unexplained=suites.ends_apart(runs[0], steady, runs[1], *ways))
    for name in sorted(names - unsteady):
        first, second = one.get(name), other.get(name)
        if first is None or second is None:
            found.unexplained += [f"{name}: in one report only"] if first != second else []
            continue
        found.files += 1
        found.lines += len(first["executed_lines"] | first["missing_lines"])
        found.branches += len(first["executed_branches"] | first["missing_branches"])
        found.unexplained += [f"{name}: {each}" for each in differences.apart(first, second, us=ways[1], them=ways[0])]
    return found
