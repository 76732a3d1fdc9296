"""Small projects with a configuration of coverage.py's, which means here what it means to coverage.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conftest import Project

MAIN = "main.py"

MARKED = """\
def noisy(x):
    if x > 2:
        raise NotImplementedError
    if x > 3:
        log.debug("one")
        log.debug("two")
    assert_never(x) if x > 9 else None
    return x


def __repr__(x):
    return "x"


if __name__ == "__main__":
    noisy(1)
    noisy(0)
"""


@dataclass(frozen=True)
class Case:
    """A project: its files, and what to run in it."""

    name: str
    files: dict[str, str]
    command: tuple[str, ...] = (MAIN,)
    environment: dict[str, str] = field(default_factory=dict)
    # What differs from a comparison of nothing with nothing: lines that must be excluded in coverage.py's report too.
    excludes: dict[str, list[int]] = field(default_factory=dict)

    def check(self, project: Project, scratch: Path) -> None:
        for name, text in self.files.items():
            path = project.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        environment = {"COVERAGE_FILE": str(scratch / "data"), **self.environment}
        project.coverage("run", "--branch", *self.command, **environment)
        done = project.run(*self.command, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        ours, theirs = project.reports(scratch, **environment)
        for name, lines in self.excludes.items():
            assert set(lines) <= set(theirs["files"][name]["excluded_lines"]), "the case does not test what it says"
        assert _measured(ours) == _measured(theirs)
        assert ours["totals"] == theirs["totals"]


def _measured(report: dict[str, Any]) -> dict[str, Any]:
    keys = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")
    return {name: {key: content[key] for key in keys} for name, content in report["files"].items()}


def rc(**sections: str) -> str:
    """A .coveragerc: `report="exclude_also = x"`."""
    return "".join(f"[{name}]\n{text.strip()}\n" for name, text in sections.items())


def with_rc(source: str, rcfile: str, **more: str) -> dict[str, str]:
    return {MAIN: source, ".coveragerc": rcfile} | more
