"""From samples to docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path
from typing import Literal

from analysis import Analysis, section

Time = Literal["cpu", "wall"]  # as Series has them

ROUNDS = 7
PEER_ROUNDS = 3  # the other tools have no more; it is our own cost that is near the noise
SUITE_ROUNDS = 5
WALL_ROUNDS = 2
SLOW = 3  # a tool that makes a program take this many times as long is measured in the first round alone


@dataclass(eq=False)
class Series:
    """One workload on one interpreter, in seconds: a list for each tool, in the order of the rounds."""

    workload: str
    kind: str
    command: str = ""
    date: str = ""
    load: float = 0  # the average of the last 15 minutes, at the end
    cpu: dict[str, list[float]] = field(default_factory=dict)  # of all tools at the same time, on one processor
    wall: dict[str, list[float]] = field(default_factory=dict)  # of each alone, in turn

    def seconds(self, time: Time) -> dict[str, list[float]]:
        return self.cpu if time == "cpu" else self.wall

    def median(self, tool: str, time: Time = "cpu") -> float:
        return statistics.median(self.seconds(time)[tool])

    def ratio(self, tool: str, time: Time = "cpu") -> float:
        """The median of what a tool took over what plain Python took in the same round."""
        return statistics.median(self.ratios(tool, time))

    def ratios(self, tool: str, time: Time = "cpu") -> list[float]:
        return [taken / plain for taken, plain in self._rounds(tool, time)]

    def _rounds(self, tool: str, time: Time) -> Iterable[tuple[float, float]]:
        seconds = self.seconds(time)
        return zip(seconds[tool], seconds["plain"], strict=False)

    def extra_ms(self, tool: str) -> float:
        return 1000 * statistics.median(taken - plain for taken, plain in self._rounds(tool, "wall"))


@dataclass
class Interpreter:
    """What one interpreter has shown."""

    tools: dict[str, str] = field(default_factory=dict)  # name -> version
    series: list[Series] = field(default_factory=list)
    latency: dict[str, float] | None = None
    pixels: list[dict[str, str | float]] = field(default_factory=list)
    analysis: Analysis | None = None

    @property
    def version(self) -> str:
        return self.tools["plain"]

    def programs(self, tool: str) -> list[Series]:
        """The programs and suites that a tool could run."""
        return [one for one in self.series if one.kind in ("compute", "suite") and tool in one.cpu]

    def mean(self, tool: str, among: str | None = None, time: Time = "cpu") -> float | None:
        """The geometric mean of a tool's ratios, of those programs that `among` could run as well."""
        ratios = [one.ratio(tool, time) for one in self.programs(among or tool) if tool in one.seconds(time)]
        return geometric_mean(ratios) if ratios else None


def geometric_mean(values: Iterable[float]) -> float:
    logs = [log(value) for value in values]
    return exp(sum(logs) / len(logs))


def markdown(results: list[Interpreter]) -> str:
    analyses = [result.analysis for result in results if result.analysis]
    parts = [_head(results), _ratios(results), _startup(results), _latency(results), section(analyses)]
    return "\n".join([*(line for part in parts for line in part), _METHOD])


def _head(results: list[Interpreter]) -> Iterable[str]:
    tools = dict(item for result in results for item in result.tools.items() if item[0] != "plain")
    yield "# Benchmarks"
    yield ""
    yield "Written by `./dev bench`; not by hand."
    yield ""
    yield f"- machine: {machine()}"
    yield f"- tools: {', '.join(f'{name} {version}' for name, version in tools.items())}"
    for result in results:
        for command, date in dict.fromkeys((one.command, one.date) for one in result.series):
            load = max(one.load for one in result.series if (one.command, one.date) == (command, date))
            yield f"- CPython {result.version}: `{command}`, on {date}; load average of 15 minutes up to {load:.1f}"
    yield f"- rounds: {ROUNDS}, where the command does not say another number; the other tools have {PEER_ROUNDS} at most, suites"
    yield f"  {SUITE_ROUNDS}; what is short, imports and starts, eight times as many; by the clock {WALL_ROUNDS}"
    yield ""


def _ratios(results: list[Interpreter]) -> Iterable[str]:
    yield "## How much longer a program takes"
    yield ""
    yield "CPU time of the whole process, start and end included, over that of plain Python at the same time on the same"
    yield "processor: the median, and the least and the greatest of all rounds. Where only one figure stands, a program"
    yield f"took more than {SLOW} times as long, and had one round."
    yield ""
    yield from _rows(results, "cpu")
    yield "The same by the clock, each alone, in turn: as noisy as the machine."
    yield ""
    yield from _rows(results, "wall")


