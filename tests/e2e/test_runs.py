"""Several runs, several servers: each meeting of them is defined."""

from __future__ import annotations

import shutil

import pytest
from conftest import OpenEditor, StartProgram
from workspace import Workspace

pytestmark = pytest.mark.asyncio

SETTLED = {
    "def price(amount, member):": "never called",
    "def refund(amount):": "never called",
    "if regular:": "never False",
}


async def test_two_runs_one_after_the_other(open_editor: OpenEditor, start_program: StartProgram) -> None:
    """The same command again: what it does not do any more is given back when it ends."""
    editor = await open_editor()
    page = await editor.open("shop.py")
    first = await start_program()
    await first.does("coupons(True)")
    await first.does("coupons(False)")
    await first.ends()
    await page.shows_on("def refund(amount):", "never called")
    assert page.diagnostics == []
    second = await start_program()
    await second.does("coupons(True)")
    await second.ends()
    await page.complains_about("regular")
    await page.shows(SETTLED)


async def test_two_different_commands_add_up(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    workspace.write("other.py", (workspace.root / "program.py").read_text())
    editor = await open_editor()
    page = await editor.open("shop.py")
    first = await start_program()
    await first.does("coupons(True)")
    await first.ends()
    await page.complains_about("regular")
    second = await start_program(script="other.py")
    await second.does("coupons(False)")
    await second.ends()
    await page.complains_about()
    await editor.has_status(state="known")
    await page.shows({"def price(amount, member):": "never called", "def refund(amount):": "never called"})


async def test_two_runs_at_once(workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram) -> None:
    workspace.write("other.py", (workspace.root / "program.py").read_text())
    editor = await open_editor()
    page = await editor.open("shop.py")
    one, other = await start_program(), await start_program(script="other.py")
    await one.does("coupons(True)")
    await page.shows({"if regular:": "not yet False"})
    await other.does("coupons(False)")
    await page.shows({})
    await one.ends()
    await other.does("refund(1)")
    await page.complains_about("amount")
    await other.ends()
    await editor.has_status(state="known")
    await page.shows({"def price(amount, member):": "never called", "if amount:": "never False"})


async def test_two_servers_on_one_workspace(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    one, other = await open_editor(), await open_editor()
    pages = [await one.open("shop.py"), await other.open("shop.py")]
    program = await start_program()
    await program.does("coupons(True)")
    for page in pages:
        await page.shows({"if regular:": "not yet False"})
    await program.ends()
    for page in pages:
        await page.shows(SETTLED)
        await page.complains_about("regular")
    again = await start_program()
    await again.does("coupons(False)")
    for page in pages:
        await page.complains_about()


async def test_a_server_that_starts_in_the_middle_of_a_run(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    program = await start_program()
    await program.does("coupons(True)")
    editor = await open_editor()
    page = await editor.open("shop.py")
    await page.shows({"if regular:": "not yet False"})
    await editor.has_status(state="running")
    assert program.alive
    await program.does("coupons(False)")
    await page.shows({})
    await program.ends()
    await editor.has_status(state="known")
    await page.shows({"def price(amount, member):": "never called", "def refund(amount):": "never called"})


async def test_a_run_that_nobody_watched_is_there_when_the_editor_opens(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    editor = await open_editor()
    page = await editor.open("shop.py")
    await page.shows(SETTLED)
    await page.complains_about("regular")
    await editor.has_status(state="known")


async def test_the_last_known_state_is_there_when_the_editor_opens_again(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    before = await open_editor()
    page = await before.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.shows(SETTLED)
    await before.quit()
    # even without the logs: what was folded into the state does not need them
    shutil.rmtree(workspace.root / ".branchlight" / "runs")
    after = await open_editor()
    page = await after.open("shop.py")
    await page.shows(SETTLED)
    await page.complains_about("regular")


async def test_a_file_that_was_changed_while_no_editor_was_open(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    before = await open_editor()
    page = await before.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.shows(SETTLED)
    await before.quit()
    changed = page.text.replace("return -amount", "return -abs(amount)").replace("def coupons", "# moved\ndef coupons")
    workspace.write("shop.py", changed)
    after = await open_editor()
    page = await after.open("shop.py")
    await page.shows_on("if regular:", "never False")
    assert page.hint_lines()[12] == "never False"
    await page.complains_about("regular")


async def test_a_server_killed_in_the_middle_loses_nothing(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    first = await open_editor()
    page = await first.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await page.shows({"if regular:": "not yet False"})
    first.kill()
    await program.does("refund(1)")
    await program.ends()
    second = await open_editor()
    page = await second.open("shop.py")
    await page.shows(
        {"def price(amount, member):": "never called", "if regular:": "never False", "if amount:": "never False"}
    )


async def test_a_closed_document_keeps_no_diagnostics(open_editor: OpenEditor, start_program: StartProgram) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.complains_about("regular")
    editor.close(page)
    await editor.until(lambda: not editor.diagnostics[page.uri], lambda: str(editor.diagnostics))
    page = await editor.open("shop.py")
    await page.complains_about("regular")
