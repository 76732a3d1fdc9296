"""What a run said stays true until something changes that it depends on: so what ended early goes on, and a new rule is
tried without measuring again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import suites
from suites import Run, measured


class Runs:
    """Of one project's tests, on the interpreter that runs this; each is kept."""

    def __init__(self, suite: suites.Suite, again: bool) -> None:
        self.suite = suite
        self.again = again
        self.measured = 0

    def by_coverage(self, core: str | None, number: int = 1) -> Run:
        """`number`: for a second run that is like the first."""
        name = f"coverage-{core or 'default'}-{number}"
        return self._kept(name, [measured.HERE / "coverage_json.py"], lambda: self.suite.by_coverage(core))

    def by_branchlight(self, backend: str, number: int = 1) -> Run:
        return self._kept(f"{backend}-{number}", _of_ours(), lambda: self.suite.by_branchlight(backend))

    def _kept(self, name: str, depends_on: Iterator[Path] | list[Path], measure: Callable[[], Run]) -> Run:
        file = suites.WORK / suites.VERSION / f"{self.suite.project.name}.{name}.json"
        key = _key(self.suite, [*_of_all(), *depends_on])
        if not self.again and file.exists():
            found = json.loads(file.read_text(encoding="utf-8"))
            if found["key"] == key:
                return Run(measured.files_of(found), found["tests"])
        run = measure()
        self.measured += 1
        files = {
            name: kinds and {kind: sorted(facts) for kind, facts in kinds.items()} for name, kinds in run.report.items()
        }
        file.write_text(json.dumps({"key": key, "files": files, "tests": run.tests}), encoding="utf-8")
        return run


def _key(suite: suites.Suite, depends_on: list[Path]) -> str:
    sha = hashlib.sha256(repr((suites.VERSION, suite.project)).encode())
    for path in depends_on:
        sha.update(path.read_bytes())
    return sha.hexdigest()


def _of_all() -> Iterator[Path]:
    yield suites.REPOSITORY / ".deps" / "pythons" / suites.VERSION
    yield from (suites.HERE / name for name in ("projects.py", "suites.py", "constraints.txt"))
    yield measured.HERE / "measured.py"


def _of_ours() -> Iterator[Path]:
    program = Path(measured.program())
    yield program
    collector = program.parents[1] / "collector"
    yield from sorted(path for path in collector.rglob("*") if path.is_file() and path.suffix in (".py", ".so"))
