"""Which CPython to run a project's tests with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DEPENDENCIES = REPOSITORY / ".deps"

_PROBE = """
import importlib.util as u, json, platform, sys, sysconfig
print(json.dumps({"implementation": sys.implementation.name, "version": list(sys.version_info[:3]),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")), "executable": sys.executable,
    "pytest": u.find_spec("pytest") is not None}))
"""


class DemoError(Exception):
    """Something that the user can do something about: what is wrong, and what to do."""


@dataclass(frozen=True)
class Interpreter:
    path: Path
    version: tuple[int, int, int]
    origin: str  # why this one, in words
    pytest: bool

    def __str__(self) -> str:
        return f"CPython {'.'.join(map(str, self.version))} ({self.origin}: {self.path})"


def candidates(setting: str | None, root: Path | None) -> Iterator[tuple[str, Path]]:
    """In the order in which they are asked; with what to call them."""
    if setting:
        named = shutil.which(setting)
        if named is None:
            raise DemoError(f"--python {setting}: there is no such program")
        yield "--python", Path(named).absolute()
        return
    if active := os.environ.get("VIRTUAL_ENV"):
        yield "VIRTUAL_ENV", Path(active) / "bin" / "python"
    if root is not None:
        for name in (".venv", "venv"):
            yield name, root / name / "bin" / "python"
    for name in ("python3.15", "python3.14", "python3.13", "python3.12", "python3", "python"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            if folder:
                yield "PATH", Path(folder) / name
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for home in sorted(pyenv.glob("versions/3.*"), reverse=True):
        yield "pyenv", home / "bin" / "python"
    listed = DEPENDENCIES / "pythons.txt"
    if listed.exists():
        for line in reversed(listed.read_text(encoding="utf-8").splitlines()):
            yield "from ./dev setup", Path(line.split(maxsplit=1)[1])


def usable(asked: Iterator[tuple[str, Path]]) -> Iterator[Interpreter]:
    seen: set[Path] = set()
    for origin, path in asked:
        if path in seen or not os.access(path, os.X_OK):
            continue
        seen.add(path)
        # the demo's own environment is nobody's choice
        if origin != "--python" and path.parent.parent == Path(sys.prefix):
            continue
        interpreter = probe(origin, path)
        if interpreter is not None:
            yield interpreter
        elif origin == "--python":
            raise DemoError(
                f"{path} is no CPython of 3.12 or later with a GIL. Branchlight needs one: try --python python3.14"
            )


def probe(origin: str, path: Path) -> Interpreter | None:
    try:
        answer = subprocess.run([path, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=20, check=True)
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    version = tuple(facts["version"])
    if facts["implementation"] != "cpython" or facts["free_threaded"] or version < (3, 12):
        return None
    # a shim's real target, so that the choice stays the same in the project's folder
    target = Path(facts["executable"]) if "shims" in path.parts else path
    return Interpreter(target, version, origin, facts["pytest"])


def no_python() -> DemoError:
    return DemoError(
        "no CPython of 3.12 or later (with a GIL) was found in VIRTUAL_ENV, .venv, PATH, pyenv, or from ./dev setup. "
        "Run ./dev setup, which fetches one, or name one: ./dev demo --python PYTHON"
    )
