"""Plain Python, Branchlight and coverage.py against each other, side by side, in the same run.

./dev bench                      every interpreter, seven rounds; writes docs/benchmarks.md
./dev bench --interpreter 3.14   this one anew, as --workload does; the page keeps the rest as it was measured before
./dev bench --quick              does each thing once, with little work: shows that it works, measures nothing
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import adapters
import analysis
import measure
import results
import table
import workloads

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"

OURS = ("plain", "Branchlight")
START_MS = 12  # what an empty program may take longer
LARGE_TABLE = "import of 20,000 lines"


def main() -> int:
    options = _arguments()
    written = not (options.quick or options.no_write)
    found = []
    for version, interpreter in _interpreters(options.interpreter):
        result = table.Interpreter()
        found.append(result)
        for _ in _measure(version, interpreter, result, options):
            if written:
                results.keep(version, result)
                _write()
    if not written:
        print(table.markdown(found))
    return _check_goals(found) if options.check else 0


def _write() -> None:
    kept = [results.kept(version) for version, _ in _interpreters(None)]
    DOCUMENT.write_text(table.markdown([one for one in kept if one]), encoding="utf-8")
    _say(f"wrote {DOCUMENT.relative_to(REPOSITORY)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choices = (*workloads.NAMES, workloads.LATENCY, workloads.ANALYSIS)
    parser.add_argument("--quick", action="store_true", help="each thing once, little work, nothing written")
    parser.add_argument("--rounds", type=int, default=table.ROUNDS)
    parser.add_argument("--interpreter", action="append", metavar="3.14", help="only this one (again for another)")
    parser.add_argument("--tool", action="append", choices=adapters.ORDER, help="only this one, and plain")
    parser.add_argument(
        "--workload", action="append", choices=choices, metavar="NAME", help="only this one (again for another)"
    )
    parser.add_argument("--pin", type=int, metavar="CPU", help="the processor that they run on; the last one")
    parser.add_argument("--no-write", action="store_true", help="print the document instead of writing it")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a goal is missed")
    options = parser.parse_args()
    if options.quick:
        options.rounds = 1
    return options


def _interpreters(wanted: list[str] | None) -> list[tuple[str, Path]]:
    listed = (workloads.DEPENDENCIES / "pythons.txt").read_text(encoding="utf-8").splitlines()
    found = [(version, Path(path)) for version, path in (line.split(maxsplit=1) for line in listed)]
    return [(version, path) for version, path in found if not wanted or version in wanted]


def _measure(version: str, interpreter: Path, result: table.Interpreter, options: argparse.Namespace) -> Iterator[None]:
    """Gives control back each time that the result has grown."""
    chosen = [adapters.load(name) for name in adapters.ORDER if name in ("plain", *(options.tool or adapters.ORDER))]
    ready: dict[Path, dict[str, str]] = {}  # environment -> the tools that can be had there, and their versions
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(everywhere) if options.pin is None else options.pin})  # children inherit it
    result.tools["plain"] = adapters.load("plain").prepare(interpreter) or version
    besides = (workloads.LATENCY, workloads.ANALYSIS) if "branchlight" in (options.tool or adapters.ORDER) else ()
    wanted = options.workload or (*workloads.NAMES, *besides)
    for workload in workloads.prepare(version, interpreter, wanted):
        if workload.python not in ready:
            found = {one.NAME: one.prepare(workload.python) for one in chosen}
            ready[workload.python] = {name: known for name, known in found.items() if known}
            for name in found.keys() - ready[workload.python].keys():
                _say(f"{version} {workload.name}: {name} is not to be had, left out")
        there = ready[workload.python]
        result.tools |= there
        tools = {one.NAME: one for one in chosen if one.NAME in there and workload.kind in one.KINDS}
        result.series.append(_series(workload, tools, version, options))
        yield
    os.sched_setaffinity(0, everywhere)
    if workloads.LATENCY in wanted:
        result.latency = _latency(version, options)
        result.pixels = [] if options.quick else _pixels()
        yield
    if workloads.ANALYSIS in wanted:
        result.analysis = analysis.measure(result.version, interpreter, options.rounds)
        _say(f"{version} static analysis: {result.analysis.microseconds_a_line:.2f} µs a line")
        yield


def _series(
    workload: workloads.Workload, tools: dict[str, adapters.Adapter], version: str, options: argparse.Namespace
) -> table.Series:
    series = table.Series(workload.name, workload.kind, _command(), datetime.date.today().isoformat())
    able, status = _warm_up(workload, tools, version, options)
    commands = _commands(workload, able, quick=options.quick)
    rounds, of_peers, of_wall = options.rounds, table.PEER_ROUNDS, table.WALL_ROUNDS
    if workload.kind == "suite":  # long, and so steady
        rounds = min(rounds, table.SUITE_ROUNDS)
    if workload.kind in ("start-up", "import"):  # short, and so noisy
        rounds, of_peers, of_wall = 8 * rounds, 8 * of_peers, 8 * of_wall
    if workload.kind == "start-up":
        rounds, of_wall = 0, rounds  # what counts is when it is there
    if options.quick:
        rounds, of_wall = min(rounds, 1), 1
    order = list(able)
    slow: set[str] = set()
    for turn in range(rounds):
        order = random.Random(turn).sample(order, len(order))
        for name, sample in _run(workload, {name: commands[name] for name in order}, able, (status,)).items():
            series.cpu.setdefault(name, []).append(sample.cpu)
        if turn == 0:  # an hour of it would say nothing more
            slow = {name for name in order if series.ratio(name) > table.SLOW}
        order = [name for name in order if name in OURS or (name not in slow and turn + 1 < of_peers)]
    for turn in range(of_wall):
        for name in random.Random(turn).sample(list(able), len(able)):  # no tool always behind the same other one
            if turn == 0 or name not in slow:
                sample = _run(workload, {name: commands[name]}, able, (status,))[name]
                series.wall.setdefault(name, []).append(sample.wall)
    series.load = os.getloadavg()[2]
    time: table.Time = "cpu" if series.cpu else "wall"
    ratios = ", ".join(f"{name} {series.ratio(name, time):.3f}" for name in series.seconds(time) if name != "plain")
    _say(f"{version} {workload.name}: plain {series.median('plain', time):.3f} s, {ratios}")
    return series


def _warm_up(
    workload: workloads.Workload, tools: dict[str, adapters.Adapter], version: str, options: argparse.Namespace
) -> tuple[dict[str, adapters.Adapter], int]:
    """One after the other, for they leave bytecode for each other. Those of the tools that can run it, and its status."""
    # A compute-bound program is warm when it has run once round.
    commands = _commands(workload, tools, quick=options.quick or workload.kind == "compute")
    able = {}
    statuses: tuple[int, ...] = (0, 1) if workload.kind == "suite" else (0,)  # 1: tests fail; the same ones for all
    for name, command in commands.items():
        try:
            statuses = (_run(workload, {name: command}, tools, statuses)[name].status,)
            able[name] = tools[name]
        except measure.FailedError as failure:
            if name in OURS:
                raise
            _say(f"{version} {workload.name}: {name} cannot run this, left out: {str(failure).splitlines()[-1]}")
    return able, statuses[0]


def _commands(workload: workloads.Workload, tools: dict[str, adapters.Adapter], *, quick: bool) -> dict[str, list[str]]:
    arguments = workload.arguments_for(quick=quick)
    return {name: tool.command(workload.python, arguments) for name, tool in tools.items()}


def _run(
    workload: workloads.Workload,
    commands: dict[str, list[str]],
    tools: dict[str, adapters.Adapter],
    statuses: tuple[int, ...],
) -> dict[str, measure.Sample]:
    for name in commands:
        tools[name].forget(workload.folder)
    samples = measure.run(list(commands.values()), workload.folder, statuses)
    for name in commands:
        tools[name].forget(workload.folder)
    return dict(zip(commands, samples, strict=True))


def _latency(version: str, options: argparse.Namespace) -> dict[str, float] | None:
    """From a line's execution to the wire: measured by a language client, which is a test's."""
    script = REPOSITORY / "tests" / "e2e" / "latency.py"
    python = workloads.DEPENDENCIES / f"venv-{version}" / "bin" / "python"
    count = "5" if options.quick else "200"
    answer = subprocess.run([python, script, "--json", "--count", count], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        _say(f"{version}: no latency: {answer.stderr.strip()[-500:]}")
        return None
    facts = json.loads(answer.stdout)
    _say(f"{version} latency: p50 {facts['p50_ms']:.1f} ms, p95 {facts['p95_ms']:.1f} ms")
    return {name: facts[name] for name in ("count", "p50_ms", "p95_ms")}


def _pixels() -> list[dict[str, str | float]]:
    """From a line's execution to the screen: measured by the tests of the editors, in the real ones."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures"
        script = REPOSITORY / "tests" / "editors" / "run.sh"
        environment = os.environ | {"FIGURES": str(figures)}
        done = subprocess.run([script, "--only-latency"], env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            _say(f"no latency to the screen: {(done.stdout + done.stderr).strip()[-500:]}")
            return []
        rows = [json.loads(line) for line in figures.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        _say(f"{row['name']}: p50 {row['p50']:.1f} ms, p95 {row['p95']:.1f} ms")
    return rows


def _check_goals(found: list[table.Interpreter]) -> int:
    missed = [line for result in found for line in _missed(result)]
    for line in missed:
        _say(f"missed: {line}")
    return 1 if missed else 0


def _missed(result: table.Interpreter) -> Iterator[str]:
    """Events cost less than markers do."""
    version = result.version
    mean_goal, row_goal = (1.02, 1.05) if version.startswith(("3.14", "3.15")) else (1.05, 1.12)
    ours = result.mean("Branchlight")
    if ours is None:
        return
    if ours > mean_goal:
        yield f"{version}: geometric mean {ours:.3f}, the goal is {mean_goal}"
    peers = [name for name in result.tools if name not in OURS]
    for peer in peers:
        theirs, beside = result.mean(peer), result.mean("Branchlight", peer)
        if theirs and beside and beside > theirs:
            yield f"{version}: behind {peer} ({beside:.3f} to {theirs:.3f})"
    for series in result.series:
        if series.kind == "start-up":
            if (extra := series.extra_ms("Branchlight")) > START_MS:
                yield f"{version}: a start costs {extra:.1f} ms, the goal is {START_MS}"
            continue
        goal = 1.2 if series.workload == LARGE_TABLE else 1.1 if series.kind == "suite" else row_goal
        ratio = series.ratio("Branchlight")
        if ratio > goal and (series.kind != "import" or series.workload == LARGE_TABLE):
            yield f"{version} {series.workload}: {ratio:.2f}, the goal is {goal}"
        for peer in peers:
            if peer in series.cpu and min(series.ratios("Branchlight")) > max(series.ratios(peer)):
                yield f"{version} {series.workload}: behind {peer} in every round"


def _command() -> str:
    """As it was given, without the names of workloads: each row has its own."""
    words = iter(sys.argv[1:])
    return " ".join(["./dev bench", *(word for word in words if word != "--workload" or not next(words))])


def _say(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # our own shell may forbid bytecode; the measured processes are told otherwise by measure.py
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
