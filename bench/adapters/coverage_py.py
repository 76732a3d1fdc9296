"""coverage.py with branches, and the core that it chooses by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from adapters import ALL_KINDS

NAME = "coverage.py"
KINDS = ALL_KINDS


def prepare(python: Path) -> str | None:
    print_version = "import coverage; print(coverage.__version__)"
    return subprocess.run([python, "-c", print_version], capture_output=True, text=True, check=True).stdout.strip()


def command(python: Path, arguments: list[str]) -> list[str]:
    return [str(python), "-m", "coverage", "run", "--branch", "--source=.", *arguments]


def forget(folder: Path) -> None:
    for data in folder.glob(".coverage*"):
        data.unlink()
