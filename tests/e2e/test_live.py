"""What shows while a program runs, and after it."""

from __future__ import annotations

import pytest
from conftest import OpenEditor, StartProgram
from workspace import Workspace

pytestmark = pytest.mark.asyncio


async def test_a_hint_comes_before_the_program_has_ended(open_editor: OpenEditor, start_program: StartProgram) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await page.shows({"if regular:": "not yet False"})
    await page.complains_about("regular")
    assert program.alive
    assert await program.ends() == 0


async def test_a_hint_goes_at_once_when_both_arms_were_taken(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await page.complains_about("regular")
    await program.does("coupons(False)")
    await page.complains_about()
    await page.shows({})
    assert program.alive


async def test_what_did_not_happen_is_settled_when_the_program_ends(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("price(50, False)")
    await editor.has_status(state="running")
    await program.ends()
    await page.shows(
        {
            "if member:": "never True",
            "if regular:": "never True",
            "while amount > 100:": "never True",
            "for coupon in coupons(member):": "loop never starts",
            "def refund(amount):": "never called",
        }
    )
    await editor.has_status(state="known")
    await page.covers(covered={"return round(amount)"}, missing={"return -amount", "amount = amount * 0.9"})


async def test_an_arm_that_is_taken_in_a_later_run_loses_its_mark_before_that_run_ends(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    first = await start_program()
    await first.does("coupons(True)")
    await first.ends()
    await page.shows_on("def refund(amount):", "never called")
    await page.complains_about("regular")
    second = await start_program()
    await second.does("coupons(False)")
    await page.complains_about()
    assert second.alive


async def test_nothing_is_claimed_of_a_site_that_is_one_sided_only_for_a_moment(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor = await open_editor(notYetAfter=3_600_000)
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await page.covers(covered={"return [1, 2]"})
    assert page.shown() == {}
    assert page.diagnostics == []


@pytest.mark.parametrize("whole", [False, True], ids=["the Python alone", "with branchlight run"])
async def test_a_killed_program_has_lost_nothing(
    open_editor: OpenEditor, start_program: StartProgram, whole: bool
) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("price(50, True)")
    if whole:
        await program.is_killed_with_its_parent()
    else:
        assert await program.is_killed() != 0
    await editor.has_status(state="known")
    await page.covers(covered={"amount = amount * 0.9", "return [1, 2]", "amount -= coupon", "return round(amount)"})
    await page.shows_on("while amount > 100:", "never True")


async def test_the_file_of_the_program_itself_is_measured(
    open_editor: OpenEditor, start_program: StartProgram, workspace: Workspace
) -> None:
    editor = await open_editor()
    page = await editor.open("program.py")
    program = await start_program()
    await program.does("1")
    await page.shows({"for line in sys.stdin:": "loop not yet completed"})
    await program.ends()
    await page.complains_about()
    await page.shows({})


async def test_what_a_hint_and_a_diagnostic_say(open_editor: OpenEditor, start_program: StartProgram) -> None:
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.shows_on("if regular:", "never False")
    await editor.until(lambda: page.complaints()["regular"].startswith("never"), lambda: str(page.complaints()))
    (diagnostic,) = page.diagnostics
    assert diagnostic.source == "branchlight"
    assert diagnostic.code == "partial-branch"
    assert diagnostic.severity == 3
    assert "line 14" in diagnostic.message
    assert diagnostic.related_information
    assert diagnostic.related_information[0].location.range.start.line == 13
    assert all(page.ends_its_line(hint) for hint in page.hints)


async def test_settings_choose_what_is_shown(open_editor: OpenEditor, start_program: StartProgram) -> None:
    hints = await open_editor(show="hints")
    diagnostics = await open_editor(show="diagnostics", severity="warning")
    hints_page, diagnostics_page = await hints.open("shop.py"), await diagnostics.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await hints_page.shows_on("if regular:", "never False")
    await diagnostics_page.complains_about("regular")
    assert hints_page.diagnostics == []
    assert diagnostics_page.hints == []
    assert diagnostics_page.diagnostics[0].severity == 2
