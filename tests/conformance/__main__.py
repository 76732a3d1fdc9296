"""The test suites of real projects, under coverage.py and under each backend of Branchlight: the same lines and branches.

./dev conformance                               every project on every interpreter; writes docs/conformance.md
./dev conformance click --interpreter 3.14      only this; prints the document instead

A run that was measured before, and depends on nothing that has changed since, is not measured again.
What differs for no reason that is known is printed, and the exit status is 1. The reasons are in
tests/differential/differences.py, explanations.py and single_facts.py, the projects in projects.toml.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator

import explanations
import projects
import single_facts
import suites
import table
from backends import Agreement
from compare import Comparison

DOCUMENT = suites.REPOSITORY / "docs" / "conformance.md"
DEPENDENCIES = suites.REPOSITORY / ".deps"


def main() -> int:
    known = list(projects.listed())
    versions = [line.split()[0] for line in (DEPENDENCIES / "pythons.txt").read_text(encoding="utf-8").splitlines()]
    options = _arguments([one.name for one in known], versions)
    chosen = [one for one in known if not options.project or one.name in options.project]
    found, failures = [], []
    for version in options.interpreter or versions:
        for project in chosen:
            try:
                found.append(_compare(version, project, options))
            except suites.FailedError as error:
                failures.append(f"{version} {project.name}: {error}")
                _say(failures[-1])
    whole = len(chosen) == len(known) and not failures
    text = table.markdown(found, " ".join(["./dev conformance", *sys.argv[1:]]))
    if whole and not options.no_write:
        DOCUMENT.write_text(text, encoding="utf-8")
        _say(f"wrote {DOCUMENT.relative_to(suites.REPOSITORY)}")
    else:
        print(text)
    failures += [f"{one.python} {one.project}: {each}" for one in found for each in _unexplained(one)]
    if whole and not options.interpreter:
        failures += [f"stale, no project needs it any more: {reason}" for reason in _stale(found)]
    for each in failures:
        print(f"FAIL {each}", file=sys.stderr)
    return 1 if failures else 0


def _arguments(names: list[str], versions: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev conformance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", nargs="*", metavar="PROJECT", help=f"only these, of {', '.join(names)}")
    parser.add_argument("--interpreter", action="append", choices=versions, help="only this one (again for another)")
    parser.add_argument("--again", action="store_true", help="measure also what was measured and has not changed")
    parser.add_argument("--no-write", action="store_true", help="print the document instead of writing it")
    options = parser.parse_args()
    for name in options.project:
        if name not in names:
            parser.error(f"there is no project {name}: {', '.join(names)}")
    return options


def _compare(version: str, project: projects.Project, options: argparse.Namespace) -> Comparison:
    """In a process of that interpreter: what compiles and parses there is what decides."""
    python = DEPENDENCIES / f"venv-{version}" / "bin" / "python"
    command = [python, suites.HERE / "compare.py", project.name, *(["--again"] if options.again else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise suites.FailedError(done.stderr.strip()[-3000:])
    answer = json.loads(done.stdout)
    result = Comparison(**answer | {"agreement": Agreement(**answer["agreement"])})
    single_facts.explain(result)
    _say(f"{version} {result.project}, {result.measured or 'no'} runs measured: {table.sizes(result)}")
    for each in _unexplained(result):
        _say(f"    {each}")
    return result


def _unexplained(one: Comparison) -> list[str]:
    return one.unexplained + (one.agreement.unexplained if one.agreement else [])


def _stale(found: list[Comparison]) -> Iterator[str]:
    known = [*explanations.RULES, *single_facts.reasons()]
    return (reason for reason in known if not any(reason in one.reasons for one in found))


def _say(words: str) -> None:
    print(f"conformance: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
