"""What was found for a project stays true until something changes that it depends on; so a run that ended early goes on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import projects
import suites
from compare import Comparison


def kept(version: str, project: projects.Project) -> Comparison | None:
    try:
        found = json.loads(_file(version, project).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Comparison(**found["result"]) if found["key"] == _key(version, project) else None


def keep(version: str, project: projects.Project, result: Comparison) -> None:
    content = {"key": _key(version, project), "result": dataclasses.asdict(result)}
    _file(version, project).write_text(json.dumps(content), encoding="utf-8")


def _file(version: str, project: projects.Project) -> Path:
    return suites.WORK / version / f"{project.name}.json"


def _key(version: str, project: projects.Project) -> str:
    sha = hashlib.sha256(repr((version, project)).encode())
    for path in _depends_on(version):
        sha.update(path.read_bytes())
    return sha.hexdigest()


def _depends_on(version: str) -> Iterator[Path]:
    program = Path(suites.measured.program())
    yield program
    collector = program.parents[1] / "collector"
    yield from sorted(path for path in collector.rglob("*") if path.is_file() and path.suffix in (".py", ".so"))
    yield suites.REPOSITORY / ".deps" / "pythons" / version
    yield from (
        suites.HERE / name for name in ("compare.py", "explanations.py", "projects.py", "suites.py", "constraints.txt")
    )
    yield from (suites.measured.HERE / name for name in ("coverage_json.py", "differences.py", "measured.py"))
