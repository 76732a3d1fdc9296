"""The real projects of projects.toml, unpacked, each with an environment for its tests."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
import distributions  # noqa: E402


@dataclass(frozen=True)
class Project:
    distribution: distributions.Distribution
    requires: list[str] = field(default_factory=list)
    pytest: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.distribution.name

    def unpack(self, downloads: Path, folder: Path) -> Path:
        """Its folder in this one, as it was distributed."""
        archive = distributions.fetch(self.distribution, Path(sys.executable), downloads)
        return distributions.unpack(archive, folder)

    def environment(self, interpreter: Path, home: Path, tools: str, source: Path) -> Path:
        """The interpreter of an environment with it, what its tests need, and these tools, a requirement a line."""
        constraints = (HERE / "constraints.txt").read_text(encoding="utf-8")
        requirements = "\n".join([tools, *self.requires])
        return distributions.environment(interpreter, home, requirements, source, constraints)


def listed() -> Iterator[Project]:
    for entry in tomllib.loads((HERE / "projects.toml").read_text(encoding="utf-8"))["project"]:
        pinned = distributions.Distribution(*(entry.pop(key) for key in ("name", "version", "sha256")))
        yield Project(pinned, **entry)
