"""A folder to work in: a module to look at, a program that uses it, and tests of it where a test asks for some."""

from __future__ import annotations

import asyncio
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SHOP = """\
def price(amount, member):
    if member:
        amount = amount * 0.9
    while amount > 100:
        amount -= 10
    for coupon in coupons(member):
        amount -= coupon
    return round(amount)


def coupons(regular):
    if regular:
        return [1, 2]
    return []


def refund(amount):
    if amount:
        return -amount
    return 0
"""

# Does what it is told on its standard input, a line at a time, and answers each line when it has been done.
PROGRAM = """\
import os
import sys

import shop

print(os.getpid(), flush=True)
for line in sys.stdin:
    print(repr(eval(line, vars(shop))), flush=True)
"""


@dataclass(frozen=True)
class Workspace:
    root: Path
    branchlight: Path
    python: Path

    def __post_init__(self) -> None:
        self.write("pyproject.toml", '[project]\nname = "workspace"\nversion = "0"\n')
        self.write("shop.py", SHOP)
        self.write("program.py", PROGRAM)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def under_branchlight(self, *arguments: str) -> list[str]:
        return [str(self.branchlight), "run", "--", str(self.python), *arguments]

    async def run(self, *arguments: str, status: int = 0) -> str:
        """Runs `python ARGUMENTS…` under Branchlight, to its end."""
        process = await asyncio.create_subprocess_exec(
            *self.under_branchlight(*arguments),
            cwd=self.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode(errors="replace")
        assert process.returncode == status, output
        return output

    async def pytest(self, *arguments: str, status: int = 0) -> str:
        return await self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, status=status)


def environment() -> dict[str, str]:
    """Ours, without what bends an interpreter, or a run that we are ourselves part of."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BRANCHLIGHT", "PYTEST"))
    }
