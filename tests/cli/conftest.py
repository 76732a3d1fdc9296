"""The real binary, run as a user runs it, with the interpreter that runs these tests.

BRANCHLIGHT   the program (default: the release build's)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.register_assert_rewrite("counted_alike")
collect_ignore = ["fixtures"]  # programs

_DEFAULT = Path(__file__).resolve().parents[2] / "build" / "release" / "server" / "branchlight"

PRICE = """\
def total(items, vip=False):
    s = 0
    for i in items:
        if i > 10:
            s += i
        else:
            s += 1
    if vip:
        s //= 2
    return s
"""

TESTS = """\
import price


def test_dear():
    assert price.total([11]) == 11


def test_vip():
    assert price.total([20], True) == 10
"""

OLDER_DATA = Path(__file__).parent / "fixtures/older_data"
# Loops, a `with` at whose end an arm goes on, ways out, bodies on their headers' lines, a test over two lines; a lambda,
# an annotation, a comment that excludes.
RICH = (
    (OLDER_DATA / "shop.py").read_text()
    + """

class Till:
    name: str
    if shop.open:
        closed = False

    def first(self, items):
        if items == [0]: return None
        if not self:  # pragma: no cover
            items = []
        try:
            match items:
                case []: return 0
                case [1, *_]:
                    return (lambda: 1)()
        finally:
            if not items:
                self.closed = True
"""
)
RICH_TESTS = """\
import rich


def test_none():
    assert rich.shop.sell([]) == rich.Till().first([]) == 0


def test_one():
    assert rich.shop.sell([1]) == rich.Till().first([1]) == 1


def test_vip():
    assert rich.shop.sell([0, 5], True) == 5
"""


@pytest.fixture(scope="session")
def program() -> Path:
    path = Path(os.environ.get("BRANCHLIGHT", _DEFAULT)).absolute()
    assert path.exists(), f"{path} is not built: ./dev build does that"
    return path


@dataclass
class Project:
    """A folder with a program and its tests, and the command line in it."""

    root: Path
    program: Path

    def environment(self, **more: str) -> dict[str, str]:
        env = {
            k: v for k, v in os.environ.items() if not k.startswith(("BRANCHLIGHT", "PYTHON", "VIRTUAL_ENV", "COV_"))
        }
        return env | {"NO_COLOR": "1"} | more

    def write(self, name: str, content: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def popen(self, *words: str, **options) -> subprocess.Popen:
        env = self.environment(**options.pop("env", {}))
        settings = {"cwd": self.root, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        return subprocess.Popen([self.program, *words], env=env, **settings)

    def __call__(self, *words: str, **options) -> subprocess.CompletedProcess:
        process = self.popen(*words, **options)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def run(self, *words: str, **options) -> subprocess.CompletedProcess:
        return self("run", "--python", sys.executable, *words, **options)

    def pytest(self, *words: str, **options) -> subprocess.CompletedProcess:
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *words, **options)

    def coverage(self, *words: str, **env: str) -> str:
        """What coverage.py prints."""
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=self.root,
            env=self.environment(**env),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def reports(self, scratch: Path, *options: str, **env: str) -> tuple[dict, dict]:
        """Ours, and coverage.py's."""
        ours, theirs = scratch / "ours.json", scratch / "theirs.json"
        done = self("report", "--format", "json", *options, "-o", str(ours), env=env)
        assert (done.returncode, done.stderr) == (0, "")
        self.coverage("json", *options, "-o", str(theirs), **env)
        return json.loads(ours.read_text()), json.loads(theirs.read_text())


@pytest.fixture
def empty_project(tmp_path: Path, program: Path) -> Project:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    return Project(root, program)


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.write("pytest.ini", "[pytest]\n")
    empty_project.write("price.py", PRICE)
    empty_project.write("test_price.py", TESTS)
    return empty_project
