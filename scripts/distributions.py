"""Source distributions of real projects, tests and all: fetched by pip, pinned by their hash; and environments for them."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class FailedError(Exception):
    pass


@dataclass(frozen=True)
class Distribution:
    name: str  # as pip knows it
    version: str
    sha256: str

    @property
    def stem(self) -> str:
        """What the archive, and the folder in it, are called."""
        return f"{self.name.replace('-', '_')}-{self.version}"


CLICK = Distribution("click", "8.5.1", "9bbfada76703fd1d784b83eea012e3e8c6a001a876543ef104fa56aaaeb072b4")


def fetch(one: Distribution, python: Path, folder: Path) -> Path:
    """The archive, in `folder`; fetched once. `python` is one that has pip."""
    archive = folder / f"{one.stem}.tar.gz"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / f"{one.name}.txt"
        wanted.write_text(f"{one.name}=={one.version} --hash=sha256:{one.sha256}\n", encoding="utf-8")
        only_source = ["--no-deps", "--no-binary", one.name, "--require-hashes"]
        pip(python, "download", *only_source, "-r", str(wanted), "-d", str(folder))
    return archive


def unpack(archive: Path, folder: Path) -> Path:
    """The folder of the project, in `folder`, as it was distributed: one that is there goes."""
    stem = archive.name.removesuffix(".tar.gz")
    shutil.rmtree(folder / stem, ignore_errors=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / stem


def environment(
    interpreter: Path, home: Path, requirements: str, editable: Path | None = None, constraints: str = ""
) -> Path:
    """The interpreter of an environment with these in it, and a project, in place. Made once."""
    wanted = f"{interpreter}\n{editable}\n{requirements}\n{constraints}"
    stamp = home / "ready"
    if stamp.exists() and stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(home)
    python = bare_environment(interpreter, home)
    if not stamp.exists():
        required, constrained = home / "requirements.txt", home / "constraints.txt"
        project = f"--editable {editable}\n" if editable else ""
        required.write_text(f"{requirements}\n{project}", encoding="utf-8")
        constrained.write_text(constraints, encoding="utf-8")
        pip(python, "install", "-r", str(required), "-c", str(constrained))
        stamp.write_text(wanted, encoding="utf-8")
    return python


def bare_environment(interpreter: Path, home: Path) -> Path:
    """With pip, which an interpreter of the system need not have."""
    python = home / "bin" / "python"
    if not python.exists():
        checked([interpreter, "-m", "venv", home])
    return python


def pip(python: Path, *arguments: str) -> None:
    checked([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments])


def checked(command: Iterable[str | Path]) -> None:
    words = [str(word) for word in command]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise FailedError(f"this failed: {' '.join(words)}\n{answer.stdout}{answer.stderr}".rstrip())
