"""Runs the suites of tests/suites.toml; prints a line for each, and the sum of them all as the last line.

A suite that ran no test has failed: a renamed folder or a lost file must not look like success.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
RESULTS = ROOT / "build/test-results"
TAIL = 60  # lines shown of a suite that failed
SIGN_OF_LIFE = 20  # seconds without a line after which one says what is still running


@dataclass
class Suite:
    name: str
    command: list[str]
    python: str
    results: str = "junit"
    seconds: float = 600
    alone: bool = False

    @property
    def junit(self) -> Path:
        return RESULTS / f"{self.name}.xml"

    @property
    def log(self) -> Path:
        return RESULTS / f"{self.name}.log"


@dataclass
class Outcome:
    suite: Suite
    seconds: float
    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)


def main(words: list[str]) -> int:
    hear_signals()
    suites = list(read_suites())
    if words == ["--list"]:
        print("\n".join(suite.name for suite in suites))
        return 0
    unknown = [word for word in words if not any(matches(word, suite) for suite in suites)]
    if unknown:
        print(f"error: there is no suite {', '.join(unknown)}\n       ./dev test --list names them.", file=sys.stderr)
        return 2
    chosen = [suite for suite in suites if not words or any(matches(word, suite) for word in words)]
    RESULTS.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    outcomes = [
        *run_together([s for s in chosen if not s.alone]),
        *run_together([s for s in chosen if s.alone], jobs=1),
    ]
    failed = [outcome for outcome in outcomes if outcome.failures]
    for outcome in failed:
        explain(outcome)
    print(f"\n{len(outcomes)} suites in {time.monotonic() - started:.0f} s; logs in {RESULTS.relative_to(ROOT)}")
    print(f"{sum(o.passed for o in outcomes)} passed, {sum(len(o.failures) for o in outcomes)} failed")
    return 1 if failed else 0


def hear_signals() -> None:
    """What a shell starts in the background ignores these, and hands that down to programs whose answer is tested."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def matches(word: str, suite: Suite) -> bool:
    return suite.name == word or suite.name.startswith((word + "-", word + "_"))


def read_suites() -> Iterator[Suite]:
    for entry in tomllib.loads((ROOT / "tests/suites.toml").read_text())["suite"]:
        for names in each(entry.get("for_each"), entry.get("python", "")):
            if "since" in entry and version_number(names["version"]) < version_number(entry["since"]):
                continue
            suite = Suite(entry["name"].format_map(names), [], names["python"])
            for key in ("results", "seconds", "alone"):
                setattr(suite, key, entry.get(key, getattr(suite, key)))
            names["junit"] = str(suite.junit)
            if "pytest" in entry:
                command = ["{python}", "-m", "pytest", *entry["pytest"], "--junitxml={junit}", "--color=no", "-q"]
            else:
                command = entry["run"]
            suite.command = [word.format_map(names) for word in command]
            yield suite


def each(what: str | None, version: str) -> Iterator[dict[str, str]]:
    """The names that an entry's words may use, once for each suite that it stands for."""
    if what == "doctest":
        for line in (BUILD / "doctests.txt").read_text().splitlines():
            name, path = line.split(" ", 1)
            yield {"test": name, "path": path, "python": ""}
    elif what == "python":
        for line in (ROOT / ".deps/pythons.txt").read_text().splitlines():
            found = line.split(" ", 1)[0]
            yield {"version": found, "python": python_of(found)}
    else:
        yield {"version": version, "python": python_of(version)}


def version_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def python_of(version: str) -> str:
    return str(ROOT / f".deps/venv-{version}/bin/python")


