"""coverage.py with branches and a context for each test: what it offers to those who ask which test took a branch.

A suite without it has no contexts to tell, so nothing else is measured.
"""

from __future__ import annotations

from pathlib import Path

from adapters import coverage_py

NAME = "coverage.py by test"
KINDS = ("suite",)

prepare = coverage_py.prepare
forget = coverage_py.forget
_SETTINGS = """\
[run]
branch = true
source = .
dynamic_context = test_function
data_file = .coverage_by_test
"""


def command(python: Path, arguments: list[str]) -> list[str]:
    settings = python.parents[1] / "by_test.coveragerc"
    settings.write_text(_SETTINGS, encoding="utf-8")
    return [str(python), "-m", "coverage", "run", f"--rcfile={settings}", *arguments]
