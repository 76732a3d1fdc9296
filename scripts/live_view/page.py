"""The renderer: LSP messages in, the page out, as an editor would show it.

It is fed every message of a session, in order, both ways, and knows nothing else: not the file on disk, not the test
run, not the clock. So a recorded session gives the same frames again, and what a frame shows has come over the wire.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from live_view.palette import Palette, highlight

FLASH = 0.7  # seconds that a line which has just changed is marked for
DWELL = 0.6  # seconds before the view moves on to another place

_GUTTER = {"covered": "│", "partial": "┃", "missing": "╎", "stale": "?"}


@dataclass(frozen=True)
class Event:
    """A message on the wire. `at`: seconds since the session began."""

    at: float
    sender: Literal["client", "server"]
    message: dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """A diagnostic: what it says of which columns. Columns are characters of the line."""

    start: int
    end: int
    message: str
    failure: bool


@dataclass
class Document:
    uri: str
    text: str
    hints: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    marks: dict[int, list[Mark]] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    changed: dict[int, float] = field(default_factory=dict)  # line -> when what it shows changed last

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()
        self.pieces = highlight("\n".join(self.lines))

    def seen(self, line: int) -> tuple[object, ...]:
        return (self.hints.get(line), self.marks.get(line), self.states.get(line))


class Renderer:
    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.focus = ""  # the URI of the document that is shown
        self.status: dict[str, Any] = {}
        self.now = 0.0
        self.revision = 0  # grows with every change that can be seen
        self._root = ""
        self._encoding = "utf-16"
        self._asked: dict[Any, dict[str, Any]] = {}  # requests of the client without an answer, by id
        self._top = 0
        self._moved_at = -DWELL

    # Messages in.

    def feed(self, event: Event) -> bool:
        """Takes a message in. True: a frame would look different now."""
        self.now = event.at
        before = self.revision
        message = event.message
        if "method" not in message:
            request = self._asked.pop(message.get("id"), None)
            if event.sender == "server" and request is not None and "result" in message:
                self._answered(request, message["result"])
        elif event.sender == "client":
            if "id" in message:
                self._asked[message["id"]] = message
            if message["method"] == "textDocument/didOpen":
                self._opened(message["params"]["textDocument"])
        else:
            self._notified(message["method"], message.get("params") or {})
        return self.revision != before

    def _opened(self, item: dict[str, Any]) -> None:
        self.documents[item["uri"]] = Document(item["uri"], item["text"])
        self.focus = self.focus or item["uri"]
        self.revision += 1

    def _answered(self, request: dict[str, Any], result: Any) -> None:
        if request["method"] == "initialize":
            self._encoding = result["capabilities"].get("positionEncoding") or "utf-16"
            self._root = request["params"].get("rootUri") or ""
        elif request["method"] == "textDocument/inlayHint":
            document = self.documents.get(request["params"]["textDocument"]["uri"])
            if document is not None:
                self._hints(document, result or [])

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        document = self.documents.get(params.get("uri", ""))
        if method == "textDocument/publishDiagnostics" and document is not None:
            self._diagnostics(document, params["diagnostics"])
        elif method == "branchlight/coverage" and document is not None:
            states = {line: state for state in _GUTTER for line in params.get(state, [])}
            self._replace(document, "states", states)
        elif method == "branchlight/status" and params != self.status:
            self.status = params
            self.revision += 1

    def _hints(self, document: Document, hints: list[dict[str, Any]]) -> None:
        by_line: dict[int, list[tuple[int, str]]] = {}
        for hint in hints:
            label = hint["label"]
            words = label if isinstance(label, str) else "".join(part["value"] for part in label)
            by_line.setdefault(hint["position"]["line"], []).append((hint["position"]["character"], words.strip()))
        self._replace(document, "hints", {line: sorted(found) for line, found in by_line.items()})

    def _diagnostics(self, document: Document, diagnostics: list[dict[str, Any]]) -> None:
        by_line: dict[int, list[Mark]] = {}
        for diagnostic in diagnostics:
            start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
            line = start["line"]
            text = document.lines[line] if line < len(document.lines) else ""
            first = self._column(text, start["character"])
            last = self._column(text, end["character"]) if end["line"] == line else len(text)
            failure = diagnostic.get("severity", 1) == 1
            by_line.setdefault(line, []).append(Mark(first, last, diagnostic["message"], failure))
        for found in by_line.values():
            found.sort(key=lambda mark: (mark.start, mark.end, mark.message))
        self._replace(document, "marks", by_line)

    def _replace(self, document: Document, name: str, new: dict[int, Any]) -> None:
        old: dict[int, Any] = getattr(document, name)
        different = [line for line in old.keys() | new.keys() if old.get(line) != new.get(line)]
        if not different:
            return
        setattr(document, name, new)
        for line in different:
            document.changed[line] = self.now
        self.revision += 1

    def _column(self, text: str, character: int) -> int:
        """From a position on the wire to a character of the line."""
        if self._encoding == "utf-32":
            return min(character, len(text))
        size, codec = (1, "utf-8") if self._encoding == "utf-8" else (2, "utf-16-le")
        return len(text.encode(codec)[: character * size].decode(codec, errors="ignore"))

    # The page out.

    @property
    def document(self) -> Document | None:
        return self.documents.get(self.focus)

    def title(self) -> str:
        path = self.focus.removeprefix(self._root.rstrip("/") + "/") if self._root else self.focus
        return unquote(urlsplit(path).path)

    def reached(self, uri: str) -> int:
        """How much of a document is known to have run."""
        return sum(state in ("covered", "partial") for state in self.documents[uri].states.values())

    def page(self, palette: Palette, width: int) -> list[str]:
        """The whole document, from its first line to its last."""
        document = self.document
        if document is None:
            return []
        return [row for line in range(len(document.lines)) for row in self._rows(document, line, palette, width)]

    def go_to_the_most_telling_place(self, height: int) -> None:
        """For a last look: where a screen of this height shows most hints and diagnostics."""
        document = self.document
        if document is None:
            return
        telling = sorted(document.hints.keys() | document.marks.keys())
        lines = max(1, height * 2 // 3)
        best = max(telling, key=lambda top: sum(top <= line < top + lines for line in telling), default=0)
        self._top = max(0, best - 2)
        self.now += FLASH
        self._moved_at = self.now

    def frame(self, palette: Palette, width: int, height: int) -> list[str]:
        """What fits on a screen: a title, the part of the page where something changed last, the state of the run."""
        head = [self._head(palette, width), palette.paint("dim", "─" * width)]
        foot = [palette.paint("dim", "─" * width), self.foot(palette, width)]
        room = max(1, height - len(head) - len(foot))
        body = self._view(palette, width, room)
        return [*head, *body, *[""] * (room - len(body)), *foot]

    def _head(self, palette: Palette, width: int) -> str:
        document = self.document
        title, words = self.title(), "Branchlight"
        if document is not None:
            words = summary(document)
        title = clip(title, width - 1)
        words = clip(words, width - display_width(title) - 4)
        space = max(0, width - display_width(title) - display_width(words) - 2)
        return " " + palette.paint("title", title) + " " * space + palette.paint("dim", words)

    def _view(self, palette: Palette, width: int, room: int) -> list[str]:
        document = self.document
        if document is None:
            return []
        self._scroll(document, room)
        rows: list[str] = []
        for line in range(self._top, len(document.lines)):
            rows += self._rows(document, line, palette, width)
            if len(rows) >= room:
                break
        return rows[:room]

    def _scroll(self, document: Document, room: int) -> None:
        heights = [1 + len(document.marks.get(line, ())) for line in range(len(document.lines))]
        target = self._newest(document)
        if target is None:
            return
        visible, bottom = 0, self._top
        while bottom < len(heights) and visible + heights[bottom] <= room:
            visible += heights[bottom]
            bottom += 1
        if not self._top <= target < bottom and self.now - self._moved_at >= DWELL:
            above, self._top = 0, target
            while self._top > 0 and above + heights[self._top - 1] <= room // 3:
                self._top -= 1
                above += heights[self._top]
            self._moved_at = self.now
        self._top = min(self._top, self._last_top(heights, room))

    def _newest(self, document: Document) -> int | None:
        """The line to show: of those that changed last, one with something to say, the first."""
        if not document.changed:
            return None
        latest = max(document.changed.values())
        lines = [line for line, at in document.changed.items() if at >= latest - FLASH / 2]
        telling = [line for line in lines if line in document.hints or line in document.marks]
        return min(telling or lines)

    @staticmethod
    def _last_top(heights: list[int], room: int) -> int:
        """The top line with which the document's end is just visible."""
        top, used = len(heights), 0
        while top > 0 and used + heights[top - 1] <= room:
            top -= 1
            used += heights[top]
        return top

    def _rows(self, document: Document, line: int, palette: Palette, width: int) -> list[str]:
        """A line of the source with its hints, and underneath it its diagnostics."""
        state = document.states.get(line, "")
        fresh = self.now - document.changed.get(line, -FLASH) < FLASH
        digits = max(3, len(str(len(document.lines))))
        number = palette.paint("changed" if fresh else "line number", f"{line + 1:>{digits}}")
        gutter = palette.paint(state, _GUTTER.get(state, " "))
        margin = digits + 4
        row = f" {number} {gutter} " + self._source(document, line, palette, width - margin)
        rows = [row if palette.colours else row.rstrip()]
        text = document.lines[line] if line < len(document.lines) else ""
        for mark in document.marks.get(line, ()):
            indent = " " * (margin + display_width(text[: mark.start].expandtabs(4)))
            message = clip("╰─ " + " ".join(mark.message.split()), width - len(indent))
            rows.append(indent + palette.paint("failure" if mark.failure else "message", message))
        return rows

    def _source(self, document: Document, line: int, palette: Palette, width: int) -> str:
        marked = {column for mark in document.marks.get(line, ()) for column in range(mark.start, mark.end)}
        words = [label for _, label in document.hints.get(line, ())]
        hints = "".join(f"  {label}" if palette.colours else f"  «{label}»" for label in words)
        room = max(0, width - display_width(hints))
        out: list[str] = []
        column = used = 0
        for style, piece in document.pieces[line] if line < len(document.pieces) else []:
            for underlined, part in _split(piece, column, marked):
                shown = clip(part.expandtabs(4), room - used, ellipsis="")
                out.append(palette.paint(style, shown, underline=underlined))
                used += display_width(shown)
                column += len(part)
        return "".join(out) + palette.paint("hint", clip(hints, width - used))

    def foot(self, palette: Palette, width: int) -> str:
        """The state of the run and the totals, as the server put them."""
        running = self.status.get("state") == "running"
        parts = [palette.paint("changed" if running else "covered", "● running" if running else "○")]
        plain = ["● running" if running else "○"]
        tests = self.status.get("tests") or {}
        done, total = tests.get("passed", 0) + tests.get("failed", 0), tests.get("total", 0)
        if total and running:
            filled = round(20 * min(1.0, done / total))
            plain.append("━" * 20)
            parts.append(palette.paint("bar", "━" * filled) + palette.paint("dim", "━" * (20 - filled)))
        for words in [test_words(tests), arm_words(self.status)]:
            if words:
                plain.append(words)
                parts.append(words)
        if len(plain) == 1:
            parts.append(str(self.status.get("text", "")))
        if display_width("  ".join(plain)) + 1 > width:
            return clip(" " + "  ".join(plain), width)
        return " " + "  ".join(parts)


