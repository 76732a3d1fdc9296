"""The demo's renderer: fed with messages alone, it draws what an editor would show."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
from live_view.page import Event, Renderer, clip, display_width  # noqa: E402
from live_view.palette import Palette, highlight  # noqa: E402
from live_view.wire import load  # noqa: E402

URI = "file:///workspace/shop.py"
TEXT = """\
def price(amount):
    if amount > 100 and "é🛒":  # big
        return amount * 0.9
    return amount
"""
PLAIN = Palette(colours=False)


class Session:
    """Messages as they would come over the wire."""

    def __init__(self, encoding: str = "utf-8", text: str = TEXT) -> None:
        self.renderer = Renderer()
        self.at = 0.0
        self._id = 0
        self.asked("initialize", {"rootUri": "file:///workspace"}, {"capabilities": {"positionEncoding": encoding}})
        item = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        self.client({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def client(self, message: dict[str, Any]) -> None:
        self.renderer.feed(Event(self.at, "client", message))

    def server(self, method: str, params: dict[str, Any]) -> bool:
        return self.renderer.feed(Event(self.at, "server", {"jsonrpc": "2.0", "method": method, "params": params}))

    def asked(self, method: str, params: dict[str, Any], result: Any) -> bool:
        self._id += 1
        self.client({"id": self._id, "method": method, "params": params})
        return self.renderer.feed(Event(self.at, "server", {"id": self._id, "result": result}))

    def hints(self, *hints: tuple[int, str]) -> bool:
        found = [{"position": {"line": line, "character": 80}, "label": words} for line, words in hints]
        return self.asked("textDocument/inlayHint", {"textDocument": {"uri": URI}}, found)

    def diagnostic(self, line: int, start: int, end: int, message: str) -> bool:
        where = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
        one = {"range": where, "message": message, "severity": 3}
        return self.server("textDocument/publishDiagnostics", {"uri": URI, "diagnostics": [one]})

    def page(self) -> list[str]:
        return self.renderer.page(PLAIN, 100)


def test_a_hint_stands_at_the_end_of_its_line_and_a_diagnostic_underneath() -> None:
    session = Session()
    session.hints((1, "never False"))
    session.diagnostic(1, 7, 33, "never False: would go to line 4")
    session.server("branchlight/coverage", {"uri": URI, "covered": [0, 2], "partial": [1], "missing": [3], "stale": []})
    assert session.page() == [
        "   1 │ def price(amount):",
        '   2 ┃     if amount > 100 and "é🛒":  # big  «never False»',
        "              ╰─ never False: would go to line 4",
        "   3 │         return amount * 0.9",
        "   4 ╎     return amount",
    ]


def test_a_label_in_parts_is_one_label() -> None:
    session = Session()
    session.hints((1, [{"value": "never True"}, {"value": " · "}, {"value": "never False"}]))  # type: ignore[arg-type]
    assert session.page()[1].endswith("«never True · never False»")


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 32), ("utf-16", 29)])
def test_columns_are_those_of_the_encoding_that_was_agreed_on(encoding: str, end: int) -> None:
    session = Session(encoding)
    session.diagnostic(1, 7, end, "never False")
    (mark,) = session.renderer.documents[URI].marks[1]
    assert TEXT.splitlines()[1][mark.start : mark.end] == 'amount > 100 and "é🛒"'


def test_only_what_can_be_seen_counts_as_a_change() -> None:
    session = Session()
    assert session.hints((1, "never False"))
    assert not session.hints((1, "never False"))
    assert not session.server("window/logMessage", {"type": 3, "message": "hello"})
    assert not session.server("textDocument/publishDiagnostics", {"uri": "file:///other.py", "diagnostics": []})
    assert session.hints()


def test_nothing_is_shown_that_no_message_said() -> None:
    session = Session()
    assert session.page() == [f"   {n} {'  ' + line}".rstrip() for n, line in enumerate(TEXT.splitlines(), 1)]


def test_a_frame_is_as_high_and_no_wider_than_the_terminal() -> None:
    session = Session(text="x = '" + "🛒" * 200 + "'\n" + "if x:\n    pass\n" * 100)
    session.hints((1, "never False"))
    session.diagnostic(1, 3, 4, "never False: " + "and so on " * 40)
    for width, height in [(20, 6), (80, 24), (200, 60)]:
        frame = session.renderer.frame(PLAIN, width, height)
        assert len(frame) == height
        assert max(display_width(row) for row in frame) <= width


def test_the_view_goes_to_where_something_changed_last() -> None:
    session = Session(text="if x:\n    pass\n" * 100)
    session.hints((0, "not yet False"))
    assert any("«not yet False»" in row for row in session.renderer.frame(PLAIN, 80, 24))
    session.at = 5.0
    session.hints((0, "not yet False"), (150, "not yet True"))
    frame = session.renderer.frame(PLAIN, 80, 24)
    assert any("«not yet True»" in row for row in frame)
    assert frame == session.renderer.frame(PLAIN, 80, 24)


def test_the_view_stays_for_a_moment() -> None:
    session = Session(text="if x:\n    pass\n" * 100)
    session.at = 5.0
    session.hints((150, "not yet True"))
    session.renderer.frame(PLAIN, 80, 24)
    session.at = 5.1
    session.hints((0, "not yet False"), (150, "not yet True"))
    assert any("«not yet True»" in row for row in session.renderer.frame(PLAIN, 80, 24))


def test_the_foot_says_how_far_the_tests_are() -> None:
    session = Session()
    status = {"state": "running", "tests": {"passed": 30, "failed": 1, "total": 62}, "partial": 3, "text": ""}
    session.server("branchlight/status", {**status, "arms": {"taken": 5, "total": 8}})
    foot = session.renderer.foot(PLAIN, 120)
    assert "30 passed, 1 failed" in foot
    assert "62 % of 8 branch arms taken · 3 partial" in foot


def test_without_colours_there_is_no_escape_sequence() -> None:
    session = Session()
    session.hints((1, "never False"))
    assert "\x1b" not in "".join(session.renderer.frame(PLAIN, 80, 24))
    assert "\x1b" in "".join(session.renderer.frame(Palette(colours=True), 80, 24))


def test_highlighting_changes_no_character() -> None:
    for path in sorted((HERE.parents[1] / "scripts").rglob("*.py")):
        text = path.read_text()
        assert ["".join(piece for _, piece in line) for line in highlight(text)] == text.split("\n")


def test_clipping() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "ab…"
    assert clip("🛒🛒", 3) == "🛒…"


def test_a_recorded_session_gives_the_same_page_again() -> None:
    """A real session, kept by `./dev demo PATH --record FILE`. To accept a new page: BRANCHLIGHT_BLESS=1."""
    renderer = Renderer()
    frames = set()
    for event in load(HERE / "session.jsonl"):
        if renderer.feed(event) and renderer.status.get("state") == "running":
            frames.add("\n".join(renderer.frame(PLAIN, 100, 40)))
    page = "\n".join([renderer.title(), *renderer.page(PLAIN, 100), renderer.foot(PLAIN, 100)]) + "\n"
    golden = HERE / "session.golden.txt"
    import os

    if os.environ.get("BRANCHLIGHT_BLESS"):
        golden.write_text(page)
    assert page == golden.read_text()
    assert len(frames) >= 5
