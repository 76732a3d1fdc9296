"""clang-tidy over the C++ sources named on the command line, two at a time; those found good before are skipped.

A source is known to be good by the hash of all that its verdict depends on: its own text, the headers of ours that it
reaches, and the settings. `./dev lint` calls this after ./dev build has written build/release/compile_commands.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
KNOWN_GOOD = ROOT / "build/tidy"
LAYERS = ("protocol", "coverage", "server")
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@cache
def reached(path: Path) -> frozenset[Path]:
    """The file and every header of ours that it includes, directly or not."""
    found: set[Path] = set()
    left = [path]
    while left:
        here = left.pop()
        if here in found or not here.is_file():
            continue
        found.add(here)
        left += [ROOT / name.decode() for name in INCLUDE.findall(here.read_bytes())]
    return frozenset(found)


def key_of(source: Path) -> str:
    key = hashlib.sha256()
    for path in [ROOT / ".clang-tidy", ROOT / "scripts/lint/requirements.txt", *sorted(reached(source))]:
        key.update(path.read_bytes() + b"\0")
    return key.hexdigest()


def tidy(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["clang-tidy", "--quiet", "-p", BUILD, source], cwd=ROOT, text=True, capture_output=True, check=False
    )


def main(words: list[str]) -> int:
    if not (BUILD / "compile_commands.json").exists():
        configured = subprocess.run(
            ["cmake", "--preset", "release"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if configured.returncode != 0:
            sys.exit(configured.stdout + configured.stderr)
    compiled = {Path(unit["file"]) for unit in json.loads((BUILD / "compile_commands.json").read_text())}
    named = {ROOT / word for word in words}
    ours = sorted(s for s in compiled if s.relative_to(ROOT).parts[0] in LAYERS and reached(s) & named)
    KNOWN_GOOD.mkdir(parents=True, exist_ok=True)
    new = [source for source in ours if not (KNOWN_GOOD / key_of(source)).exists()]
    print(f"    {len(ours)} sources, {len(new)} of them changed since they were last found good", flush=True)
    bad = 0
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        running = {pool.submit(tidy, source): source for source in new}
        for number, future in enumerate(as_completed(running), 1):
            source, done = running[future], future.result()
            if done.returncode == 0:
                (KNOWN_GOOD / key_of(source)).touch()
            else:
                bad += 1
            print(f"    [{number}/{len(new)}] {source.relative_to(ROOT)}", flush=True)
            print(done.stdout, end="", flush=True)
            if done.returncode != 0 and not done.stdout:
                print(done.stderr, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
