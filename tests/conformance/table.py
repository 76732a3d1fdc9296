"""From comparisons to docs/conformance.md."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterable, Iterator

import suites
from backends import Agreement
from compare import Comparison

_METHOD = f"""\
## How it is measured

- The source distribution of each project, pinned by version and hash in `tests/conformance/projects.toml`, is unpacked anew for each run, always at the same place, and installed in an environment of its own.
- Its tests run in one process, in their own order, with `PYTHONHASHSEED=0`: twice under {suites.COVERAGE.replace("==", ".py ")} with `branch = true` (its C tracer on 3.12 and 3.13, its default core on 3.14 and 3.15), and once under `branchlight run` with each backend of that interpreter, its default first. The command of pytest and the settings are the same for all (`source = .`, so that every file of the project counts, the tests themselves and what was never imported too).
- `coverage json` and `branchlight report --format json` are compared file by file: executed, missing and excluded lines, executed and missing branches. So is how each test ended.
- A file that coverage.py reports in two ways in its two runs is *unsteady*: it is named, and not counted. Where a difference has no reason, Branchlight measures once more, and the same holds for it: tests draw at random, or have sets that are ordered by addresses.
- A difference is explained by a rule in `tests/differential/differences.py` or `tests/conformance/explanations.py`, which says where it may be and which of the two may say what; `single_facts.py` names those that no rule can see; [branches.md](branches.md#where-the-numbers-differ-from-coveragepys-and-why) shows what differs within a file. Where coverage.py's own two ways of measuring contradict each other, its C tracer is asked as well. Any other difference fails the command.
- What the default backend reports is what is compared with coverage.py; the report of the other backend is compared with that one. Where these two differ, the default one measures again too.
"""


def markdown(found: list[Comparison], command: str) -> str:
    return "\n".join(
        [*_head(found, command), *_rows(found), "", *_backends(found), *_reasons(found), *_unsteady(found), _METHOD]
    )


def sizes(one: Comparison) -> str:
    return (
        f"{one.tests} tests{_failing(one)}, {one.files} files, {one.lines} lines, {one.branches} branches; "
        f"{sum(one.reasons.values())} differences explained, {len(one.unexplained)} not, "
        f"{len(one.unsteady) + len(one.unsteady_here)} files unsteady{_agreeing(one.agreement)}"
    )


def _agreeing(one: Agreement | None) -> str:
    if one is None:
        return ""
    return f"; {' and '.join(one.backends)}: {len(one.unexplained)} differences, {len(one.unsteady)} files unsteady"


def _head(found: list[Comparison], command: str) -> Iterator[str]:
    yield "# The same numbers as coverage.py's, on the test suites of real projects"
    yield ""
    yield f"Written by `{command}`; not by hand."
    yield ""
    explained = sum(sum(one.reasons.values()) for one in found)
    yield (
        f"{len({one.project for one in found})} projects, {len(found)} runs of their tests: in {_sum(found, 'files')} "
        f"files with {_sum(found, 'lines')} lines and {_sum(found, 'branches')} branches, {explained} differences that "
        f"are explained and {sum(len(one.unexplained) for one in found)} that are not."
    )
    yield ""


def _rows(found: list[Comparison]) -> Iterator[str]:
    numbers = _numbers(found)
    yield "| project | CPython | tests | files | lines | branches | differences | explained by | unsteady files |"
    yield "|---|---|--:|--:|--:|--:|--:|---|--:|"
    for one in found:
        yield (
            f"| {one.project} | {one.python} | {_tests(one)} | {one.files} | {one.lines:,} | {one.branches:,} | "
            f"{_differing(one, numbers)} | {len(one.unsteady) + len(one.unsteady_here)} |"
        )


def _differing(one: Comparison, numbers: dict[str, int]) -> str:
    """Two cells: how often something differs, and why."""
    why = [
        f"{times} × [{numbers[reason]}](#explanations)"
        for reason, times in collections.Counter(one.reasons).most_common()
    ]
    if one.unexplained:
        why.append(f"**{len(one.unexplained)} not explained**")
    return f"{sum(one.reasons.values()) + len(one.unexplained)} | {', '.join(why)}"


def _backends(found: list[Comparison]) -> Iterator[str]:
    yield "## The backends, compared with each other"
    yield ""
    yield "The same tests, once under each backend of an interpreter: lines, executed and missing branches."
    yield ""
    yield "| CPython | backends | projects | files | lines | branches | differences | unsteady files |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for python, group in itertools.groupby(found, key=lambda one: one.python):
        alike = [one.agreement for one in group if one.agreement]
        if alike:
            yield (
                f"| {python} | {', '.join(alike[0].backends)} | {len(alike)} | {_sum(alike, 'files')} | "
                f"{_sum(alike, 'lines')} | {_sum(alike, 'branches')} | {sum(len(one.unexplained) for one in alike)} | "
                f"{sum(len(one.unsteady) for one in alike)} |"
            )
    yield ""


def _reasons(found: list[Comparison]) -> Iterator[str]:
    if not (numbers := _numbers(found)):
        return
    yield "## Explanations"
    yield ""
    yield from (f"{number}. {reason[0].upper()}{reason[1:]}." for reason, number in numbers.items())
    yield ""


def _unsteady(found: list[Comparison]) -> Iterator[str]:
    for title, which in (
        ("Files for which coverage.py differs from itself", lambda one: one.unsteady),
        ("Files for which Branchlight differs from itself", _unsteady_here),
    ):
        if any(which(one) for one in found):
            yield f"## {title}"
            yield ""
            yield from (f"- {one.project} on {one.python}: `{name}`" for one in found for name in which(one))
            yield ""


def _unsteady_here(one: Comparison) -> list[str]:
    return one.unsteady_here + (one.agreement.unsteady if one.agreement else [])


def _numbers(found: list[Comparison]) -> dict[str, int]:
    return {reason: number for number, reason in enumerate(dict.fromkeys(r for one in found for r in one.reasons), 1)}


def _tests(one: Comparison) -> str:
    return f"{one.tests:,}{_failing(one)}"


def _failing(one: Comparison) -> str:
    return f" ({one.failed} failed under both)" if one.failed else ""


def _sum(found: Iterable[Comparison | Agreement], what: str) -> str:
    return f"{sum(getattr(one, what) for one in found):,}"
