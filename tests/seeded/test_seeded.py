"""Mistakes that a developer could make are found by comparing random programs with coverage.py (tests/differential).

Each patch in `patches` is one mistake; its first line says which. It is applied to a copy of the sources with a build
tree of its own, what depends on it is built again, and `./dev fuzz branches` must name programs that differ. A patch
that no longer applies to the sources is a failure: make it anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted(Path(__file__).parent.glob("patches/*.patch"))
SOURCE = ROOT / "build/seeded"
BUILD = SOURCE / "build/release"  # as in the checkout, so that ccache finds the release build's objects
COPIED = ("CMakeLists.txt", "cmake", "protocol", "coverage", "server")
PROGRAMS = 400  # at most


def copy_sources() -> None:
    """Only what differs is written: what is older than its object is not built again."""
    wanted = {
        path.relative_to(ROOT)
        for name in COPIED
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if path.is_file() and "__pycache__" not in path.parts
    }
    for path in wanted:
        content = (ROOT / path).read_bytes()
        if not (SOURCE / path).exists() or (SOURCE / path).read_bytes() != content:
            (SOURCE / path).parent.mkdir(parents=True, exist_ok=True)
            (SOURCE / path).write_bytes(content)
    for name in COPIED:
        for path in (SOURCE / name).rglob("*"):
            if path.is_file() and path.relative_to(SOURCE) not in wanted:
                path.unlink()


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # The copy lies in a checkout, but is none: git must not look around it.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(SOURCE.parent)} | variables
    return subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False)


def succeeds(*command: str | Path) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def build() -> None:
    succeeds("cmake", "--build", BUILD, "--parallel", "1", "--target", "branchlight", "collector_stage")


def compare_programs(count: int) -> tuple[int, str]:
    """How many programs are reported in another way than coverage.py reports them, and all that was said."""
    fuzz = ROOT / "tests/differential/fuzz.py"
    options = ("--one", "--shrink=0", f"--count={count}")
    done = run(sys.executable, fuzz, *options, BRANCHLIGHT=str(BUILD / "server/branchlight"))
    said = done.stdout + done.stderr
    summary = re.search(r": \d+ programs, \d+ branches, (\d+) programs differ$", done.stdout, re.MULTILINE)
    assert summary, said
    assert (done.returncode != 0) == (summary[1] != "0")
    return int(summary[1]), said


@pytest.fixture(scope="module")
def built() -> None:
    copy_sources()
    if not (SOURCE / ".deps").exists():
        (SOURCE / ".deps").symlink_to(ROOT / ".deps")
    succeeds("cmake", "-G", "Ninja", "-S", SOURCE, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release", "-DBRANCHLIGHT_TESTS=OFF")
    build()


@pytest.mark.usefixtures("built")
def test_without_a_mistake_no_program_differs() -> None:
    differ, said = compare_programs(100)
    assert differ == 0, said


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_mistake_is_found(patch: Path) -> None:
    applied = run("git", "apply", patch)
    assert applied.returncode == 0, f"{patch.name} no longer applies, make it anew:\n{applied.stderr}"
    try:
        build()
        differ, said = compare_programs(PROGRAMS)
        assert differ > 0, f"not found: {patch.read_text(encoding='utf-8').splitlines()[0]}\n{said}"
    finally:
        copy_sources()


def test_there_are_at_least_ten_mistakes() -> None:
    assert len(PATCHES) >= 10
