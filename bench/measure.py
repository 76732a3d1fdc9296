"""Whole processes, measured: what the kernel charges to a command and to all the children that it waited for."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    cpu: float  # seconds, user and system
    wall: float
    status: int = 0


class FailedError(Exception):
    pass


def run(commands: Sequence[list[str]], folder: Path, statuses: Container[int] = (0,)) -> list[Sample]:
    """All of them begin at once. The wall time of more than one says nothing."""
    began = time.perf_counter()
    outputs = [folder / f".bench-output-{number}" for number in range(len(commands))]
    started = [_start(command, folder, output) for command, output in zip(commands, outputs, strict=True)]
    samples = []
    for process in started:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        samples.append(Sample(usage.ru_utime + usage.ru_stime, wall, process.returncode))
    for command, sample, output in zip(commands, samples, outputs, strict=True):
        if sample.status not in statuses:
            tail = output.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise FailedError(f"{' '.join(command)} in {folder} ended with {sample.status}:\n{tail}")
    return samples


def _start(command: list[str], folder: Path, output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as out:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _environment() -> dict[str, str]:
    """The user's, without what would make every start compile every import, or send a tool elsewhere."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "BRANCHLIGHT_DIR", "COVERAGE_CORE")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONHASHSEED": "0"}
