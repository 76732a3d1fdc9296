"""From a jump's direction to the arm of a site, for the tests' small programs: an oracle on `ast` and `dis` of the
interpreter that ran them. It knows statements that do not share a line, and nothing of `coverage/mapping`."""

from __future__ import annotations

import ast
import dis
from functools import cache
from pathlib import Path
from types import CodeType


@cache
def arm_of(path: Path, name: str, bytecode: bytes, offset: int, jumped: bool) -> tuple[int, bool] | None:
    """(line of the test, arm), or None for a jump that decides nothing about a statement."""
    instructions = _instructions(path, name, bytecode)
    offsets = sorted(instructions)
    jump = instructions[offset]
    site = _site(path, jump)
    if site is None:
        return None
    test, body = site
    if jump.opname in ("FOR_ITER", "END_ASYNC_FOR", "END_SEND", "NOT_TAKEN", "CLEANUP_THROW"):
        return test[0][0], not jumped
    at = _target(jump) if jumped else offsets[offsets.index(offset) + 1]
    while True:
        instruction = instructions[at]
        place = _place(instruction)
        if place and _inside(place, body):
            return test[0][0], True
        if instruction.opname.startswith(("JUMP_FORWARD", "JUMP_BACKWARD")):
            at = _target(instruction)
            continue
        if place and _inside(place, test) and not instruction.opname.startswith("RETURN"):
            if _target(instruction) is not None:
                return None  # a short circuit
            at = offsets[offsets.index(at) + 1]
            continue
        return test[0][0], False


def _target(instruction: dis.Instruction) -> int | None:
    return instruction.argval if instruction.opcode in (*dis.hasjrel, *dis.hasjabs) else None


@cache
def _instructions(path: Path, name: str, bytecode: bytes) -> dict[int, dis.Instruction]:
    code = _codes(path)[name, bytecode]
    return {instruction.offset: instruction for instruction in dis.get_instructions(code)}


@cache
def _codes(path: Path) -> dict[tuple[str, bytes], CodeType]:
    found, pending = {}, [compile(path.read_bytes(), str(path), "exec", dont_inherit=True)]
    while pending:
        code = pending.pop()
        found[code.co_qualname, code.co_code] = code
        pending += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_bytes())))


def _range(first: ast.AST, last: ast.AST) -> tuple:
    return (first.lineno, first.col_offset), (last.end_lineno, last.end_col_offset)


def _place(instruction) -> tuple | None:
    p = instruction.positions
    return None if p is None or p.lineno is None else ((p.lineno, p.col_offset), (p.end_lineno, p.end_col_offset))


def _inside(place: tuple, outer: tuple) -> bool:
    return outer[0] <= place[0] and place[1] <= outer[1]


def _site(path: Path, jump) -> tuple | None:
    place = _place(jump)
    if place is None:
        return None
    nodes = _nodes(path)
    comprehensions = [_range(node, node) for node in nodes if isinstance(node, ast.ListComp)]
    if any(_inside(place, comprehension) and place != comprehension for comprehension in comprehensions):
        return None
    for node in nodes:
        match node:
            # 3.12 gives FOR_ITER the place of the whole statement
            case ast.For() if place in (_range(node.iter, node.iter), _range(node, node)):
                return _range(node.iter, node.iter), _range(node.body[0], node.body[-1])
            case ast.AsyncFor() if place == _range(node, node):
                return _range(node.iter, node.iter), _range(node.body[0], node.body[-1])
            case _ if jump.opname == "FOR_ITER":
                continue  # of a comprehension, which on 3.12 has the place of the whole test
            case ast.If() | ast.While() if _inside(place, _range(node.test, node.test)):
                return _range(node.test, node.test), _range(node.body[0], node.body[-1])
            case ast.match_case() if _inside(place, _range(node.pattern, node.guard or node.pattern)):
                return _range(node.pattern, node.guard or node.pattern), _range(node.body[0], node.body[-1])
    return None
