"""What is measured: folders to work in, made in .deps/bench/work, and the arguments of the interpreter there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
import distributions  # noqa: E402

DEPENDENCIES = HERE.parent / ".deps"
WORK = DEPENDENCIES / "bench"


@dataclass(frozen=True)
class Workload:
    name: str
    kind: str  # "compute", "suite" or "start-up"
    folder: Path
    arguments: list[str]
    quick_arguments: list[str]

    def arguments_for(self, *, quick: bool) -> list[str]:
        return self.quick_arguments if quick else self.arguments


# program -> how many times round it goes: a second or two of plain CPython
_COMPUTE = {"richards": 30, "generators": 40, "hexiom": 250}


def prepare(python: Path, version: str) -> list[Workload]:
    """The workloads for one interpreter; `python` is that of its environment."""
    work = WORK / f"work-{version}"
    library = _site_packages(python) / "pyperformance" / "data-files" / "benchmarks"
    return [
        *(_compute(work / name, name, rounds, library) for name, rounds in _COMPUTE.items()),
        _click(),
        _start_up(work / "empty"),
    ]


def _compute(folder: Path, name: str, rounds: int, library: Path) -> Workload:
    """pyperformance's own source, brought into the folder that is measured: a library would be left alone."""
    _root(folder)
    shutil.copy(library / f"bm_{name}" / "run_benchmark.py", folder)
    shutil.copy(HERE / "programs" / f"{name}.py", folder / "main.py")
    return Workload(name, "compute", folder, ["main.py", str(rounds)], ["main.py", "1"])


def _click() -> Workload:
    folder = click_source()
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return Workload("click's tests", "suite", folder, pytest, [*pytest, "tests/test_parser.py"])


def _start_up(folder: Path) -> Workload:
    _root(folder)
    (folder / "main.py").write_text("", encoding="utf-8")
    return Workload("empty program", "start-up", folder, ["main.py"], ["main.py"])


def _root(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "measured"\nversion = "0"\n', encoding="utf-8")


def _site_packages(python: Path) -> Path:
    say = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", say], capture_output=True, text=True, check=True).stdout.strip())


def click_source() -> Path:
    """The same source distribution that the demo shows, in a place of its own."""
    folder = WORK / distributions.CLICK.stem
    if not folder.exists():
        archive = distributions.fetch(distributions.CLICK, Path(sys.executable), WORK / "downloads")
        distributions.unpack(archive, WORK)
    return folder


def environment(version: str, interpreter: Path) -> Path:
    """The interpreter of an environment with all the tools, and click, in it. Made once."""
    requirements = (HERE / "requirements.txt").read_text(encoding="utf-8")
    return distributions.environment(interpreter, WORK / f"venv-{version}", requirements, click_source())
