"""Whatever backend measures them, the library's own tests take the same lines and branches of the library."""

import json
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "coverage/mapping"))

import check_library
import differences
import measured

MODULES = (
    "base64", "bisect", "calendar", "colorsys", "configparser", "contextlib", "copy", "csv", "difflib", "fnmatch", "fractions",
    "getopt", "glob", "graphlib", "heapq", "ipaddress", "optparse", "plistlib", "pprint", "reprlib", "shlex", "textwrap",
)  # fmt: skip
ONE, OTHER = measured.BACKENDS


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies, for the interpreter's own library is not measured."""
    folder = tmp_path_factory.mktemp("library").resolve()
    (folder / "pyproject.toml").touch()
    own, *other = check_library.library()
    tests = other[0] if other else own / "test"
    for name in MODULES:
        shutil.copy(own / f"{name}.py", folder)
        shutil.copy(tests / f"test_{name}.py", folder)
    return folder


def reported(folder: Path, backend: str) -> dict:
    shutil.rmtree(folder / ".branchlight", ignore_errors=True)
    driver = [measured.HERE / "drive_tests.py", folder, *(f"test_{name}" for name in MODULES)]
    measured.run(
        [measured.program(), "run", f"--python={sys.executable}", f"--backend={backend}", "--", *driver], folder
    )
    return measured.files_of(json.loads(measured.run([measured.program(), "report", "--format", "json"], folder)))


def test_both_backends_report_the_librarys_tests_alike(workspace: Path) -> None:
    one, again, other = (reported(workspace, backend) for backend in (ONE, ONE, OTHER))
    steady = [name for name in one if one[name] == again[name]]
    assert len(steady) > 40, sorted(one.keys() - steady)
    assert sum(len(one[name]["executed_branches"]) for name in steady) > 3000
    unexplained = []
    for name in steady:
        unexplained += [f"{name}: {each}" for each in differences.apart(one[name], other[name], us=OTHER, them=ONE)]
    assert unexplained == []
