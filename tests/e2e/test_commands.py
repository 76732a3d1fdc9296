"""Runs that the editor starts."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from conftest import OpenEditor, StartProgram
from editor import DEADLINE, Editor
from lsprotocol import types
from workspace import Workspace

pytestmark = pytest.mark.asyncio

TESTS = """\
import shop


def test_regular():
    assert shop.coupons(True) == [1, 2]


def test_refund():
    assert shop.refund(1) == -1
"""

# Waits for ever: only a cancelled run ends.
ENDLESS = """\
import threading

import shop


def test_endless():
    shop.coupons(True)
    threading.Event().wait()
"""


async def test_run_all_runs_the_tests_and_shows_progress(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor()
    page = await editor.open("shop.py")
    await editor.execute("branchlight.runAll")
    await page.complains_about("regular", "amount")
    await editor.has_status(state="known")
    assert editor.status["tests"]["passed"] == 2
    assert editor.status["tests"]["failed"] == 0
    await editor.until(
        lambda: any(kinds and kinds[-1] == "end" for kinds in editor.progress_kinds()),
        lambda: str(editor.progress_kinds()),
    )
    (kinds,) = editor.progress_kinds()
    assert kinds[0] == "begin"
    assert kinds.count("begin") == kinds.count("end") == 1


async def test_test_arguments_reach_pytest(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor(testArgs=["-k", "refund"])
    page = await editor.open("shop.py")
    await editor.execute("branchlight.runAll")
    await page.complains_about("amount")
    await editor.has_status(state="known")
    assert editor.status["tests"]["passed"] == 1


@pytest.mark.parametrize("way", ["command", "progress"])
async def test_a_run_can_be_cancelled(workspace: Workspace, open_editor: OpenEditor, way: str) -> None:
    workspace.write("test_shop.py", ENDLESS)
    editor = await open_editor()
    page = await editor.open("shop.py")
    await editor.execute("branchlight.runAll")
    await page.shows_on("if regular:", "not yet False")
    if way == "command":
        await editor.execute("branchlight.cancel")
    else:
        (token,) = editor.progress_reports
        editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
    await editor.until(
        lambda: all(kinds and kinds[-1] == "end" for kinds in editor.progress_kinds()),
        lambda: str(editor.progress_kinds()),
    )
    await editor.has_status(state="known")
    assert not children_of(editor)


async def test_a_server_that_leaves_takes_its_run_with_it(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", ENDLESS)
    editor = await open_editor()
    page = await editor.open("shop.py")
    await editor.execute("branchlight.runAll")
    await page.shows_on("if regular:", "not yet False")
    children = children_of(editor)
    assert children
    await editor.quit()
    deadline = time.monotonic() + DEADLINE
    while alive := [pid for pid in children if is_alive(pid)]:
        assert time.monotonic() < deadline, f"still alive: {alive}"
        await asyncio.sleep(0.01)


async def test_erase_forgets_everything(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.complains_about("regular")
    await editor.execute("branchlight.erase")
    await page.complains_about()
    await page.shows({})
    await editor.has_status(state="none")
    again = await open_editor()
    page = await again.open("shop.py")
    await again.has_status(state="none")
    assert page.shown() == {}


async def test_nothing_runs_in_a_workspace_that_is_not_trusted(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor(trusted=False)
    await editor.open("shop.py")
    with pytest.raises(Exception, match=r"(?i)trust"):
        await editor.execute("branchlight.runAll")
    assert not (workspace.root / ".branchlight").exists()


def children_of(editor: Editor) -> list[int]:
    """Processes below the server, at any depth."""
    assert editor._server is not None
    server = editor._server.pid
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(status.parent.name)] = int(fields[1])
    below = {server}
    for _ in parents:
        below |= {pid for pid, parent in parents.items() if parent in below}
    return sorted(below - {server})


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
