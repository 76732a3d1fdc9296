"""The real `branchlight lsp`, the real collector, a real language client.

BRANCHLIGHT              the command under test (default: the release build)
BRANCHLIGHT_E2E_PYTHON   the interpreter whose programs are measured (default: the one that runs the tests)
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))
from editor import Editor
from program import Program
from workspace import Workspace

_DEFAULT = Path(__file__).resolve().parents[2] / "build" / "release" / "server" / "branchlight"


def pytest_configure(config: pytest.Config) -> None:
    # a server that sends what its client has not asked for has a bug
    config.addinivalue_line("filterwarnings", "error::pytest_lsp.LspSpecificationWarning")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def branchlight() -> Path:
    binary = Path(os.environ.get("BRANCHLIGHT", _DEFAULT)).absolute()
    assert os.access(binary, os.X_OK), f"{binary} is missing: ./dev build makes it"
    return binary


@pytest.fixture(scope="session")
def python() -> Path:
    return Path(os.environ.get("BRANCHLIGHT_E2E_PYTHON", sys.executable)).absolute()


@pytest.fixture
def workspace(tmp_path: Path, branchlight: Path, python: Path) -> Workspace:
    root = tmp_path / "workspace"
    root.mkdir()
    return Workspace(root, branchlight, python)


OpenEditor = Callable[..., Awaitable[Editor]]
StartProgram = Callable[..., Awaitable[Program]]


@pytest_asyncio.fixture
async def open_editor(workspace: Workspace) -> AsyncIterator[OpenEditor]:
    """`await open_editor(**settings)`: an editor on the workspace. Its server must end well."""
    editors: list[Editor] = []

    async def start(*, client: str = "neovim@v0.11.0", **settings: Any) -> Editor:
        options = {"python": str(workspace.python), "notYetAfter": 0, **settings}
        editors.append(await Editor.start(workspace.branchlight, workspace.root, client, options))
        return editors[-1]

    yield start
    for editor in editors:
        await editor.quit()


@pytest_asyncio.fixture
async def start_program(workspace: Workspace) -> AsyncIterator[StartProgram]:
    """`await start_program()`: the workspace's program under `branchlight run`, waiting to be told what to do."""
    programs: list[Program] = []

    async def start(**options: Any) -> Program:
        programs.append(await Program.start(workspace, **options))
        return programs[-1]

    yield start
    for program in programs:
        await program.kill()
