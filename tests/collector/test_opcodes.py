"""What the bytecode means is read from the library once, and then from the cache: its import is a good part of a start."""

import opcode
import random

import pytest
from measured import Workspace

PROGRAM = "for i in (1, 2):\n    if i == 1:\n        x = 1\n"
TAKEN = {(1, True), (1, False), (2, True), (2, False)}


def imports_opcode(workspace: Workspace) -> bool:
    workspace.write("prog.py", PROGRAM)
    outcome = workspace.succeeds("-X", "importtime", "prog.py")
    return any(line.split("|")[-1].strip() == "opcode" for line in outcome.stderr.splitlines())


def damaged(data: bytes) -> dict[str, bytes]:
    at = random.Random(1).randrange(len(data))
    return {
        "empty": b"",
        "cut off": data[: len(data) // 2],
        "longer": data + b"\0",
        "a bit": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "noise": random.Random(2).randbytes(len(data)),
    }


def test_only_the_first_process_imports_the_librarys(workspace: Workspace) -> None:
    assert [imports_opcode(workspace) for _ in range(3)] == [True, False, False]
    logs = workspace.logs()
    assert len(logs) == 3
    for log in logs:
        real = {number: name for name, number in opcode.opmap.items() if number < 256}
        assert {number: name for number, (name, _) in log.opcodes.items()} == real
        assert log.opcodes == logs[0].opcodes
    assert workspace.arms("prog.py") == TAKEN


@pytest.mark.parametrize("damage", ["empty", "cut off", "longer", "a bit", "noise"])
def test_what_is_damaged_is_made_again(workspace: Workspace, damage: str) -> None:
    assert imports_opcode(workspace)
    [kept] = (workspace.directory / "cache").glob("opcodes-*")
    good = kept.read_bytes()
    kept.write_bytes(damaged(good)[damage])
    assert imports_opcode(workspace)
    assert kept.read_bytes() == good
    assert not imports_opcode(workspace)
    assert workspace.arms("prog.py") == TAKEN


def test_a_cache_that_cannot_be_written_is_done_without(workspace: Workspace) -> None:
    workspace.directory.mkdir()
    (workspace.directory / "cache").write_text("no folder")
    assert [imports_opcode(workspace) for _ in range(2)] == [True, True]
    assert workspace.arms("prog.py") == TAKEN
