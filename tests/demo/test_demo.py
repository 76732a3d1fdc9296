"""The demo as its users see it, on a project of our own: with a terminal, and without."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DEMO = [sys.executable, str(REPOSITORY / "scripts" / "demo.py")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parent / "project", tmp_path / "kiosk"))


def arguments(project: Path) -> list[str]:
    return [*DEMO, str(project), "--python", sys.executable]


def environment() -> dict[str, str]:
    return {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", "LC_ALL": "C.UTF-8"}


def test_without_a_terminal_the_last_frame_is_plain_text(project: Path) -> None:
    answer = subprocess.run(arguments(project), capture_output=True, text=True, env=environment(), check=False)
    assert answer.returncode == 0, answer.stderr
    assert "\x1b" not in answer.stdout
    assert "kiosk.py" in answer.stdout.splitlines()[0]
    assert "def refund(total):  «never called»" in answer.stdout
    assert re.search(r'elif item.get\("gift"\):  «never True»\n +╰─ never True: would go to line \d+', answer.stdout)
    assert "not yet" not in answer.stdout
    assert "8 passed" in answer.stdout
    assert "branch arms taken" in answer.stdout
    assert int(re.search(r"(\d+) distinct before the tests ended", answer.stdout)[1]) >= 5
    assert f"CPython {sys.version.split()[0]}" in answer.stderr


def test_on_a_terminal_it_draws_the_full_screen_and_gives_it_back(project: Path) -> None:
    frames, rest = _on_a_terminal(arguments(project))
    assert len(set(frames)) >= 5
    assert "never True" in rest
    assert "8 passed" in rest
    assert rest.index("\x1b[?1049l") < rest.index("distinct before the tests ended")


def test_a_project_without_modules_is_told_so(tmp_path: Path) -> None:
    answer = subprocess.run(arguments(tmp_path), capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "no Python module with a branch" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_tests_that_fail_are_shown_and_do_not_fail_the_demo(project: Path) -> None:
    (project / "tests" / "test_broken.py").write_text("def test_broken():\n    assert 'this' == 'that'\n")
    answer = subprocess.run(arguments(project), capture_output=True, text=True, env=environment(), check=False)
    assert answer.returncode == 0, answer.stderr
    assert "8 passed, 1 failed" in answer.stdout
    assert "the tests ended with status 1" in answer.stderr
    assert "'this' == 'that'" in answer.stderr


def _on_a_terminal(command: list[str]) -> tuple[list[str], str]:
    """The frames that were drawn, and what was written from the last of them on."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, env=environment(), close_fds=True
    )
    os.close(slave)
    written = b""
    while select.select([master], [], [], 120)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(master)
    assert process.wait(10) == 0
    frames = written.decode().split("\x1b[?2026h\x1b[H")[1:]
    return [frame.split("\x1b[?2026l")[0] for frame in frames], frames[-1]
