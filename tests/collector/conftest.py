"""The collector, in the interpreter that runs these tests: pytest is started once by each of them.

BRANCHLIGHT_COLLECTOR   the staged collector (default: the release build's)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from measured import Workspace

_DEFAULT = Path(__file__).resolve().parents[2] / "build" / "release" / "collector"

EVENTS = sys.version_info >= (3, 14)


@pytest.fixture(scope="session")
def collector() -> Path:
    folder = Path(os.environ.get("BRANCHLIGHT_COLLECTOR", _DEFAULT)).absolute()
    assert (folder / "branchlight" / "_collector.abi3.so").exists(), f"{folder} is not built: ./dev build does that"
    return folder


@pytest.fixture
def workspace(tmp_path: Path, collector: Path) -> Workspace:
    root = (tmp_path / "workspace").resolve()
    root.mkdir()
    return Workspace(root, collector)


@pytest.fixture(params=["events", "markers"] if EVENTS else ["markers", "bookkeeping"])
def backend(request: pytest.FixtureRequest) -> str:
    return request.param
