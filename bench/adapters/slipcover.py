"""SlipCover with branches. Measured where it can be installed: it names the interpreters that it supports."""

from __future__ import annotations

import subprocess
from pathlib import Path

from adapters import ALL_KINDS

NAME = "SlipCover"
KINDS = ALL_KINDS
_PACKAGE = "slipcover==1.1.0"


def prepare(python: Path) -> str | None:
    install = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", _PACKAGE]
    if subprocess.run(install, capture_output=True, check=False).returncode != 0:
        return None
    return _PACKAGE.partition("==")[2]


def command(python: Path, arguments: list[str]) -> list[str]:
    return [
        str(python),
        "-m",
        "slipcover",
        "--branch",
        "--source",
        ".",
        "--json",
        "--out",
        "slipcover.json",
        *arguments,
    ]


def forget(folder: Path) -> None:
    (folder / "slipcover.json").unlink(missing_ok=True)
