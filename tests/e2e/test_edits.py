"""What an edit leaves standing, as an editor sees it."""

from __future__ import annotations

import pytest
from conftest import OpenEditor, StartProgram
from editor import Page
from workspace import SHOP, Workspace

pytestmark = pytest.mark.asyncio


@pytest.fixture(params=["neovim@v0.11.0", "neovim@v0.10.0"], ids=["utf-8", "utf-16"])
def client(request: pytest.FixtureRequest) -> str:
    return request.param


async def after_a_run(open_editor: OpenEditor, start_program: StartProgram, client: str) -> Page:
    """`coupons(True)` has run and the program has ended: `if regular:` was never False."""
    editor = await open_editor(client=client)
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.does("refund(1)")
    await program.does("refund(0)")
    await program.ends()
    await page.shows({"def price(amount, member):": "never called", "if regular:": "never False"})
    await page.complains_about("regular")
    return page


async def test_an_insertion_above_moves_the_hint(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    assert page.hint_lines()[11] == "never False"
    page.insert("def coupons", "# ein größerer Umbau 🛒\n\n")
    await page.editor.until(lambda: page.hint_lines().get(13) == "never False", lambda: str(page.hint_lines()))
    await page.editor.until(
        lambda: [one.range.start.line for one in page.diagnostics] == [13], lambda: str(page.diagnostics)
    )
    assert page.shown() == {"def price(amount, member):": "never called", "if regular:": "never False"}


async def test_an_edit_inside_the_function_puts_the_hint_into_the_past(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace("[1, 2]", "[1, 2, 3]")
    await page.shows_on("if regular:", "was never False")
    await page.complains_about()


async def test_an_edit_of_the_test_itself_takes_its_marks_away(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace("if regular:", "if not regular:")
    await page.complains_about()
    await page.shows({"def price(amount, member):": "never called"})


async def test_an_edit_that_is_undone_brings_everything_back(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace("[1, 2]", "[1, 2, 3]")
    await page.shows_on("if regular:", "was never False")
    page.replace("[1, 2, 3]", "[1, 2]")
    await page.shows_on("if regular:", "never False")
    await page.complains_about("regular")


async def test_a_comment_changes_nothing(open_editor: OpenEditor, start_program: StartProgram, client: str) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace("    if regular:\n", "    # who comes often: 常连\n    if regular:  # sí\n")
    await page.shows_on("if regular:  # sí", "never False")
    await page.complains_about("regular")
    assert page.hint_lines()[12] == "never False"
    assert all(page.ends_its_line(hint) for hint in page.hints)


async def test_a_syntax_error_that_stays_keeps_what_is_known_of_other_functions(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace("return -amount", "return (-amount")
    for letter in "+ (1, 2, 3":
        page.replace("(-amount", "(-amount" + letter)
        await page.is_up_to_date()
        assert page.shown().get("if regular:") == "never False"
        assert list(page.complaints()) == ["regular"]
    page.replace(page.text[page.text.index("return (-amount") :], "return -amount\n    return 0\n")
    await page.shows({"def price(amount, member):": "never called", "if regular:": "never False"})


async def test_deleting_a_function_takes_its_marks_with_it(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    page = await after_a_run(open_editor, start_program, client)
    page.replace(SHOP[SHOP.index("def coupons") : SHOP.index("def refund")], "")
    await page.shows({"def price(amount, member):": "never called"})
    await page.complains_about()


async def test_columns_are_right_behind_characters_of_every_width(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    workspace.write(
        "shop.py",
        "def straße(ß):\n    if 'é' and '🛒' and ß:  # 🛒🛒\n        return 1\n    return 2\n",
    )
    editor = await open_editor(client=client)
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("straße(True)")
    await program.ends()
    await page.complains_about("'é' and '🛒' and ß")
    await page.shows({"if 'é' and '🛒' and ß:  # 🛒🛒": "never False"})
    assert all(page.ends_its_line(hint) for hint in page.hints)
    page.replace("# 🛒🛒", "# 🛒ü🛒")
    page.insert("def", "x = '🛒'\n")
    await page.complains_about("'é' and '🛒' and ß")
    assert page.diagnostics[0].range.start.line == 2
    await page.shows_on("if 'é' and '🛒' and ß:  # 🛒ü🛒", "never False")
    assert all(page.ends_its_line(hint) for hint in page.hints)


async def test_windows_line_ends(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    workspace.write("shop.py", SHOP.replace("\n", "\r\n"))
    editor = await open_editor(client=client)
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.complains_about("regular")
    await page.shows_on("if regular:", "never False")
    assert all(page.ends_its_line(hint) for hint in page.hints)
    page.insert("def coupons", "# more\r\n")
    await page.editor.until(lambda: page.hint_lines().get(12) == "never False", lambda: str(page.hint_lines()))


async def test_a_program_that_runs_on_shows_in_a_document_that_has_moved(
    open_editor: OpenEditor, start_program: StartProgram, client: str
) -> None:
    editor = await open_editor(client=client)
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await page.shows({"if regular:": "not yet False"})
    page.insert("def price", "# above everything\n\n")
    await editor.until(lambda: page.hint_lines() == {13: "not yet False"}, lambda: str(page.hint_lines()))
    await program.does("coupons(False)")
    await page.complains_about()
    await page.shows({})
    assert program.alive
