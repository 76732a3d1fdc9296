"""Why a whole file may be in coverage.py's report alone. What differs within one: ../differential/differences.py.

A rule that is needed by no project any more is stale, and fails a run of all projects.
"""

from __future__ import annotations

from pathlib import Path

ARCHIVE = "a module in a zip archive: coverage.py reads it, no editor opens it"
TEMPLATE = "a template: what is compiled from it has its name, and its own text happens to be valid Python"

RULES = {
    ARCHIVE: lambda path: any(parent.is_file() for parent in path.parents),
    TEMPLATE: lambda path: path.is_file() and path.suffix not in (".py", ".pyw", ""),
}


def why_theirs_alone(path: Path) -> str | None:
    return next((reason for reason, holds in RULES.items() if holds(path)), None)