def _rows(results: list[Interpreter], time: Time) -> Iterable[str]:
    names = [name for name in dict.fromkeys(tool for result in results for tool in result.tools) if name != "plain"]
    yield "| CPython | program | plain | " + " | ".join(names) + " |"
    yield "|---|---|--:|" + "--:|" * len(names)
    for result in results:
        shown = [series for series in result.series if series.kind != "start-up"]
        rows = {series: _row(result, series, names, time) for series in shown}
        yield from (row for series, row in rows.items() if series.kind != "import")
        means = [_mean(result, name, time) for name in names]
        yield f"| {result.version} | geometric mean of these | | {' | '.join(means)} |"
        yield from (row for series, row in rows.items() if series.kind == "import")
    yield ""


def _mean(result: Interpreter, name: str, time: Time) -> str:
    """Where a tool could not run all of them, what is ours of the same ones stands beside it."""
    mean, ours = result.mean(name, time=time), result.mean("Branchlight", name, time)
    if mean is None:
        return "n/a"
    count = len(result.programs(name))
    whole = ours is None or count == len(result.programs("plain"))
    return f"**{mean:.3f}**" if whole else f"**{mean:.3f}** of {count} (Branchlight {ours:.3f})"


def _row(result: Interpreter, series: Series, names: list[str], time: Time) -> str:
    measured = series.seconds(time)
    cells = [_cell(series.ratios(name, time)) if name in measured else "n/a" for name in names]
    return f"| {result.version} | {series.workload} | {series.median('plain', time):.2f} s | {' | '.join(cells)} |"


def _cell(ratios: list[float]) -> str:
    median = f"{statistics.median(ratios):.2f}"
    return median if len(ratios) == 1 else f"{median} ({min(ratios):.2f} to {max(ratios):.2f})"


def _startup(results: list[Interpreter]) -> Iterable[str]:
    names = [name for name in dict.fromkeys(tool for result in results for tool in result.tools) if name != "plain"]
    yield "## What a start costs"
    yield ""
    yield "An empty program: wall time of plain Python, and what is added to it; medians."
    yield ""
    yield "| CPython | plain | " + " | ".join(names) + " |"
    yield "|---|--:|" + "--:|" * len(names)
    for result in results:
        for series in result.series:
            if series.kind == "start-up":
                plain = 1000 * series.median("plain", "wall")
                cells = [f"+{series.extra_ms(name):.1f} ms" if name in series.wall else "n/a" for name in names]
                yield f"| {result.version} | {plain:.1f} ms | {' | '.join(cells)} |"
    yield ""


def _latency(results: list[Interpreter]) -> Iterable[str]:
    measured = [(result, result.latency) for result in results if result.latency]
    if not measured:
        return
    yield "## From a line's execution to the editor"
    yield ""
    yield "A program takes the missing arm of a branch and notes the time; a language client notes when the diagnostic"
    yield "is gone from what the server sends."
    yield ""
    yield "| CPython | arms | p50 | p95 |"
    yield "|---|--:|--:|--:|"
    for result, facts in measured:
        yield f"| {result.version} | {facts['count']} | {facts['p50_ms']:.1f} ms | {facts['p95_ms']:.1f} ms |"
    yield ""
    rows = [(result, row) for result in results for row in result.pixels]
    if not rows:
        return
    yield "And to the screen: until the hint is gone from the page of the VS Code workbench, or from the cells of the"
    yield "terminal that Neovim runs in. VS Code waits before it asks for hints anew; that is in the figure."
    yield ""
    yield "| measured beside | what | samples | p50 | p95 |"
    yield "|---|---|--:|--:|--:|"
    for result, row in rows:
        yield f"| {result.version} | {row['name']} | {row['samples']} | {row['p50']:.1f} ms | {row['p95']:.1f} ms |"
    yield ""


_METHOD = """\
## How it is measured

Whole processes, by `wait4`: user and system time of the command and of the children that it waited for (`branchlight
run` itself is one of the measured processes). For CPU time the tools of a round start at once, on one processor, which
gives them turns of some milliseconds: whatever the machine does, and however fast it is just now, it does to all of
them, so the ratios of one round are those of the next; and all have to put up with each other in its caches. By the
clock they run alone, in a new order each time. Each tool has
a warm-up first, bytecode is cached, and what a run leaves is taken away before the next one. The compute-bound
programs are pyperformance's, run from its installed package; the suites are those of source distributions, and one that
the benchmark writes, with 10,000 tests; they include what Branchlight always does there: which test took which arm.
"coverage.py by test" is coverage.py with a context for each test (`dynamic_context = test_function`), which its fast
core cannot do. All tools measure branches, in the folder that the program lies in. n/a: the tool cannot be had for this
interpreter, cannot run this program, or was left out by the command. A further tool is a further file in `bench/adapters`.
"""


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    return f"{cpu}, {os.cpu_count()} processors, {platform.system()} {platform.release()}"
