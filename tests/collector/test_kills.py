"""A process may be killed or stopped at any instant: what it had told the world that it did is in the log.

BRANCHLIGHT_KILLS   how many are killed (60); every tenth is stopped before. `./dev fuzz kills` does many more.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time

KILLS = int(os.environ.get("BRANCHLIGHT_KILLS", "60"))
MODULES = 40
FUNCTIONS = 50  # a module has few: LINE is quadratic in the size of a code object on 3.12
DEADLINE = 60.0

# Two threads import modules and call their functions in an order of their own, so that definitions and hits take turns;
# their forks do the same, also those that Python does not know of. A report goes out when the call has come back.
PROGRAM = f"""
    import ctypes, importlib, os, random, signal, sys, threading
    fork_in_c = ctypes.PyDLL(None).fork

    def call(by, module, i, a):
        getattr(importlib.import_module(f'm{{module}}'), f'f{{i}}')(a)
        os.write(1, b'%s %d %d %d\\n' % (by, module, i, a))

    def work(by, order, steps):
        for step in range(steps):
            if by in (b'main', b'thread') and order.random() < 0.02:
                fork, name = order.choice([(os.fork, b'fork'), (fork_in_c, b'fork-in-c')])
                if fork() == 0:
                    work(name, order, 30)
                    os._exit(0)
            call(by, order.randrange({MODULES}), order.randrange({FUNCTIONS}), order.randrange(2))

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    seed = int(sys.argv[1])
    thread = threading.Thread(target=work, args=(b'thread', random.Random(seed), 10_000))
    thread.start()
    work(b'main', random.Random(seed + 1), 10_000)
    thread.join()
    """


def test_what_was_reported_is_in_the_log_however_the_process_ends(workspace, backend):
    function = "def f{i}(a):\n    if a:\n        return {i}\n    return a\n"
    for module in range(MODULES):
        workspace.write(f"m{module}.py", "".join(function.format(i=i) for i in range(FUNCTIONS)))
    workspace.write("prog.py", PROGRAM)
    chance = random.Random(20261123)
    reporters: dict[str, int] = {}
    for number in range(KILLS):
        shutil.rmtree(workspace.directory / "runs", ignore_errors=True)
        program = Program(workspace, backend, seed=number)
        try:
            program.hear(reports=int(10 ** chance.uniform(0, 3)), seconds=chance.uniform(0, 0.003))
            if number % 10 == 0:
                program.send(signal.SIGSTOP)
                program.hear_what_is_there()
                missing = program.missing()
                assert not missing, f"stopped program {number}: {missing[:5]}"
                program.send(signal.SIGCONT)
                program.hear(reports=int(10 ** chance.uniform(0, 2)), seconds=0)
        finally:
            program.send(signal.SIGKILL)
        program.hear_to_the_end()
        missing = program.missing()
        assert not missing, (
            f"program {number}: {len(missing)} of {len(program.reports)} are lost, such as {missing[:5]}"
        )
        for by, *_ in program.reports:
            reporters[by] = reporters.get(by, 0) + 1
    print(f"{KILLS} kills, reports: {reporters}")
    if KILLS >= 60:  # in a few programs chance may leave one of them out
        assert set(reporters) >= {"main", "thread", "fork", "fork-in-c"}
    assert sum(reporters.values()) > KILLS * 20


class Program:
    """It and its forks, a process group; and what they have reported."""

    def __init__(self, workspace, backend: str, seed: int):
        self.workspace = workspace
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "prog.py", str(seed)],
            cwd=workspace.root,
            env=workspace.environment(backend=backend),
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.pipe = self.process.stdout.fileno()
        self.bytes = b""

    @property
    def reports(self) -> list[tuple[str, int, int, int]]:
        lines = self.bytes.decode().split("\n")[:-1]
        return [(by, int(module), int(i), int(a)) for by, module, i, a in (line.split() for line in lines)]

    def send(self, number: int) -> None:
        os.killpg(self.process.pid, number)

    def hear(self, reports: int, seconds: float) -> None:
        """So many more reports, and then for so long."""
        enough = self.bytes.count(b"\n") + reports
        deadline = time.monotonic() + DEADLINE
        while self.bytes.count(b"\n") < enough:
            assert select.select([self.pipe], [], [], deadline - time.monotonic())[0], "the program has gone silent"
            self._read()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.pipe], [], [], left)[0]:
                self._read()

    def hear_what_is_there(self) -> None:
        while select.select([self.pipe], [], [], 0)[0]:
            self._read()

    def hear_to_the_end(self) -> None:
        while self._read():
            pass
        assert self.process.wait() == -signal.SIGKILL
        self.process.stdout.close()

    def _read(self) -> bytes:
        more = os.read(self.pipe, 65536)
        self.bytes += more
        return more

    def missing(self) -> list[tuple[str, int, int, int]]:
        """The reports that the logs do not bear out."""
        lines = {(hit[2].name, hit[3]) for log in self.workspace.logs() for hit in log.hits if hit[1] == "line"}
        arms = {(path.name, *arm) for path, arm in self.workspace.all_arms()}
        return [
            report
            for report in self.reports
            for _, module, i, a in [report]
            if not {(f"m{module}.py", i * 4 + 2), (f"m{module}.py", i * 4 + 4 - a)} <= lines
            or (f"m{module}.py", i * 4 + 2, a == 1) not in arms
        ]
