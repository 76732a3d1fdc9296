"""The bytes between client and server: what is malformed, what is unknown, what ends a session."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from workspace import Workspace, environment

pytestmark = pytest.mark.asyncio

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "initialized", "params": {}}

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED = -32002


class Wire:
    """A server, byte by byte."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def send(self, message: Any) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := (await asyncio.wait_for(self.process.stdout.readline(), 10)).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return json.loads(await asyncio.wait_for(self.process.stdout.readexactly(length), 10))

    async def answer(self) -> dict[str, Any]:
        """The next message that is an answer."""
        while "method" in (message := await self.receive()):
            pass
        return message

    async def begin(self) -> None:
        self.send(INITIALIZE)
        assert "result" in await self.answer()
        self.send(INITIALIZED)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def status(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 10)


@pytest_asyncio.fixture
async def wire(branchlight: Path, workspace: Workspace) -> AsyncIterator[Wire]:
    process = await asyncio.create_subprocess_exec(
        str(branchlight),
        "lsp",
        cwd=workspace.root,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    yield Wire(process)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def test_a_message_in_pieces_of_one_byte(wire: Wire) -> None:
    body = json.dumps(INITIALIZE).encode()
    for byte in b"Content-Length: %d\r\n\r\n%b" % (len(body), body):
        wire.send_bytes(bytes([byte]))
        await asyncio.sleep(0)
    assert (await wire.answer())["id"] == 1


async def test_two_messages_in_one_piece(wire: Wire) -> None:
    bodies = [json.dumps(INITIALIZE | {"id": number}).encode() for number in (1, 2)]
    wire.send_bytes(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies))
    assert (await wire.answer())["id"] == 1
    second = await wire.answer()
    assert second["id"] == 2
    assert second["error"]["code"] == INVALID_REQUEST


async def test_a_body_that_is_no_json_is_a_parse_error_and_the_session_goes_on(wire: Wire) -> None:
    wire.send(b"{ this is not JSON")
    answer = await wire.answer()
    assert answer["error"]["code"] == PARSE_ERROR
    assert answer["id"] is None
    wire.send(INITIALIZE)
    assert "result" in await wire.answer()


async def test_a_body_that_is_no_utf_8_is_a_parse_error(wire: Wire) -> None:
    wire.send(b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}')
    assert (await wire.answer())["error"]["code"] == PARSE_ERROR


async def test_json_that_is_no_message_is_an_invalid_request(wire: Wire) -> None:
    wire.send([])
    assert (await wire.answer())["error"]["code"] == INVALID_REQUEST


async def test_requests_before_initialize_are_refused(wire: Wire) -> None:
    wire.send({"jsonrpc": "2.0", "id": "early", "method": "textDocument/hover", "params": {}})
    answer = await wire.answer()
    assert answer["id"] == "early"
    assert answer["error"]["code"] == NOT_INITIALIZED


async def test_an_unknown_method_is_not_found(wire: Wire) -> None:
    await wire.begin()
    wire.send({"jsonrpc": "2.0", "method": "nobody/knowsThis"})
    wire.send({"jsonrpc": "2.0", "method": "$/mayBeIgnored"})
    wire.send({"jsonrpc": "2.0", "id": "a string", "method": "nobody/knowsThisEither"})
    answer = await wire.answer()
    assert answer["id"] == "a string"
    assert answer["error"]["code"] == METHOD_NOT_FOUND


async def test_wrong_parameters_are_an_error_of_that_request_alone(wire: Wire) -> None:
    await wire.begin()
    wire.send({"jsonrpc": "2.0", "id": 7, "method": "textDocument/inlayHint", "params": {"textDocument": 3}})
    answer = await wire.answer()
    assert answer["id"] == 7
    assert answer["error"]["code"] == INVALID_PARAMS
    wire.send({"jsonrpc": "2.0", "id": 8, "method": "shutdown"})
    assert await wire.answer() == {"jsonrpc": "2.0", "id": 8, "result": None}


async def test_a_header_without_a_length_does_not_hang_the_server(wire: Wire) -> None:
    wire.send_bytes(b"Content-Type: text/plain\r\n\r\n")
    wire.close()
    assert await wire.status() is not None


async def test_a_length_past_every_measure_is_refused(wire: Wire) -> None:
    wire.send_bytes(b"Content-Length: 99999999999999999999\r\n\r\n")
    wire.close()
    await wire.status()


async def test_shutdown_and_exit_end_it_with_0(wire: Wire) -> None:
    await wire.begin()
    wire.send({"jsonrpc": "2.0", "id": 2, "method": "shutdown"})
    assert (await wire.answer())["result"] is None
    wire.send({"jsonrpc": "2.0", "method": "exit"})
    assert await wire.status() == 0


async def test_exit_without_shutdown_ends_it_with_1(wire: Wire) -> None:
    await wire.begin()
    wire.send({"jsonrpc": "2.0", "method": "exit"})
    assert await wire.status() == 1


async def test_the_end_of_the_input_ends_it(wire: Wire) -> None:
    await wire.begin()
    wire.close()
    assert await wire.status() == 1


async def test_the_end_of_the_input_in_the_middle_of_a_message_ends_it(wire: Wire) -> None:
    wire.send_bytes(b"Content-Length: 100\r\n\r\n{")
    wire.close()
    assert await wire.status() == 1


async def test_the_death_of_the_client_ends_it(wire: Wire) -> None:
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(1000)")
    wire.send(INITIALIZE | {"params": {**INITIALIZE["params"], "processId": client.pid}})
    await wire.answer()
    client.send_signal(signal.SIGKILL)
    await client.wait()
    assert await wire.status() == 1


async def test_nothing_but_messages_on_standard_output(branchlight: Path, workspace: Workspace) -> None:
    process = await asyncio.create_subprocess_exec(
        str(branchlight),
        "lsp",
        cwd=workspace.root,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    body = json.dumps(INITIALIZE).encode()
    out, _ = await asyncio.wait_for(process.communicate(b"Content-Length: %d\r\n\r\n%b" % (len(body), body)), 10)
    while out:
        head, _, rest = out.partition(b"\r\n\r\n")
        assert head.startswith(b"Content-Length: "), out[:200]
        length = int(head.split(b":")[1].split()[0])
        json.loads(rest[:length])
        out = rest[length:]
    assert not (workspace.root / ".branchlight").exists()
