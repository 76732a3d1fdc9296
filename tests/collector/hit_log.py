"""Reads hit logs as docs/hit-log.md describes them. Written from that page, not from the reader in coverage/hitlog: the
tests of the collector must not share a misunderstanding with it."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

HEADER = struct.Struct("=8sIIIIIIQQ16sIIQ48x")
TAGS = {
    0x01: "line",
    0x02: "arm",
    0x03: "left",
    0x04: "right",
    0x05: "call",
    0x06: "test_begin",
    0x07: "test_end",
    0x08: "shared_begin",
    0x09: "shared_end",
    0x0A: "shared_use",
    0x40: "padding",
    0x41: "process",
    0x42: "file",
    0x43: "code",
    0x44: "opcodes",
    0x45: "markers",
    0x46: "test",
    0x47: "note",
}
OUTCOMES = {1: "passed", 2: "failed", 3: "skipped", 4: "interrupted"}


@dataclass(frozen=True)
class Marker:
    test_line: int
    test_column: int
    by_line: int
    arm: bool
    exists: bool


@dataclass(frozen=True)
class Code:
    path: Path
    name: str
    first_line: int
    bytecode: bytes
    locations: bytes


@dataclass
class Log:
    path: Path
    process_id: int
    parent_process_id: int
    interpreter: int
    run: str
    backend: str
    state: str
    records: list[tuple[str, int, int, bytes]]  # tag, small, large, payload
    process: dict = field(default_factory=dict)
    files: dict[int, Path] = field(default_factory=dict)
    hashes: dict[int, int] = field(default_factory=dict)
    codes: dict[int, Code] = field(default_factory=dict)
    markers: dict[int, list[Marker]] = field(default_factory=dict)
    opcodes: dict[int, tuple[str, int]] = field(default_factory=dict)
    tests: dict[int, str] = field(default_factory=dict)
    notes: list[tuple[int, str]] = field(default_factory=list)
    # (owner: a test's id or None, kind, path, ...); kinds: line N, arm (line, bool), jump (code, offset, jumped), call name
    hits: list[tuple] = field(default_factory=list)
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    inherited: list[str] = field(default_factory=list)
    shared: dict[int, list[tuple]] = field(default_factory=dict)  # what ran in it: hits without their owners
    users: dict[int, list[str]] = field(default_factory=dict)  # of a shared part


def read_logs(directory: Path) -> list[Log]:
    """All logs of a `.branchlight` that have a header, in the order in which they were begun."""
    found = (path for path in (directory / "runs").glob("*.hits") if path.stat().st_size >= HEADER.size)
    return [read_log(path) for path in sorted(found, key=lambda path: int(path.stem.split("-")[2], 16))]


def read_log(path: Path) -> Log:
    data = path.read_bytes()
    magic, version, order, size, pid, parent, interpreter, _, created, run, backend, state, allocated = (
        HEADER.unpack_from(data)
    )
    assert (magic, version, order) == (b"BLHITLOG", 1, 0x01020304)
    assert allocated <= len(data)
    assert path.stem == f"{run.hex()}-{pid}-{created:x}"
    log = Log(
        path,
        pid,
        parent,
        interpreter,
        run.hex(),
        {1: "events", 2: "markers", 3: "bookkeeping"}[backend],
        {0: "recording", 1: "closed", 2: "stopped"}[state],
        list(_records(data, size)),
    )
    _interpret(log)
    return log


def _records(data: bytes, at: int):
    while at < len(data):
        (word,) = struct.unpack_from("=Q", data, at)
        tag, small, large = word & 0xFF, word >> 8 & 0xFFFFFF, word >> 32
        if tag == 0:
            return  # behind it may be the payload of a record whose process was killed before it stored the word
        at += 8
        payload = b""
        if tag >= 0x40:
            payload = data[at : at + large]
            assert len(payload) == large
            end = at + (large + 7) // 8 * 8
            if TAGS[tag] != "padding":
                assert not any(data[at + large : end])
            at = end
        yield TAGS[tag], small, large, payload


def _interpret(log: Log) -> None:
    owner = None
    shared: list[int] = []  # that have begun, the outermost first
    for tag, small, large, payload in log.records:
        before = len(log.hits)
        match tag:
            case "process":
                log.process = json.loads(payload)
            case "file":
                log.hashes[small], _ = struct.unpack_from("=QQ", payload)
                log.files[small] = Path(os.fsdecode(payload[16:]))
            case "code":
                file, first_line, name, bytecode, locations, reserved = struct.unpack_from("=6I", payload)
                assert reserved == 0 and 24 + name + bytecode + locations == len(payload)
                at = [24, 24 + name, 24 + name + bytecode, len(payload)]
                parts = [payload[at[i] : at[i + 1]] for i in range(3)]
                log.codes[small] = Code(log.files[file], parts[0].decode(), first_line, parts[1], parts[2])
            case "opcodes":
                at = 0
                while at < len(payload):
                    number, units, length = struct.unpack_from("=HHB", payload, at)
                    log.opcodes[number] = (payload[at + 5 : at + 5 + length].decode(), units)
                    at += 5 + length
            case "markers":
                entries = struct.iter_unpack("=IIIBBH", payload)
                log.markers[small] = [Marker(*entry[:3], bool(entry[3]), bool(entry[4])) for entry in entries]
            case "test":
                log.tests[small] = payload.decode()
            case "note":
                log.notes.append((small, payload.decode()))
            case "test_begin":
                owner = log.tests[small]
                if large == 1:
                    log.inherited.append(owner)
            case "test_end":
                assert owner == log.tests[small]
                log.outcomes.append((owner, OUTCOMES[large]))
                owner = None
            case "shared_begin":
                shared.append(small)
            case "shared_end":
                assert shared.pop() == small
                for user in log.users.get(small, [] if small else [None]):
                    log.hits += [(user, *hit) for hit in log.shared.get(small, ())]
            case "shared_use":
                log.users.setdefault(small, []).append(owner)
                log.hits += [(owner, *hit) for hit in log.shared.get(small, ())]
            case "line":
                log.hits.append((owner, "line", log.files[small], large))
                for marker in log.markers.get(small, ()):
                    if marker.by_line == large:
                        _take(log, owner, small, marker)
            case "arm":
                _take(log, owner, small, log.markers[small][large])
            case "left" | "right":
                code = log.codes[small]
                log.hits.append((owner, "jump", code.path, (code, large, tag == "right")))
            case "call":
                log.hits.append((owner, "call", log.codes[small].path, log.codes[small].name))
        if tag in ("line", "arm", "left", "right", "call"):
            for part in shared:
                log.shared.setdefault(part, []).extend(hit[1:] for hit in log.hits[before:])


def _take(log: Log, owner: str | None, file: int, marker: Marker) -> None:
    # A site whose other arm the compiler has dropped is no choice.
    arms = [
        each
        for each in log.markers[file]
        if each.exists and (each.test_line, each.test_column) == (marker.test_line, marker.test_column)
    ]
    if len(arms) == 2:
        log.hits.append((owner, "arm", log.files[file], (marker.test_line, marker.arm)))
