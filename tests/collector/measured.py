"""A workspace whose programs run under the collector, as `branchlight run` would start them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
from dataclasses import dataclass
from pathlib import Path

from hit_log import Log, read_logs
from jumps import arm_of


@dataclass
class Outcome:
    status: int
    stdout: str
    stderr: str


class Workspace:
    def __init__(self, root: Path, collector: Path):
        self.root = root
        self.collector = collector
        self.directory = root / ".branchlight"

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def environment(self, measured: bool = True, backend: str | None = None, **more: str) -> dict[str, str]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BRANCHLIGHT", "PYTHON", "PYTEST", "COV"))
        }
        if measured:
            environment |= {
                "BRANCHLIGHT_DIR": str(self.directory),
                "BRANCHLIGHT_ROOT": str(self.root),
                "BRANCHLIGHT_RUN": uuid.uuid4().hex,
                "PYTHONPATH": str(self.collector / "site"),
            }
            if backend:
                environment["BRANCHLIGHT_BACKEND"] = backend
        if measured and (path := more.pop("PYTHONPATH", None)):
            environment["PYTHONPATH"] += os.pathsep + path
        return environment | more

    def start(self, *arguments: str, python: str = sys.executable, **options) -> subprocess.Popen:
        streams = {name: options.pop(name) for name in ("stdin", "stdout", "stderr", "preexec_fn") if name in options}
        environment = self.environment(**options)
        return subprocess.Popen([python, *arguments], cwd=self.root, env=environment, **streams)

    def run(self, *arguments: str, **options) -> Outcome:
        process = self.start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        stdout, stderr = process.communicate(timeout=120)
        return Outcome(process.returncode, stdout.decode(), stderr.decode())

    def succeeds(self, *arguments: str, **options) -> Outcome:
        outcome = self.run(*arguments, **options)
        assert outcome.status == 0, outcome.stdout + outcome.stderr
        return outcome

    def logs(self) -> list[Log]:
        return read_logs(self.directory)

    def measured_files(self) -> set[str]:
        return {str(path.relative_to(self.root)) for log in self.logs() for path in log.files.values()}

    def lines(self, name: str, owner: str | None = ...) -> set[int]:
        return {hit[3] for hit in self._hits("line", name, owner)}

    def calls(self, name: str) -> set[str]:
        return {hit[3] for hit in self._hits("call", name, ...)}

    def arms(self, name: str, owner: str | None = ...) -> set[tuple[int, bool]]:
        """(line of the test, arm) of every arm that was taken, whatever backend saw it."""
        return {arm for _, arm in self.all_arms(owner, self.root / name)}

    def all_arms(self, owner: str | None = ..., file: Path | None = None) -> set[tuple[Path, tuple[int, bool]]]:
        arms = set()
        for log in self.logs():
            for who, kind, path, what in log.hits:
                if owner not in (..., who) or file not in (None, path):
                    continue
                if kind == "arm":
                    arms.add((path, what))
                elif kind == "jump":
                    code, offset, jumped = what
                    arms.add((path, arm_of(path, code.name, code.bytecode, offset, jumped)))
        return {(path, arm) for path, arm in arms if arm}

    def _hits(self, kind: str, name: str, owner: str | None):
        return [
            hit
            for log in self.logs()
            for hit in log.hits
            if hit[1] == kind and hit[2] == self.root / name and owner in (..., hit[0])
        ]
