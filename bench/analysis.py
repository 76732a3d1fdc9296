"""What static analysis costs: text, sites, statements and exclusions of an interpreter's whole library."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[1]
_PROGRAM = Path(os.environ.get("BRANCHLIGHT", _REPOSITORY / "build/release/server/branchlight")).absolute()
TOOL = _PROGRAM.parents[1] / "bench" / "time_analysis"


@dataclass(frozen=True)
class Analysis:
    version: str
    files: int
    lines: int
    statements: int
    sites: int
    parsing: float  # seconds, as the rest
    excluding: float

    @property
    def microseconds_a_line(self) -> float:
        return 1e6 * (self.parsing + self.excluding) / self.lines


def measure(version: str, python: Path, rounds: int) -> Analysis:
    say = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    library = Path(subprocess.run([python, "-c", say], capture_output=True, text=True, check=True).stdout.strip())
    files = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    found = [json.loads(subprocess.check_output([TOOL, *files])) for _ in range(rounds)]
    figures = {name: statistics.median(each[name] for each in found) for name in ("parsing", "excluding")}
    return Analysis(version, **found[0] | figures)


def section(analyses: Iterable[Analysis]) -> list[str]:
    return [
        "## What static analysis costs",
        "",
        "Of the interpreter's own library, with its tests where it has them: from a file's bytes to its sites and",
        "statements, and then to the lines that do not count (coverage.py's default patterns). One thread, files in memory;",
        "medians.",
        "",
        "| CPython | files | lines | sites | sites, statements | exclusions | a line |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {each.version} | {each.files} | {each.lines} | {each.sites} | {each.parsing:.2f} s "
            f"| {each.excluding:.2f} s | {each.microseconds_a_line:.2f} µs |"
            for each in analyses
        ),
        "",
    ]
