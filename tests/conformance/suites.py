"""Runs a project's tests under coverage.py or under Branchlight, each time on a tree as it was distributed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "differential"))
import measured  # noqa: E402
from projects import Project  # noqa: E402

WORK = REPOSITORY / ".deps" / "conformance"
VERSION = "{}.{}".format(*sys.version_info)
COVERAGE = "coverage==7.17.3"
PYTEST_COV = "pytest-cov==7.1.0"
SECONDS = 1500  # for one run of one suite
# The same for both. Without `source` neither would report what was never imported.
SETTINGS = """\
[run]
branch = true
source = .
"""

Report = dict[str, dict[str, set[Any]] | None]


@dataclass
class Run:
    report: Report
    tests: dict[str, str]  # by name, how it ended


class FailedError(Exception):
    pass


class Suite:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.unpack()
        home = WORK / VERSION / f"venv-{project.name}"
        self.python = project.environment(Path(sys.executable), home, f"{COVERAGE}\n{PYTEST_COV}", self.folder)

    def unpack(self) -> None:
        self.folder = self.project.unpack(WORK / "downloads", WORK / VERSION)

    def by_coverage(self, core: str | None) -> Run:
        """`core`: of coverage.py's; none: the one that it takes by itself."""
        more = {"COVERAGE_CORE": core} if core else {}
        with tempfile.TemporaryDirectory() as temporary:
            data, settings = Path(temporary) / "data", Path(temporary) / "settings"
            settings.write_text(SETTINGS, encoding="utf-8")
            coverage = [self.python, "-m", "coverage", "run", f"--rcfile={settings}", f"--data-file={data}"]
            tests = self._run(coverage, Path(temporary), more)
            script = measured.HERE / "coverage_json.py"
            said = measured.run([self.python, script, data, settings], self.folder)
        return Run(measured.files_of(json.loads(said)), tests)

    def by_branchlight(self, backend: str) -> Run:
        with tempfile.TemporaryDirectory() as temporary:
            settings = Path(temporary) / "settings"
            settings.write_text(SETTINGS, encoding="utf-8")
            run = [measured.program(), "run", f"--backend={backend}", "--", self.python]
            more = {"COVERAGE_RCFILE": str(settings), "BRANCHLIGHT_DIR": str(Path(temporary) / "branchlight")}
            tests = self._run(run, Path(temporary), more)
            said = measured.run([measured.program(), "report", "--format", "json"], self.folder, **more)
        return Run(measured.files_of(json.loads(said)), tests)

    def _run(
        self, prefix: list[str | Path], temporary: Path, more: dict[str, str], options: Sequence[str] = ()
    ) -> dict[str, str]:
        """The tests in their own order, one after the other; how each of them ended."""
        self.unpack()
        junit = temporary / "junit.xml"
        plugins = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"]
        command = [*prefix, "-m", "pytest", "-q", *plugins, f"--junitxml={junit}", *options, *self.project.pytest]
        (temporary / "tmp").mkdir()
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=measured.environment(TMPDIR=str(temporary / "tmp"), **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode not in (0, 1):  # 1: some tests failed; which ones is compared
            said = done.stdout.decode(errors="replace")[-3000:]
            raise FailedError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{said}")
        return outcomes(junit)


def outcomes(junit: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        word = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        found[f"{case.get('classname')}.{case.get('name')}"] = word
    return found


def ends_apart(first: Run, again: Run, other: Run, them: str, us: str) -> list[str]:
    """Tests that end in another way in the other run, and do not differ in two runs that are alike."""
    names = sorted(first.tests.keys() | again.tests.keys() | other.tests.keys())
    ends = {name: [run.tests.get(name, "not run") for run in (first, again, other)] for name in names}
    return [
        f"{name}: {how} under {them}, {here} under {us}"
        for name, (how, second, here) in ends.items()
        if how == second != here
    ]