def environment(python: str) -> dict[str, str]:
    """The caller's, without what would bend a Python or a run of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "BRANCHLIGHT", "COVERAGE"))}
    kept.pop("VIRTUAL_ENV", None)
    return kept | {"BRANCHLIGHT": str(BUILD / "server/branchlight"), "PYTHON": python, "LC_ALL": "C.UTF-8"}


def run_together(suites: list[Suite], jobs: int = min(2, os.cpu_count() or 1)) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting: dict[Future[Outcome], Suite] = {pool.submit(run, suite): suite for suite in suites}
        while waiting:
            done, _ = wait(waiting, timeout=SIGN_OF_LIFE, return_when=FIRST_COMPLETED)
            if not done:
                running = [suite.name for future, suite in waiting.items() if future.running()]
                print(f"      still running: {', '.join(running)} ({len(waiting) - len(running)} to come)", flush=True)
            for future in done:
                outcomes.append(future.result())
                print_line(outcomes[-1])
                del waiting[future]
    return outcomes


def run(suite: Suite) -> Outcome:
    suite.junit.unlink(missing_ok=True)
    started = time.monotonic()
    trouble = ""
    with suite.log.open("wb") as log, temporary_folder() as temporary:
        try:
            process = subprocess.Popen(
                suite.command,
                cwd=ROOT,
                env=environment(suite.python) | {"TMPDIR": temporary},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return Outcome(suite, 0, failures=[f"could not be started: {error}"])
        try:
            status = process.wait(suite.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
            trouble = f"took longer than {suite.seconds} s and was killed"
    outcome = Outcome(suite, time.monotonic() - started)
    (count_junit if suite.results == "junit" else count_lines)(outcome)
    if trouble:
        outcome.failures.append(trouble)
    elif outcome.passed + len(outcome.failures) == 0:
        outcome.failures.append(f"ran no test (exit status {status})")
    elif status != 0 and not outcome.failures:
        outcome.failures.append(f"exit status {status}, although no test failed")
    return outcome


@contextmanager
def temporary_folder() -> Iterator[str]:
    """Gone with the suite, and with it what tests that were killed, and the programs that they ran, have left there."""
    folder = tempfile.mkdtemp(prefix="bl-")  # short: sockets are made in it, whose paths have 107 bytes
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count_junit(outcome: Outcome) -> None:
    try:
        cases = ElementTree.parse(outcome.suite.junit).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        return
    for case in cases:
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            outcome.failures.append(".".join(filter(None, (case.get("classname"), case.get("name")))))
        elif "skipped" in kinds:
            outcome.skipped += 1
        else:
            outcome.passed += 1


def count_lines(outcome: Outcome) -> None:
    for line in outcome.suite.log.read_text(errors="replace").splitlines():
        if re.match(r"ok\b", line):
            outcome.passed += 1
        elif re.match(r"FAIL\b", line):
            outcome.failures.append(line.removeprefix("FAIL").strip())


def print_line(outcome: Outcome) -> None:
    count = f"{outcome.passed + len(outcome.failures)} tests"
    if outcome.failures:
        count += f", {len(outcome.failures)} of them failed"
    if outcome.skipped:
        count += f", {outcome.skipped} skipped"
    word = "FAIL" if outcome.failures else "ok"
    print(f"{word:4}  {outcome.suite.name:28} {count:36} {outcome.seconds:6.1f} s", flush=True)


def explain(outcome: Outcome) -> None:
    print(f"\n---- {outcome.suite.name}: {' '.join(outcome.suite.command)}")
    for failure in outcome.failures:
        print(f"failed: {failure}")
    said = outcome.suite.log.read_text(errors="replace").splitlines() if outcome.suite.log.exists() else []
    lines = said or messages_of(outcome.suite.junit)
    if len(lines) > TAIL:
        print(f"… ({len(lines) - TAIL} lines more in {outcome.suite.log.with_suffix('.*').relative_to(ROOT)})")
    print("\n".join(lines[-TAIL:]))


def messages_of(junit: Path) -> list[str]:
    """What failed, in the words of a junit file whose writer printed nothing else (doctest)."""
    try:
        cases = ElementTree.parse(junit).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        return []
    return [
        f"{case.get('name')}: {line}"
        for case in cases
        for child in case
        if child.tag in ("failure", "error")
        for line in (child.text or child.get("message") or "").strip().splitlines()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
