"""pytest under Branchlight: which test took what, and what a test that fails may not take away."""

from __future__ import annotations

import pytest
from conftest import OpenEditor
from workspace import Workspace

pytestmark = pytest.mark.asyncio

TESTS = """\
import shop


def test_regular():
    assert shop.coupons(True) == [1, 2]


class TestRefund:
    def test_of_nothing(self):
        assert shop.refund(0) == 0
"""


async def test_a_tooltip_names_the_test_that_took_an_arm(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor()
    page = await editor.open("shop.py")
    await workspace.pytest()
    await page.shows(
        {
            "def price(amount, member):": "never called",
            "if regular:": "never False",
            "if amount:": "never True",
        }
    )
    assert "test_shop.py::test_regular" in page.tooltip("if regular:")
    assert "test_shop.py::TestRefund::test_of_nothing" in page.tooltip("if amount:")
    assert "test_regular" not in page.tooltip("if amount:")


async def test_the_status_counts_tests(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor()
    await editor.open("shop.py")
    assert editor.status.get("state") in (None, "none")
    await workspace.pytest()
    await editor.has_status(state="known")
    assert editor.status["tests"]["passed"] == 2
    assert editor.status["tests"]["failed"] == 0
    assert 0 < editor.status["arms"]["taken"] < editor.status["arms"]["total"]


async def test_a_failing_test_takes_nothing_away(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS + "\n\ndef test_stranger():\n    assert shop.coupons(False) == []\n")
    editor = await open_editor()
    page = await editor.open("shop.py")
    await workspace.pytest()
    await page.complains_about("amount")
    broken = TESTS + "\n\ndef test_stranger():\n    assert False\n    assert shop.coupons(False) == []\n"
    workspace.write("test_shop.py", broken)
    await workspace.pytest(status=1)
    await editor.until(lambda: editor.status.get("tests", {}).get("failed") == 1, lambda: str(editor.status))
    await editor.has_status(state="known")
    await page.shows_on("if regular:", None)
    await page.complains_about("amount")


async def test_a_passing_test_that_no_longer_takes_an_arm_gives_it_back(
    workspace: Workspace, open_editor: OpenEditor
) -> None:
    workspace.write("test_shop.py", TESTS + "\n\ndef test_stranger():\n    assert shop.coupons(False) == []\n")
    editor = await open_editor()
    page = await editor.open("shop.py")
    await workspace.pytest()
    await page.complains_about("amount")
    workspace.write("test_shop.py", TESTS + "\n\ndef test_stranger():\n    pass\n")
    await workspace.pytest()
    await page.complains_about("regular", "amount")
    await page.shows_on("if regular:", "never False")


async def test_a_run_of_one_test_leaves_the_others_evidence(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", TESTS)
    editor = await open_editor()
    page = await editor.open("shop.py")
    await workspace.pytest()
    await page.complains_about("regular", "amount")
    await workspace.pytest("test_shop.py::test_regular")
    await editor.until(
        lambda: editor.status["tests"]["passed"] == 1 and editor.status["state"] == "known", lambda: str(editor.status)
    )
    await page.shows(
        {"def price(amount, member):": "never called", "if regular:": "never False", "if amount:": "never True"}
    )
    assert "TestRefund::test_of_nothing" in page.tooltip("if amount:")


async def test_no_marks_in_test_files(workspace: Workspace, open_editor: OpenEditor) -> None:
    workspace.write("test_shop.py", "import shop\n\ndef test_it():\n    if shop.coupons(True):\n        pass\n")
    editor = await open_editor()
    page = await editor.open("test_shop.py")
    other = await editor.open("shop.py")
    await workspace.pytest()
    await other.complains_about("regular")
    assert page.diagnostics == []
