"""A program under `branchlight run` that goes on only when it is told to: nothing in these tests waits for time to pass."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess

from workspace import Workspace, environment


class Program:
    def __init__(self, process: asyncio.subprocess.Process, pid: int) -> None:
        self._process = process
        self.pid = pid  # of the Python; the process's own is that of `branchlight run`

    @classmethod
    async def start(cls, workspace: Workspace, script: str = "program.py") -> Program:
        process = await asyncio.create_subprocess_exec(
            *workspace.under_branchlight(script),
            cwd=workspace.root,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        first = await asyncio.wait_for(process.stdout.readline(), 20)
        assert first.strip().isdigit(), f"the program did not start: {first!r}"
        return cls(process, int(first))

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def does(self, expression: str) -> str:
        """Evaluates it in the module `shop`; returns once that has been done."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(expression.encode() + b"\n")
        answer = await asyncio.wait_for(self._process.stdout.readline(), 20)
        assert answer, f"the program ended at {expression}"
        return answer.decode().strip()

    async def ends(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await asyncio.wait_for(self._process.wait(), 20)

    async def is_killed(self) -> int:
        """kill -9, the Python alone. The exit status of `branchlight run`."""
        os.kill(self.pid, signal.SIGKILL)
        return await asyncio.wait_for(self._process.wait(), 20)

    async def is_killed_with_its_parent(self) -> None:
        self._process.kill()
        os.kill(self.pid, signal.SIGKILL)
        await asyncio.wait_for(self._process.wait(), 20)

    async def kill(self) -> None:
        for pid in (self.pid, self._process.pid):
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await self._process.wait()
