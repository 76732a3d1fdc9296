"""Plain Python, Branchlight and coverage.py against each other, in turn, in the same run.

./dev bench                      every interpreter, seven rounds; writes docs/benchmarks.md
./dev bench --interpreter 3.14   this one anew; the page keeps what was measured of the others before
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
from collections.abc import Container, Iterator
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
        found.append(_measure(version, interpreter, options))
        if written:
            results.keep(version, found[-1])
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
    parser.add_argument("--quick", action="store_true", help="each thing once, little work, nothing written")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--interpreter", action="append", metavar="3.14", help="only this one (again for another)")
    parser.add_argument("--tool", action="append", choices=adapters.ORDER, help="only this one, and plain")
    parser.add_argument("--workload", action="append", choices=workloads.NAMES, metavar="NAME", help="only this one")
    parser.add_argument("--pin", type=int, metavar="CPU", help="keep the programs on this processor")
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


def _measure(version: str, interpreter: Path, options: argparse.Namespace) -> table.Interpreter:
    chosen = [adapters.load(name) for name in adapters.ORDER if name in ("plain", *(options.tool or adapters.ORDER))]
    ready: dict[Path, dict[str, str]] = {}  # environment -> the tools that can be had there, and their versions
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, everywhere if options.pin is None else {options.pin})  # children inherit it
    result = table.Interpreter(_command(), options.rounds, datetime.date.today().isoformat())
    for workload in workloads.prepare(version, interpreter, options.workload or workloads.NAMES):
        if workload.python not in ready:
            found = {one.NAME: one.prepare(workload.python) for one in chosen}
            ready[workload.python] = {name: known for name, known in found.items() if known}
            for name in found.keys() - ready[workload.python].keys():
                _say(f"{version} {workload.name}: {name} is not to be had, left out")
        there = ready[workload.python]
        result.tools |= there
        tools = {one.NAME: one for one in chosen if one.NAME in there and workload.kind in one.KINDS}
        result.series.append(_series(workload, tools, version, options))
    os.sched_setaffinity(0, everywhere)
    if not options.tool or "branchlight" in options.tool:
        result.latency = _latency(version, options)
        result.pixels = [] if options.quick else _pixels()
        result.analysis = analysis.measure(result.version, interpreter, options.rounds)
        _say(f"{version} static analysis: {result.analysis.microseconds_a_line:.2f} µs a line")
    result.load = os.getloadavg()[2]
    return result


def _series(
    workload: workloads.Workload, tools: dict[str, adapters.Adapter], version: str, options: argparse.Namespace
) -> table.Series:
    series = table.Series(workload.name, workload.kind, {name: [] for name in tools})
    rounds, of_peers = options.rounds, min(options.rounds, table.PEER_ROUNDS)
    if workload.kind == "suite":  # long, and so steady
        rounds = min(rounds, table.SUITE_ROUNDS)
    if workload.kind in ("start-up", "import") and not options.quick:  # short, and so noisy
        rounds, of_peers = 8 * rounds, 8 * of_peers
    statuses: Container[int] = (0, 1) if workload.kind == "suite" else (0,)  # 1: tests fail; the same ones for all
    order = list(tools)
    for turn in range(-1, rounds):  # the first turn warms up
        order = random.Random(turn).sample(order, len(order))  # no tool always behind the same other one
        # A compute-bound program is warm when it has run once round.
        quick = options.quick or (turn < 0 and workload.kind == "compute")
        arguments = workload.arguments_for(quick=quick)
        for name in list(order):
            tools[name].forget(workload.folder)
            try:
                sample = measure.run(tools[name].command(workload.python, arguments), workload.folder, statuses)
                statuses = (sample.status,)
            except measure.FailedError as failure:
                if turn >= 0 or name in OURS:
                    raise
                _say(f"{version} {workload.name}: {name} cannot run this, left out: {str(failure).splitlines()[-1]}")
                order.remove(name)
                del series.samples[name]
                continue
            finally:
                tools[name].forget(workload.folder)
            if turn >= 0:
                series.samples[name].append(sample)
        if turn == 0 and workload.kind != "start-up":  # an hour of it would say nothing more
            order = [name for name in order if series.ratio(name) <= table.SLOW]
        if turn + 1 == of_peers:
            order = [name for name in order if name in OURS]
    ratios = ", ".join(f"{name} {series.ratio(name):.3f}" for name in series.samples if name != "plain")
    _say(f"{version} {workload.name}: plain {series.median('plain'):.3f} s, {ratios}")
    return series


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
            if peer in series.samples and min(series.ratios("Branchlight")) > max(series.ratios(peer)):
                yield f"{version} {series.workload}: behind {peer} in every round"


def _command() -> str:
    return " ".join(["./dev bench", *sys.argv[1:]])


def _say(words: str) -> None:
    print(f"bench: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # our own shell may forbid bytecode; the measured processes are told otherwise by measure.py
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
