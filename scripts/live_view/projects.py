"""What there is to show: click, or a project of the user's, with an interpreter that can run its tests."""

from __future__ import annotations

import ast
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import distributions

from live_view.interpreters import DEPENDENCIES, DemoError, candidates, no_python, usable

Say = Callable[[str], None]
CLICK = distributions.CLICK
PYTEST = "pytest==9.2.0"

_NOT_SOURCE = {"node_modules", "build", "dist", "site-packages", "__pycache__", "venv", "env"}


@dataclass(frozen=True)
class Project:
    root: Path
    python: Path
    files: list[Path]  # candidates to be shown, the best guess first
    temporary: Path | None = None  # where its tests put what they forget to remove; none: where everybody does


def click_project(setting: str | None, say: Say) -> Project:
    """click's source distribution, tests and all, in an environment of its own. Fetched once."""
    found = list(usable(candidates(setting, None)))
    python = max(found, key=lambda one: (one.origin in ("--python", "VIRTUAL_ENV"), one.version), default=None)
    if python is None:
        raise no_python()
    say(f"{CLICK.stem}, on {python}")
    folder = DEPENDENCIES / "demo"
    source = folder / CLICK.stem
    key = hashlib.sha256(f"{python.path} {python.version} {CLICK.stem} {PYTEST} {folder}".encode()).hexdigest()[:12]
    home = folder / f"venv-{key}"
    try:
        if not source.is_dir():
            say("fetching its source distribution")
            with_pip = distributions.bare_environment(python.path, home)
            distributions.unpack(distributions.fetch(CLICK, with_pip, folder / "downloads"), folder)
        if not (home / "ready").exists():
            say("installing it in an environment of its own")
        in_environment = distributions.environment(python.path, home, PYTEST, source)
    except distributions.FailedError as error:
        raise DemoError(str(error)) from error
    # what was known from the last time would leave less to see
    shutil.rmtree(source / ".branchlight", ignore_errors=True)
    temporary = folder / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    return Project(source, in_environment, [source / "src" / "click" / "parser.py"], temporary)


def user_project(path: Path, setting: str | None, file: Path | None, say: Say) -> Project:
    root = path.resolve()
    if not root.is_dir():
        raise DemoError(f"{path} is not a folder. Give the folder of a project: ./dev demo PATH")
    found = list(usable(candidates(setting, root)))
    if not found:
        raise no_python()
    python = next((one for one in found if one.pytest), None)
    if python is None:
        raise DemoError(
            f"{found[0]} has no pytest. Install it there ({found[0].path} -m pip install pytest), "
            "or name another interpreter: ./dev demo PATH --python PYTHON"
        )
    say(f"{root.name}, on {python}")
    files = [file.resolve()] if file else modules_by_branches(root)[:8]
    if not files:
        raise DemoError(f"no Python module with a branch below {root}")
    return Project(root, python.path, files)


def modules_by_branches(root: Path) -> list[Path]:
    """Modules that are no tests, those with most branches first."""
    counted = [(_branches(path), path) for path in _sources(root)]
    return [path for count, path in sorted(counted, key=lambda pair: (-pair[0], pair[1])) if count]


def _sources(root: Path) -> Iterator[Path]:
    for folder, names, files in root.walk():
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and name not in _NOT_SOURCE and not (folder / name / "pyvenv.cfg").exists()
        )
        if folder.name in ("tests", "test") and folder != root:
            names.clear()
            continue
        for name in sorted(files):
            if (
                name.endswith(".py")
                and not name.startswith(("test_", "conftest", "setup"))
                and not name.endswith("_test.py")
            ):
                yield folder / name


def _branches(path: Path) -> int:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError, RecursionError):
        return 0
    kinds = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.match_case)
    return sum(isinstance(node, kinds) for node in ast.walk(tree))
