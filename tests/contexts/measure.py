"""Which tests ran each line of a real project: as pytest-cov's --cov-context=test says it, and as Branchlight does."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import suites  # noqa: E402
from suites import measured  # noqa: E402

# By file and line; what ran outside of tests is the empty context.
Contexts = dict[str, dict[int, set[str]]]
PHASES = ("|setup", "|run", "|teardown")


class Suite(suites.Suite):
    def contexts_by_coverage(self) -> Contexts:
        with tempfile.TemporaryDirectory() as temporary:
            data, settings = Path(temporary) / "data", Path(temporary) / "settings"
            settings.write_text(suites.SETTINGS, encoding="utf-8")
            options = [*self._steady(), "--cov=.", "--cov-context=test", f"--cov-config={settings}", "--cov-report="]
            more = {"COVERAGE_FILE": str(data), "COVERAGE_CORE": "ctrace"}
            self._run([self.python], Path(temporary), more, options)
            said = measured.run([self.python, HERE / "line_contexts.py", data], self.folder)
        return _contexts(json.loads(said))

    def contexts_by_branchlight(self, backend: str | None = None) -> Contexts:
        with tempfile.TemporaryDirectory() as temporary:
            settings = Path(temporary) / "settings"
            settings.write_text(suites.SETTINGS, encoding="utf-8")
            chosen = [f"--backend={backend}"] if backend else []
            more = {"COVERAGE_RCFILE": str(settings), "BRANCHLIGHT_DIR": str(Path(temporary) / "branchlight")}
            run = [measured.program(), "run", *chosen, "--", self.python]
            self._run(run, Path(temporary), more, self._steady())
            report = [measured.program(), "report", "--format", "json", "--show-contexts"]
            files = json.loads(measured.run(report, self.folder, **more))["files"]
        return _contexts({name: found["contexts"] for name, found in files.items()})

    def _steady(self) -> list[str]:
        return ["--hypothesis-seed=0"] if any(one.startswith("hypothesis=") for one in self.project.requires) else []


def _contexts(found: dict[str, dict[str, list[str]]]) -> Contexts:
    return {
        name: {int(line): {_test(context) for context in contexts} for line, contexts in lines.items()}
        for name, lines in found.items()
    }


def _test(context: str) -> str:
    """pytest-cov tells the phases of a test apart; here they are all the test's."""
    for phase in PHASES:
        context = context.removesuffix(phase)
    return context