def summary(document: Document) -> str:
    """A module in a few words, counted from what its messages said."""
    partial = sum(not mark.failure for marks in document.marks.values() for mark in marks)
    uncalled = sum(label == "never called" for hints in document.hints.values() for _, label in hints)
    reached = sum(state in ("covered", "partial") for state in document.states.values())
    missing = sum(state == "missing" for state in document.states.values())
    words = [f"{reached} of {reached + missing} lines ran" if missing else f"{reached} lines ran"] if reached else []
    if partial:
        words.append(f"{partial} one-sided")
    if uncalled:
        words.append(f"{uncalled} never called")
    return " · ".join(words)


def test_words(tests: dict[str, int]) -> str:
    done = tests.get("passed", 0) + tests.get("failed", 0)
    if not done and not tests.get("total"):
        return ""
    failed = tests.get("failed", 0)
    return f"{tests.get('passed', 0)} passed" + (f", {failed} failed" if failed else "")


def arm_words(status: dict[str, Any]) -> str:
    arms = status.get("arms") or {}
    if not arms.get("total"):
        return ""
    share = 100 * arms["taken"] // arms["total"]
    return f"{share} % of {arms['total']} branch arms taken · {status.get('partial', 0)} partial"


def _split(piece: str, column: int, marked: set[int]) -> Iterable[tuple[bool, str]]:
    """A piece of a line, cut where underlining begins or ends."""
    start = 0
    for index in range(1, len(piece) + 1):
        if index == len(piece) or (column + index in marked) != (column + start in marked):
            yield column + start in marked, piece[start:index]
            start = index


def display_width(text: str) -> int:
    """Cells of a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """At most `width` cells of it."""
    if display_width(text) <= width:
        return text
    kept = ""
    for char in text:
        if display_width(kept + char + ellipsis) > width:
            break
        kept += char
    return kept + ellipsis if width > 0 else ""
