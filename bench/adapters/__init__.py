"""The tools that are compared. A further one is a further file here, named in ORDER.

An adapter is a module with
    NAME                       what the table calls it
    KINDS                      the kinds of workload that it is for
    prepare(python)            makes it ready in an environment; returns its version, or None where it does not exist
    command(python, arguments) the command line that runs `python ARGUMENTS…` under the tool
    forget(folder)             takes away what a run has left, so that the next one begins where this one did
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol, cast

ORDER = ("plain", "branchlight", "coverage_py", "coverage_py_by_test", "slipcover")
ALL_KINDS = ("compute", "suite", "import", "start-up")


class Adapter(Protocol):
    NAME: str
    KINDS: tuple[str, ...]

    def prepare(self, python: Path) -> str | None: ...
    def command(self, python: Path, arguments: list[str]) -> list[str]: ...
    def forget(self, folder: Path) -> None: ...


def load(name: str) -> Adapter:
    return cast(Adapter, importlib.import_module(f"adapters.{name}"))
