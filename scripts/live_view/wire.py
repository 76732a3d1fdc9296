"""A language client (pygls) that keeps every message, both ways, as it was on the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.protocol import LanguageServerProtocol, default_converter

from live_view.page import Event

Listener = Callable[[Event], None]


class _RecordingProtocol(LanguageServerProtocol):
    """Passes each message on to the client's listener: before it is structured, or after it was put together."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        if "jsonrpc" in data:
            self._server.heard("server", dict(data))  # the library puts objects into it
        return super().structure_message(data)

    def _send_data(self, data: Any) -> None:
        self._server.heard("client", json.loads(json.dumps(data, default=self._serialize_message)))
        super()._send_data(data)


class Client(LanguageClient):
    """Opens files, asks for inlay hints when told to, and does nothing else by itself: an editor at rest."""

    def __init__(self, listener: Listener) -> None:
        super().__init__("branchlight-demo", "1", protocol_cls=_RecordingProtocol, converter_factory=default_converter)
        self.documents: dict[str, int] = {}  # URI -> number of lines
        self.encoding = "utf-16"
        self._listener = listener
        self._began = time.monotonic()
        self._asking: set[str] = set()
        self._ask_again: set[str] = set()
        self.feature(types.WORKSPACE_INLAY_HINT_REFRESH)(lambda _params: self._on_refresh())
        self.feature(types.WORKSPACE_CONFIGURATION)(lambda params: [None] * len(params.items))
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda _params: None)
        self.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda _params: None)
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda _params: None)
        self.feature(types.PROGRESS)(lambda _params: None)
        for method in (types.WINDOW_LOG_MESSAGE, types.WINDOW_SHOW_MESSAGE, types.TELEMETRY_EVENT):
            self.feature(method)(lambda _params: None)
        for method in ("branchlight/coverage", "branchlight/status"):
            self.feature(method)(lambda _params: None)

    def heard(self, sender: str, message: dict[str, Any]) -> None:
        self._listener(Event(round(time.monotonic() - self._began, 4), sender, message))

    async def begin(self, root: Path, options: dict[str, Any]) -> None:
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(
                position_encodings=[types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16]
            ),
            text_document=types.TextDocumentClientCapabilities(
                publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
                inlay_hint=types.InlayHintClientCapabilities(),
            ),
            workspace=types.WorkspaceClientCapabilities(
                inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
                configuration=True,
            ),
            window=types.WindowClientCapabilities(work_done_progress=True),
        )
        answer = await self.initialize_async(
            types.InitializeParams(
                process_id=None,
                root_uri=root.as_uri(),
                workspace_folders=[types.WorkspaceFolder(uri=root.as_uri(), name=root.name)],
                capabilities=capabilities,
                initialization_options=options,
            )
        )
        self.encoding = answer.capabilities.position_encoding or "utf-16"
        self.initialized(types.InitializedParams())

    def open(self, path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        uri = path.as_uri()
        self.documents[uri] = text.count("\n") + 1
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text))
        )
        self._ask(uri)
        return uri

    def _on_refresh(self) -> None:
        for uri in self.documents:
            self._ask(uri)

    def _ask(self, uri: str) -> None:
        """Never two questions about one document at once."""
        if uri in self._asking:
            self._ask_again.add(uri)
            return
        self._asking.add(uri)
        whole = types.Range(start=types.Position(0, 0), end=types.Position(self.documents[uri], 0))
        asked = self.protocol.send_request(
            types.TEXT_DOCUMENT_INLAY_HINT,
            types.InlayHintParams(text_document=types.TextDocumentIdentifier(uri=uri), range=whole),
        )
        asked.add_done_callback(lambda _answer: self._answered(uri))

    def _answered(self, uri: str) -> None:
        self._asking.discard(uri)
        if uri in self._ask_again:
            self._ask_again.discard(uri)
            self._ask(uri)

    async def hints(self, uri: str) -> None:
        """One more question about the hints. What the server had to say before, it has said when this is answered."""
        whole = types.Range(start=types.Position(0, 0), end=types.Position(self.documents[uri], 0))
        await self.text_document_inlay_hint_async(
            types.InlayHintParams(text_document=types.TextDocumentIdentifier(uri=uri), range=whole)
        )


def save(events: list[Event], path: Path, places: dict[str, str]) -> None:
    """A session, a message on a line. Paths that mean something on this machine alone get other names."""
    with path.open("w", encoding="utf-8") as out:
        for event in events:
            line = json.dumps({"at": event.at, "sender": event.sender, "message": event.message}, ensure_ascii=False)
            for place, name in places.items():
                line = line.replace(place, name)
            out.write(line + "\n")


def load(path: Path) -> list[Event]:
    with path.open(encoding="utf-8") as lines:
        return [Event(**json.loads(line)) for line in lines]
