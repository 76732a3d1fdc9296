"""What coverage.py has measured, in the editor, until a run of ours knows better."""

from __future__ import annotations

import asyncio
import subprocess

import pytest
from conftest import OpenEditor, StartProgram
from workspace import Workspace, environment

pytestmark = pytest.mark.asyncio


async def does(workspace: Workspace, *command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=workspace.root, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output


async def imported(workspace: Workspace, *options: str) -> None:
    """coverage.py measures `coupons(True)`, and Branchlight imports that."""
    workspace.write("use.py", "import shop\n\nshop.coupons(True)\n")
    await does(workspace, str(workspace.python), "-m", "coverage", "run", *options, "use.py")
    await does(workspace, str(workspace.branchlight), "import")


async def test_what_was_imported_shows_as_not_live_until_a_run_takes_its_place(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    await imported(workspace, "--branch")
    await page.shows_on("if regular:", "never False")
    await page.complains_about("regular")
    assert page.complaints()["regular"] == "never False: would go to line 14 (not live: imported)"
    assert "Not live: imported from `.coverage, measured 20" in page.tooltip("if regular:")
    await page.shows_on("def refund(amount):", "never called")
    assert "Not live" in page.tooltip("def refund(amount):")
    await editor.has_status(state="known", imported=2)
    assert editor.status["text"].endswith("· not live")

    program = await start_program()
    await program.does("coupons(False)")
    await page.shows({"if regular:": "not yet True"})
    await program.ends()
    await page.shows_on("if regular:", "never True")
    assert page.complaints()["regular"] == "never True: would go to line 13"
    assert "Not live" not in page.tooltip("if regular:")
    await editor.has_status(imported=1)
    assert editor.status["text"].endswith("· partly not live")


async def test_the_mark_goes_even_where_the_words_stay(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    await imported(workspace, "--branch")
    editor = await open_editor()
    page = await editor.open("shop.py")
    await page.shows_on("if regular:", "never False")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await editor.until(
        lambda: page.shown().get("if regular:") == "never False" and "Not live" not in page.tooltip("if regular:"),
        lambda: str(page.hints),
    )


async def test_an_import_shows_without_ending_a_run_that_is_under_way(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(False)")
    await page.shows({"if regular:": "not yet True"})
    await imported(workspace, "--branch")
    await editor.has_status(state="running", imported=1)  # use.py; shop.py is the run's
    await page.shows({"if regular:": "not yet True"})
    await program.does("coupons(True)")
    await page.shows({})
    assert await program.ends() == 0


async def test_lines_alone_give_no_hints_about_branches(workspace: Workspace, open_editor: OpenEditor) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    await imported(workspace)
    await page.shows_on("def refund(amount):", "never called")
    await page.covers(covered={"return [1, 2]"}, missing={"return []", "return -amount"})
    assert page.complaints() == {}
    assert "if regular:" not in page.shown()


async def test_an_import_that_is_erased_is_gone(workspace: Workspace, open_editor: OpenEditor) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    await imported(workspace, "--branch")
    await page.complains_about("regular")
    await does(workspace, str(workspace.branchlight), "erase")
    await page.shows({})
    await editor.has_status(state="none", imported=0)
