"""`branchlight watch`, on a pipe and on a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import TESTS, Project

IDLE = "Ctrl-C ends"


class Watched:
    def __init__(self, project: Project, *words: str, terminal: bool = False, **env: str) -> None:
        command = [str(project.program), "watch", "--python", sys.executable, *words]
        environment = project.environment(TERM="xterm-256color", **env)
        self.output = ""
        if terminal:
            self.pid, self.descriptor = pty.fork()
            if self.pid == 0:
                os.chdir(project.root)
                os.execve(command[0], command, environment)
        else:
            self.process = subprocess.Popen(
                command, cwd=project.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            self.pid, self.descriptor = self.process.pid, self.process.stdout.fileno()

    def until(self, word: str) -> str:
        """What was written up to the word; the next call goes on after it."""
        end = time.monotonic() + 60
        while word not in self.output:
            assert time.monotonic() < end, self.output
            if select.select([self.descriptor], [], [], 0.2)[0]:
                self.output += os.read(self.descriptor, 65536).decode()
        before, _, self.output = self.output.partition(word)
        return before

    def end(self) -> int:
        os.kill(self.pid, signal.SIGINT)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_it_runs_all_and_again_after_a_change(project: Project) -> None:
    watched = Watched(project, "-p", "no:cacheprovider")
    first = watched.until(IDLE)
    assert "✓ 2 passed in" in first
    assert "price.py:4  if i > 10  never False, would go to line 7" in first
    project.write("test_price.py", TESTS + "\n\ndef test_cheap():\n    assert price.total([1]) == 1\n")
    second = watched.until(IDLE)
    assert "test_price.py changed" in second
    assert "✓ 3 passed in" in second
    assert "no partial branches" in second
    assert watched.end() == 0


def test_it_shows_what_failed(project: Project) -> None:
    project.write("test_price.py", TESTS.replace("== 11", "== 12"))
    watched = Watched(project)
    text = watched.until(IDLE)
    assert "assert 11 == 12" in text
    assert "✗ 1 failed, 1 passed in" in text
    assert watched.end() == 0


def test_a_change_in_the_middle_of_a_run_starts_it_anew(project: Project) -> None:
    project.write(
        "test_slow.py",
        "import pathlib, time\ndef test_slow():\n    pathlib.Path('started').touch()\n    time.sleep(60)\n",
    )
    watched = Watched(project)
    end = time.monotonic() + 30
    while not (project.root / "started").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    (project.root / "test_slow.py").unlink()
    assert "✓ 2 passed in" in watched.until(IDLE)
    assert watched.end() == 0


def test_ctrl_c_in_the_middle_of_a_run_leaves_nothing_running(project: Project) -> None:
    project.write(
        "test_slow.py",
        "import os, pathlib, time\ndef test_slow():\n    pathlib.Path('pid').write_text(str(os.getpid()))\n    time.sleep(60)\n",
    )
    watched = Watched(project)
    end = time.monotonic() + 30
    while not (project.root / "pid").exists() or not (project.root / "pid").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert watched.end() == 0
    assert not Path("/proc", (project.root / "pid").read_text()).exists()


def test_on_a_terminal_a_line_moves_while_the_tests_run(project: Project) -> None:
    project.write("test_slow.py", "import time\ndef test_slow():\n    time.sleep(1)\n")
    watched = Watched(project, terminal=True)
    text = watched.until(IDLE)
    assert text.count("\r… ") >= 3
    assert re.search(r"… 2 passed · \d+ % of branches · \d+ partial · [\d.]+ s", text)
    assert "\x1b[3" not in text  # NO_COLOR is set
    watched.end()
    os.close(watched.descriptor)


def test_pytests_own_trouble_is_shown(project: Project) -> None:
    watched = Watched(project, "--no-such-option")
    text = watched.until(IDLE)
    assert "unrecognized arguments: --no-such-option" in text
    assert "pytest ended with status 4" in text
    assert watched.end() == 0


def test_it_takes_in_what_was_imported_meanwhile(project: Project) -> None:
    watched = Watched(project, "-p", "no:cacheprovider")
    assert "1 partial branch\n" in watched.until(IDLE)
    project.write("other.py", "def f(x):\n    if x:\n        return 1\n\n\nf(1)\n")
    coverage = [sys.executable, "-m", "coverage", "run", "--branch", "--data-file=data", "other.py"]
    subprocess.run(coverage, cwd=project.root, env=project.environment(), check=True)
    assert project("import", "data").returncode == 0
    project.write("pytest.ini", "[pytest]\n")
    second = watched.until("other.py:2")
    assert "2 partial branches" in second
    watched.until(IDLE)
    assert watched.end() == 0


def test_it_follows_the_configuration(project: Project) -> None:
    watched = Watched(project, "-p", "no:cacheprovider")
    assert "if i > 10  never False" in watched.until(IDLE)
    project.write(".coveragerc", "[report]\npartial_also = if i > 10\n")
    second = watched.until(IDLE)
    assert ".coveragerc changed" in second
    assert "no partial branches" in second
    assert watched.end() == 0
