"""An editor at rest around pytest-lsp's client: it opens and edits documents, fetches hints when the server asks it to,
and shows what a person would see. It fails on any message that nobody asked about."""

from __future__ import annotations

import asyncio
import difflib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest_lsp
from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features
from pytest_lsp.protocol import LanguageClientProtocol

DEADLINE = 30.0  # seconds; nothing here takes as long, unless it is broken


class _Protocol(LanguageClientProtocol):
    def _get_handler(self, feature_name: str) -> Any:
        try:
            return super()._get_handler(feature_name)
        except Exception:
            self._server.unasked.append(feature_name)
            raise


class Editor(pytest_lsp.LanguageClient):
    def __init__(self) -> None:
        super().__init__(protocol_cls=_Protocol, converter_factory=default_converter)
        self.unasked: list[str] = []
        self.pages: dict[str, Page] = {}
        self.status: dict[str, Any] = {}
        self.refreshes = 0
        self.leaving = False
        self.encoding = types.PositionEncodingKind.Utf16
        self.root = Path()
        self._heard = asyncio.Event()
        self._registered = self._register()

    def _register(self) -> bool:
        register_lsp_features(self)
        del self.protocol.fm.features[types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._on_diagnostics(params))  # noqa: PLW0108  a method cannot be marked
        self.feature(types.WORKSPACE_INLAY_HINT_REFRESH)(lambda _params: self._on_refresh())
        self.feature("branchlight/coverage")(lambda params: self._on_coverage(plain(params)))
        self.feature("branchlight/status")(lambda params: self._on_status(plain(params)))
        progress = DEFAULT_CLIENT_FEATURES[types.PROGRESS]
        del self.protocol.fm.features[types.PROGRESS]
        self.feature(types.PROGRESS)(lambda params: self._on_progress(progress, params))
        return True

    @classmethod
    async def start(cls, binary: Path, root: Path, client: str, options: dict[str, Any]) -> Editor:
        editor = cls()
        editor.root = root
        await editor.start_io(str(binary), "lsp")
        answer = await asyncio.wait_for(
            editor.initialize_session(
                types.InitializeParams(
                    capabilities=pytest_lsp.client_capabilities(client),
                    root_uri=root.as_uri(),
                    workspace_folders=[types.WorkspaceFolder(uri=root.as_uri(), name=root.name)],
                    initialization_options=options,
                )
            ),
            DEADLINE,
        )
        editor.encoding = answer.capabilities.position_encoding or types.PositionEncodingKind.Utf16
        editor.server_capabilities = answer.capabilities
        return editor

    async def quit(self) -> None:
        """In order: shutdown, exit. The server ends by itself, and well."""
        assert self._server is not None
        self.leaving = True
        if self._server.returncode is None:
            await asyncio.wait_for(self.shutdown_session(), DEADLINE)
            await asyncio.wait_for(self.stop(), DEADLINE)
            assert self._server.returncode == 0
        assert not self.unasked, f"messages that nobody asked about: {self.unasked}"
        assert self.error is None, self.error

    def kill(self) -> None:
        assert self._server is not None
        self.leaving = True
        self._server.kill()

    # Documents.

    async def open(self, name: str) -> Page:
        path = self.root / name
        page = Page(self, path.as_uri(), path.read_bytes().decode())
        self.pages[page.uri] = page
        item = types.TextDocumentItem(uri=page.uri, language_id="python", version=page.version, text=page.text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        page.fetch_hints()
        return page

    def save(self, page: Page) -> None:
        (self.root / page.name).write_bytes(page.text.encode())
        self.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(page.uri)))

    def close(self, page: Page) -> None:
        del self.pages[page.uri]
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(page.uri)))

    async def execute(self, command: str) -> Any:
        params = types.ExecuteCommandParams(command=command, arguments=[])
        return await asyncio.wait_for(self.workspace_execute_command_async(params), DEADLINE)

    # What arrives.

    def heard(self) -> None:
        self._heard.set()

    async def until(self, condition: Callable[[], bool], what: Callable[[], str]) -> None:
        """Looks again at every message, until the condition holds."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            self._heard.clear()
            try:
                await asyncio.wait_for(self._heard.wait(), deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(what()) from None

    async def has_status(self, **expected: Any) -> None:
        await self.until(
            lambda: expected.items() <= self.status.items(), lambda: f"waited for {expected}, status is {self.status}"
        )

    def _on_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        self.diagnostics[params.uri] = params.diagnostics
        if page := self.pages.get(params.uri):
            page.diagnostics_at = time.monotonic()
        self.heard()

    def _on_refresh(self) -> None:
        self.refreshes += 1
        for page in self.pages.values():
            page.fetch_hints()

    def _on_coverage(self, params: dict[str, Any]) -> None:
        if page := self.pages.get(params["uri"]):
            page.coverage = params
        self.heard()

    def _on_status(self, params: dict[str, Any]) -> None:
        self.status = params
        self.heard()

    def _on_progress(self, default: Callable[..., None], params: types.ProgressParams) -> None:
        default(self, params)
        self.heard()

    def progress_kinds(self) -> list[list[str]]:
        """For each piece of work that was announced: what came of it, in order."""
        return [[report.kind for report in reports] for reports in self.progress_reports.values()]


class Page:
    """An open document, and what is shown of it. Lines are from 0, as on the wire."""

    def __init__(self, editor: Editor, uri: str, text: str) -> None:
        self.editor, self.uri, self.text, self.version = editor, uri, text, 1
        self.name = Path(uri.removeprefix("file://")).name
        self.hints: list[types.InlayHint] = []
        self.coverage: dict[str, Any] = {}
        self.diagnostics_at = 0.0
        self._fetching = False
        self._again = False

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def diagnostics(self) -> list[types.Diagnostic]:
        return list(self.editor.diagnostics.get(self.uri, []))

    def fetch_hints(self) -> None:
        if self._fetching:
            self._again = True
            return
        self._fetching = True
        whole = types.Range(types.Position(0, 0), types.Position(len(self.text.splitlines()) + 1, 0))
        params = types.InlayHintParams(types.TextDocumentIdentifier(self.uri), whole)
        self.editor.protocol.send_request(types.TEXT_DOCUMENT_INLAY_HINT, params).add_done_callback(self._fetched)

    def _fetched(self, answer: Any) -> None:
        self._fetching = False
        if answer.exception() is None:
            self.hints = answer.result() or []
            self.editor.heard()
        if self._again or answer.exception() is not None:  # ContentModified: ask again
            self._again = False
            if not self.editor.leaving and self.uri in self.editor.pages:
                self.fetch_hints()

    async def is_up_to_date(self) -> None:
        """Waits until the server has answered for the text as it is now; and said before what it had to say."""
        self.fetch_hints()
        await self.editor.until(lambda: not self._fetching, lambda: "the request for hints has no answer")

    # What a person sees.

    def hint_lines(self) -> dict[int, str]:
        return {hint.position.line: label(hint) for hint in self.hints}

    def shown(self) -> dict[str, str]:
        """The hints, by the text of their lines."""
        return {self._text_of(line): words for line, words in self.hint_lines().items()}

    def complaints(self) -> dict[str, str]:
        """The diagnostics, by the text that they underline."""
        return {self.covered_by(one.range): one.message for one in self.diagnostics}

    async def shows(self, hints: dict[str, str]) -> None:
        """Waits until just these are shown."""
        await self.editor.until(lambda: self.shown() == hints, lambda: self._difference(hints, self.shown()))

    async def shows_on(self, line: str, hint: str | None) -> None:
        await self.editor.until(
            lambda: self.shown().get(line) == hint, lambda: f"waited for {hint!r} on {line!r}, shown: {self.shown()}"
        )

    async def complains_about(self, *tests: str) -> None:
        """Waits until just these tests of branches are underlined."""
        await self.editor.until(
            lambda: sorted(self.complaints()) == sorted(tests),
            lambda: f"waited for diagnostics on {tests}, there are {self.complaints()}",
        )

    async def covers(self, **lines: set[str]) -> None:
        """Waits until the lines with these texts are `covered`, `partial`, `missing`, `stale`."""

        def now() -> dict[str, set[str]]:
            return {state: {self._text_of(line) for line in self.coverage.get(state, [])} for state in lines}

        await self.editor.until(
            lambda: all(lines[s] <= now()[s] for s in lines), lambda: f"waited for {lines}, is {now()}"
        )

    def tooltip(self, line: str) -> str:
        (hint,) = [one for one in self.hints if self._text_of(one.position.line) == line]
        assert hint.tooltip is not None
        return hint.tooltip if isinstance(hint.tooltip, str) else hint.tooltip.value

    def _text_of(self, line: int) -> str:
        return self.lines[line].strip() if line < len(self.lines) else f"line {line}, past the end"

    def _difference(self, wanted: dict[str, str], seen: dict[str, str]) -> str:
        as_lines = [[f"{line}  «{hint}»" for line, hint in sorted(hints.items())] for hints in (wanted, seen)]
        difference = difflib.unified_diff(*as_lines, "wanted", "shown", lineterm="", n=100)
        editor = self.editor
        known = [f"{self.complaints()=}", f"{self.coverage=}", f"{editor.status=}", f"{editor.refreshes=}"]
        return "\n".join([*difference, *known])

    # Edits, as an editor sends them: incremental, in the encoding that was agreed on.

    def replace(self, old: str, new: str) -> None:
        """The first occurrence of a text, in one change."""
        begin = self.text.index(old)
        self._change(begin, begin + len(old), new)

    def insert(self, before: str, new: str) -> None:
        begin = self.text.index(before)
        self._change(begin, begin, new)

    def _change(self, begin: int, end: int, new: str) -> None:
        edited = types.Range(self.position(begin), self.position(end))
        self.text = self.text[:begin] + new + self.text[end:]
        self.version += 1
        self.editor.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri),
                [types.TextDocumentContentChangePartial(range=edited, text=new)],
            )
        )
        self.fetch_hints()

    def _units(self, text: str) -> int:
        if self.editor.encoding == types.PositionEncodingKind.Utf8:
            return len(text.encode())
        return len(text.encode("utf-16-le")) // 2

    def position(self, index: int) -> types.Position:
        before = self.text[:index]
        return types.Position(before.count("\n"), self._units(before[before.rfind("\n") + 1 :]))

    def covered_by(self, span: types.Range) -> str:
        """The text of a range on one line."""
        assert span.start.line == span.end.line
        line = self.text.split("\n")[span.start.line]
        size, codec = (1, "utf-8") if self.editor.encoding == types.PositionEncodingKind.Utf8 else (2, "utf-16-le")
        return line.encode(codec)[span.start.character * size : span.end.character * size].decode(codec)

    def ends_its_line(self, hint: types.InlayHint) -> bool:
        line = self.text.split("\n")[hint.position.line].removesuffix("\r")
        return hint.position.character == self._units(line)


def label(hint: types.InlayHint) -> str:
    if isinstance(hint.label, str):
        return hint.label.strip()
    return "".join(part.value for part in hint.label).strip()


def plain(params: Any) -> Any:
    """The parameters of a notification that the library does not know, as the JSON that they were."""
    if hasattr(params, "_asdict"):
        return {name: plain(value) for name, value in params._asdict().items()}
    if isinstance(params, list):
        return [plain(value) for value in params]
    return params
