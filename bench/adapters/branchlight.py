"""Branchlight, as its users call it: `branchlight run`, the command itself included in what is measured."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from adapters import ALL_KINDS

NAME = "Branchlight"
KINDS = ALL_KINDS

_REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BRANCHLIGHT", _REPOSITORY / "build" / "release" / "server" / "branchlight")).absolute()


def prepare(_python: Path) -> str | None:
    if not os.access(BINARY, os.X_OK):
        return None
    return subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def command(python: Path, arguments: list[str]) -> list[str]:
    return [str(BINARY), "run", "--", str(python), *arguments]


def forget(folder: Path) -> None:
    for log in (folder / ".branchlight" / "runs").glob("*"):
        log.unlink()
