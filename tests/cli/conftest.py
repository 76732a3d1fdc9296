"""The real binary, run as a user runs it, with the interpreter that runs these tests.

BRANCHLIGHT   the program (default: the release build's)
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture
def project(tmp_path: Path, program: Path) -> Project:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    project = Project(root, program)
    project.write("pytest.ini", "[pytest]\n")
    project.write("price.py", PRICE)
    project.write("test_price.py", TESTS)
    return project
