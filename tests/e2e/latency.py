"""From a line's execution to a diagnostic removed on the wire, measured by a language client.

A program has many functions with an `if` that was never False. Then, one after the other, each goes the other way: the
program notes the time just before it does, the client the time when the server's message without that diagnostic has
been read. Both read the same clock.

python latency.py [--count 200] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from editor import Editor, Page
from program import Program
from workspace import Workspace

PROGRAM = """\
import os
import sys
import time

import measured

print(os.getpid(), flush=True)
for line in sys.stdin:
    name, _, value = line.partition(" ")
    function = getattr(measured, name)
    began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    function(int(value))
    print(began, flush=True)
"""


def module(count: int) -> str:
    return "\n\n".join(f"def f{i}(x{i}):\n    if x{i}:\n        return 1\n    return 2\n" for i in range(count))


async def measure(branchlight: Path, python: Path, count: int) -> list[float]:
    """Milliseconds, for each arm."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder).resolve(), branchlight, python)
        workspace.write("measured.py", module(count))
        workspace.write("program.py", PROGRAM)
        program = await Program.start(workspace)
        for i in range(count):
            await program.does(f"f{i} 1")
        await program.ends()
        editor = await Editor.start(branchlight, workspace.root, "neovim@v0.11.0", {})
        page = await editor.open("measured.py")
        await page.complains_about(*(f"x{i}" for i in range(count)))
        program = await Program.start(workspace)
        try:
            return [await _one(program, editor, page, i) for i in range(count)]
        finally:
            await program.kill()
            await editor.quit()


async def _one(program: Program, editor: Editor, page: Page, i: int) -> float:
    # at a moment that has nothing to do with the one before, or with anybody's timer
    await asyncio.sleep(random.uniform(0.03, 0.08))
    began = int(await program.does(f"f{i} 0"))
    name = f"x{i}"
    await editor.until(lambda: name not in page.complaints(), lambda: f"the diagnostic on {name} stays")
    return page.diagnostics_at * 1000 - began / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    default = Path(__file__).resolve().parents[2] / "build" / "release" / "server" / "branchlight"
    branchlight = Path(os.environ.get("BRANCHLIGHT", default)).absolute()
    python = Path(os.environ.get("BRANCHLIGHT_E2E_PYTHON", sys.executable)).absolute()
    began = time.monotonic()
    values = sorted(asyncio.run(measure(branchlight, python, options.count)))
    facts = {
        "python": platform.python_version(),
        "count": len(values),
        "p50_ms": statistics.median(values),
        "p95_ms": values[min(len(values) - 1, round(0.95 * len(values)))],
        "seconds": time.monotonic() - began,
    }
    if options.json:
        print(json.dumps(facts))
    else:
        print("CPython {python}, {count} arms: p50 {p50_ms:.1f} ms, p95 {p95_ms:.1f} ms".format(**facts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
