"""Nothing: what all the others are compared with."""

from __future__ import annotations

import subprocess
from pathlib import Path

from adapters import ALL_KINDS

NAME = "plain"
KINDS = ALL_KINDS


def prepare(python: Path) -> str | None:
    return subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]


def command(python: Path, arguments: list[str]) -> list[str]:
    return [str(python), *arguments]


def forget(folder: Path) -> None:
    pass
