"""What does not count, in an editor: pragmas as they are typed, configuration as it is saved, without a restart."""

from __future__ import annotations

import pytest
from conftest import OpenEditor, StartProgram
from editor import Editor, Page
from workspace import Workspace

pytestmark = pytest.mark.asyncio

PROJECT = '[project]\nname = "workspace"\nversion = "0"\n'


async def after_a_run(open_editor: OpenEditor, start_program: StartProgram) -> tuple[Editor, Page]:
    """`coupons(True)` has run: `if regular:` was never False, `price` and `refund` were never called."""
    editor = await open_editor()
    page = await editor.open("shop.py")
    program = await start_program()
    await program.does("coupons(True)")
    await program.ends()
    await page.shows(
        {
            "def price(amount, member):": "never called",
            "def refund(amount):": "never called",
            "if regular:": "never False",
        }
    )
    await page.complains_about("regular")
    await editor.has_status(state="known")
    return editor, page


async def test_a_pragma_takes_its_marks_away_as_it_is_typed(
    open_editor: OpenEditor, start_program: StartProgram
) -> None:
    _, page = await after_a_run(open_editor, start_program)
    page.replace("if regular:", "if regular:  # pragma: no branch")
    await page.complains_about()
    page.replace("def refund(amount):", "def refund(amount):  # pragma: no cover")
    await page.shows({"def price(amount, member):": "never called"})
    page.replace("  # pragma: no branch", "")
    await page.complains_about("regular")
    page.replace("  # pragma: no cover", "")
    await page.shows_on("def refund(amount):", "never called")


async def test_a_change_of_the_configuration_takes_effect_without_a_restart(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor, page = await after_a_run(open_editor, start_program)
    before = editor.status["arms"]
    await page.covers(missing={"return -amount"})
    workspace.write("pyproject.toml", PROJECT + '[tool.coverage.report]\nexclude_also = ["if regular", "def refund"]\n')
    await page.complains_about()
    await page.shows({"def price(amount, member):": "never called"})
    await editor.until(
        lambda: page.text.splitlines().index("        return -amount") not in page.coverage["missing"],
        lambda: str(page.coverage),
    )
    fewer = {"taken": before["taken"] - 1, "total": before["total"] - 4}
    await editor.has_status(arms=fewer, partial=editor.status["partial"])
    workspace.write("pyproject.toml", PROJECT)
    await page.complains_about("regular")
    await editor.has_status(arms=before)


async def test_a_file_that_is_left_out_shows_nothing_and_does_not_count(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    editor, page = await after_a_run(open_editor, start_program)
    workspace.write(".coveragerc", "[run]\nomit = shop.py\n")
    await page.complains_about()
    await page.shows({})
    await editor.until(lambda: not page.coverage["covered"], lambda: str(page.coverage))
    # program.py has one loop, of which both arms were taken
    await editor.has_status(arms={"taken": 2, "total": 2}, partial=0)
    (workspace.root / ".coveragerc").unlink()
    await page.complains_about("regular")


async def test_what_was_never_imported_counts_where_the_configuration_names_it_as_source(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    workspace.write("never.py", "i = 3\nif i:  # pragma: no cover\n    pass\nfor j in range(i):\n    while j: j = 0\n")
    editor, _ = await after_a_run(open_editor, start_program)
    before = editor.status["arms"]
    workspace.write(".coveragerc", "[run]\nsource = .\n")
    await editor.has_status(arms={"taken": before["taken"], "total": before["total"] + 4})


async def test_what_ran_elsewhere_shows_where_paths_says_that_it_belongs(
    workspace: Workspace, open_editor: OpenEditor
) -> None:
    source = "def half(x):\n    if x:\n        return x / 2\n    return 0\n"
    workspace.write("src/lib.py", source)
    workspace.write("build/out/lib.py", source)
    workspace.write("setup.cfg", "[coverage:paths]\nlib =\n    src\n    */out\n")
    workspace.write("use.py", "import sys\nsys.path.insert(0, 'build/out')\nimport lib\nlib.half(1)\n")
    await workspace.run("use.py")
    editor = await open_editor()
    page = await editor.open("src/lib.py")
    await page.shows({"if x:": "never False"})
    await page.complains_about("x")


async def test_a_pattern_that_does_not_compile_leaves_the_rest_in_force(
    workspace: Workspace, open_editor: OpenEditor, start_program: StartProgram
) -> None:
    _, page = await after_a_run(open_editor, start_program)
    workspace.write("pyproject.toml", PROJECT + '[tool.coverage.report]\nexclude_also = ["(", "def refund"]\n')
    await page.shows({"def price(amount, member):": "never called", "if regular:": "never False"})
