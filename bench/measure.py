"""Whole processes, measured: what the kernel charges to a command and to all the children that it waited for."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    cpu: float  # seconds, user and system
    wall: float
    status: int = 0


class FailedError(Exception):
    pass


def run(command: list[str], folder: Path, statuses: Container[int] = (0,)) -> Sample:
    output = folder / ".bench-output"
    with output.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        tail = output.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise FailedError(f"{' '.join(command)} in {folder} ended with {process.returncode}:\n{tail}")
    return Sample(usage.ru_utime + usage.ru_stime, wall, process.returncode)


def _environment() -> dict[str, str]:
    """The user's, without what would make every start compile every import, or send a tool elsewhere."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "BRANCHLIGHT_DIR", "COVERAGE_CORE")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONHASHSEED": "0"}
