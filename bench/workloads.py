"""What is measured: folders to work in, made in .deps/bench/work, and the arguments of the interpreter there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import large_suite

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE.parent / "tests" / "conformance")]
import distributions  # noqa: E402
import projects  # noqa: E402

DEPENDENCIES = HERE.parent / ".deps"
WORK = DEPENDENCIES / "bench"


@dataclass(frozen=True)
class Workload:
    name: str
    kind: str  # "compute", "suite", "import" or "start-up"
    folder: Path
    arguments: list[str]
    quick_arguments: list[str]
    python: Path  # of the environment that has what the program needs, and the tools

    def arguments_for(self, *, quick: bool) -> list[str]:
        return self.quick_arguments if quick else self.arguments


# program of pyperformance -> its arguments behind the number of loops, which make about a second of plain CPython
_COMPUTE = {
    "async_tree": ["2", "none"],
    "chaos": ["15"],
    "coroutines": ["45"],
    "deltablue": ["200"],
    "fannkuch": ["3"],
    "generators": ["30"],
    "go": ["8"],
    "hexiom": ["150"],
    "logging": ["8000"],
    "mdp": ["1"],
    "nbody": ["10"],
    "nqueens": ["10"],
    "pidigits": ["6"],
    "pprint": ["1"],
    "pyflate": ["2"],
    "raytrace": ["4"],
    "richards": ["25"],
    "scimark": ["2"],
    "spectral_norm": ["11"],
    "unpack_sequence": ["8000"],
}


# Besides click: its own tests, too.
_SUITES = ("attrs", "jinja2", "packaging", "more-itertools")
NAMES = (
    *_COMPUTE,
    *(f"{name}'s tests" for name in ("click", *_SUITES)),
    "10,000 small tests",
    "import of 300 modules",
    "import of 20,000 lines",
    "empty program",
)
LATENCY, ANALYSIS = "latency", "static analysis"  # what is measured besides
# The warning: that SlipCover cannot rewrite itself, which suites that make errors of warnings would die of.
_PYTEST = (
    *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


def prepare(version: str, interpreter: Path, wanted: Collection[str]) -> Iterator[Workload]:
    """The workloads of these names for one interpreter."""
    work = WORK / f"work-{version}"
    python = environment(version, interpreter)
    library = _site_packages(python) / "pyperformance" / "data-files" / "benchmarks"
    makers: dict[str, Callable[[], Workload]] = {
        **{
            name: partial(_compute, work / name, library / f"bm_{name}", arguments, python)
            for name, arguments in _COMPUTE.items()
        },
        "click's tests": partial(_click, python),
        **{
            f"{one.name}'s tests": partial(_suite, one, version, interpreter)
            for one in projects.listed()
            if one.name in _SUITES
        },
        "10,000 small tests": partial(_large_suite, work / "large_suite", python),
        "import of 300 modules": partial(_modules, work / "modules", python),
        "import of 20,000 lines": partial(_table, work / "table", python),
        "empty program": partial(_start_up, work / "empty", python),
    }
    for name in NAMES:
        if name in wanted:
            yield makers[name]()


def _compute(folder: Path, source: Path, arguments: list[str], python: Path) -> Workload:
    """pyperformance's own files, brought into the folder that is measured: a library would be left alone."""
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.toml", "__pycache__"))
    shutil.copy(HERE / "program.py", folder / "main.py")
    _root(folder)
    return Workload(folder.name, "compute", folder, ["main.py", *arguments], ["main.py", "1", *arguments[1:]], python)


def _click(python: Path) -> Workload:
    quick = [*_PYTEST, "tests/test_parser.py"]
    return Workload("click's tests", "suite", click_source(), list(_PYTEST), quick, python)


def _suite(project: projects.Project, version: str, interpreter: Path) -> Workload:
    """The same source distributions, tests and requirements as those that `./dev conformance` runs."""
    folder = WORK / f"work-{version}" / project.distribution.stem
    if not folder.exists():
        project.unpack(WORK / "downloads", folder.parent)
    coverage = next(line for line in _requirements().splitlines() if line.startswith("coverage=="))
    python = project.environment(interpreter, WORK / f"venv-{version}-{project.name}", coverage, folder)
    seed = ["--hypothesis-seed=0"] if any(one.startswith("hypothesis") for one in project.requires) else []
    words = [*_PYTEST, *seed]  # without it each run would have examples of its own
    one = min(folder.glob("tests/test_*.py"))
    return Workload(f"{project.name}'s tests", "suite", folder, [*words, *project.pytest], [*words, str(one)], python)


def _large_suite(folder: Path, python: Path) -> Workload:
    _root(folder)
    large_suite.write(folder)
    quick = [*_PYTEST, "tests/test_orders_0.py"]
    return Workload("10,000 small tests", "suite", folder, list(_PYTEST), quick, python)


def _modules(folder: Path, python: Path) -> Workload:
    _root(folder)
    text = "".join(
        f"""
def function_{i}(values, limit={i}):
    total = 0
    for value in values:
        if value > limit:
            total += value
        elif value == limit:
            continue
        else:
            total -= 1
    return total
"""
        for i in range(28)
    )
    for number in range(300):
        (folder / f"module_{number}.py").write_text(f"NUMBER = {number}\n{text}", encoding="utf-8")
    (folder / "main.py").write_text("".join(f"import module_{number}\n" for number in range(300)), encoding="utf-8")
    return Workload("import of 300 modules", "import", folder, ["main.py"], ["main.py"], python)


def _table(folder: Path, python: Path) -> Workload:
    _root(folder)
    rows = "".join(f"    'key{i}': ({i}, 'value {i}', [{i % 7}, {i % 11}], -1.5),\n" for i in range(20_000))
    (folder / "table.py").write_text(f"TABLE = {{\n{rows}}}\n", encoding="utf-8")
    (folder / "main.py").write_text("import table\n", encoding="utf-8")
    return Workload("import of 20,000 lines", "import", folder, ["main.py"], ["main.py"], python)


def _start_up(folder: Path, python: Path) -> Workload:
    _root(folder)
    (folder / "main.py").write_text("", encoding="utf-8")
    return Workload("empty program", "start-up", folder, ["main.py"], ["main.py"], python)


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
    return distributions.environment(interpreter, WORK / f"venv-{version}", _requirements(), click_source())


def _requirements() -> str:
    return (HERE / "requirements.txt").read_text(encoding="utf-8")
