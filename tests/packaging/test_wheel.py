"""`pip install` of the sdist gives a working `branchlight` with its collector, in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build/packaging"  # as deep as build/release, so that ccache finds the release build's objects
LICENCES = sorted(ROOT.glob("licenses/*.txt"))

PROGRAM = """\
def greet(name):
    if name:
        return "hello " + name
    return "who is there?"

print(greet("world"))
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BRANCHLIGHT", "VIRTUAL_ENV"))}
    # the build backend would take the compiler's name from this Python's own build: ccache knows it by the usual one
    variables |= {"CC": "cc", "CXX": "c++"}
    done = subprocess.run(
        command, check=False, cwd=cwd, env=kept | variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist() -> Path:
    WORK.mkdir(parents=True, exist_ok=True)
    for old in WORK.glob("branchlight-*.tar.gz"):
        old.unlink()
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", WORK, cwd=ROOT)
    (made,) = WORK.glob("branchlight-*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    for old in WORK.glob("*.whl"):
        old.unlink()
    with tarfile.open(sdist) as archive:
        archive.extractall(WORK, filter="data")
    source = WORK / sdist.name.removesuffix(".tar.gz")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", WORK, cwd=source)
    (made,) = WORK.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but pip and the wheel."""
    prefix = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", prefix, cwd=prefix.parent)
    run(prefix / "bin/python", "-m", "pip", "install", "--no-index", "--no-deps", wheel, cwd=prefix.parent)
    return prefix


def test_the_sdist_carries_the_parsers(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert ".deps/tree-sitter/vendor/tree-sitter/lib/src/lib.c" in names
    assert ".deps/tree-sitter-python/src/parser.c" in names
    assert not [name for name in names if name.startswith("build/")]
    assert [name for name in names if name.startswith(".deps/") and not name.startswith(".deps/tree-sitter")] == []


def test_the_wheel_serves_every_python(wheel: Path) -> None:
    assert "-py3-none-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    data = f"{wheel.name.split('-py3')[0]}.data"
    assert f"{data}/scripts/branchlight" in names
    assert f"{data}/data/share/branchlight/collector/branchlight/_collector.abi3.so" in names
    assert f"{data}/data/share/branchlight/collector/site/sitecustomize.py" in names
    assert [name for name in names if "__pycache__" in name] == []


def test_what_is_linked_in_has_its_licence() -> None:
    """Named after the Debian package; what only the tests use is not shipped."""
    packages = (ROOT / "scripts/system-packages.txt").read_text().split()
    linked = {name for name in packages if name.endswith("-dev") and "clang" not in name}
    linked -= {"doctest-dev", "libpugixml-dev"}
    linked |= {"libfmt-dev", "tree-sitter", "tree-sitter-python"}  # spdlog's formatting; ./dev setup's sources
    assert {path.stem for path in LICENCES} >= linked
    assert "University of Cambridge" in (ROOT / "licenses/libpcre2-dev.txt").read_text()


def test_the_wheel_has_the_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name.partition(".dist-info/licenses/")[2]: archive.read(name) for name in archive.namelist()}
    for path in (ROOT / "LICENSE", *LICENCES):
        assert shipped[str(path.relative_to(ROOT))] == path.read_bytes()


def test_only_pytests_option_lands_among_the_importable_modules(environment: Path) -> None:
    (packages,) = environment.glob("lib/python3*/site-packages")
    found = {found.name for found in packages.glob("branchlight*")}
    assert found == {"branchlight-0.1.0.dist-info", "branchlight_pytest.py"}


def test_the_program_needs_only_libc(environment: Path) -> None:
    needed = run("readelf", "-d", environment / "bin/branchlight", cwd=environment)
    libraries = {line.split("[")[1].split("]")[0] for line in needed.splitlines() if "(NEEDED)" in line}
    assert libraries <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def test_the_installed_program_says_its_version(environment: Path) -> None:
    assert "0.1.0" in run(environment / "bin/branchlight", "--version", cwd=environment)


def test_the_installed_program_measures_a_run_and_reports_it(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    branchlight = environment / "bin/branchlight"
    path = f"{environment / 'bin'}:/usr/bin:/bin"
    assert run(branchlight, "run", "program.py", cwd=tmp_path, PATH=path) == "hello world\n"
    report = run(branchlight, "report", cwd=tmp_path, PATH=path)
    assert "program.py" in report
    assert "never False" in report


TESTS = """\
from greeting import greet

def test_greet():
    assert greet("world") == "hello world"

def test_fails():
    assert greet("world") == "hello"
"""


@pytest.mark.parametrize("options", [["-q"], ["-q", "-n2", "-p", "no:cacheprovider"]], ids=["alone", "xdist"])
def test_pytest_has_an_option_where_it_is_installed(environment: Path, tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "greeting.py").write_text(PROGRAM)
    (tmp_path / "test_greeting.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    path = {"PYTHONPATH": sysconfig.get_path("purelib"), "PATH": "/usr/bin:/bin"}  # pytest comes from here
    command = [environment / "bin/python", "-m", "pytest", *options]

    def ended(*more: str) -> str:
        done = subprocess.run(
            [*command, *more], cwd=tmp_path, env=path, stdout=subprocess.PIPE, text=True, timeout=60, check=False
        )
        assert done.returncode == 1
        return done.stdout.splitlines()[-1].partition(" in ")[0]

    alone = ended()
    assert not (tmp_path / ".branchlight").exists()
    assert ended("--branchlight") == alone == "1 failed, 1 passed"
    report = run(environment / "bin/branchlight", "report", cwd=tmp_path)
    assert "greeting.py:2: if name: never False" in report
