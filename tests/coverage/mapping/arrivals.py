"""Whether a marker stands for one way of arriving: what leads to its line comes out of its own site's header.

For `python check_library.py`, which has the sites, and the code objects with markers in them.
"""

import functools
import opcode
from dataclasses import dataclass

import record_code

NEVER_GOES_ON = {
    number
    for name, number in opcode.opmap.items()
    if name.startswith(("JUMP_", "RETURN_", "RERAISE", "RAISE_VARARGS", "INTERPRETER_EXIT"))
}
BACKWARD = {number for name, number in opcode.opmap.items() if "BACKWARD" in name or name == "END_ASYNC_FOR"}
JUMPS = set(opcode.hasjrel)
OF_LOOPS = {opcode.opmap[name] for name in ("FOR_ITER", "END_ASYNC_FOR", "END_FOR", "POP_ITER") if name in opcode.opmap}


@functools.cache
def cache_units():
    return {number: units for number, units, _ in record_code.opcodes()}


@dataclass
class Instruction:
    number: int
    position: tuple  # line, column, end line, end column; any may be None
    follows: list  # indexes of instructions
    preceded_by: list

    @property
    def line(self):
        return self.position[0]


def decode(code):
    """The instructions; an exception leads from each that it protects to its handler."""
    units, caches = code.co_code, cache_units()
    positions = [(line, column, end, end_column) for line, end, column, end_column in code.co_positions()]
    instructions, at, jumps = [], {}, []
    argument = offset = 0
    start = 0
    while offset < len(units):
        number, low = units[offset], units[offset + 1]
        argument = argument << 8 | low
        behind = offset + 2 + 2 * caches.get(number, 0)
        if number != opcode.EXTENDED_ARG:
            at[start] = at[offset] = len(instructions)
            if number in JUMPS or number in BACKWARD:
                jumps.append((len(instructions), behind + (-2 if number in BACKWARD else 2) * argument))
            instructions.append(Instruction(number, positions[offset // 2], [], []))
            argument, start = 0, behind
        offset = behind
    for index, instruction in enumerate(instructions):
        if instruction.number not in NEVER_GOES_ON and index + 1 < len(instructions):
            instruction.follows.append(index + 1)
    for index, target in jumps:
        if target in at:  # END_ASYNC_FOR names nothing before 3.14
            instructions[index].follows.append(at[target])
    for protected, handler in handlers(code, at):
        for index in protected:
            instructions[index].follows.append(handler)
    for index, instruction in enumerate(instructions):
        for following in instruction.follows:
            instructions[following].preceded_by.append(index)
    return instructions


def handlers(code, at):
    """(indexes that are protected, index of the handler), from the exception table."""
    table, found = iter(code.co_exceptiontable), []

    def number():
        byte = next(table)
        value = byte & 63
        while byte & 64:
            byte = next(table)
            value = value << 6 | byte & 63
        return value

    try:
        while True:
            start, size, target, _ = 2 * number(), 2 * number(), 2 * number(), number()
            found.append(({at[offset] for offset in range(start, start + size, 2) if offset in at}, at[target]))
    except StopIteration:
        return found


def other_arrivals(code, lines):
    """`lines`: by line, a site's ranges. (line, where from) of all that comes there, but not out of that site's header.

    A line that a statement of the text has may be left and come to again, as `return` behind a `finally`; what counts
    is whether it can be come to without having been come to through the header.
    """
    instructions = decode(code)
    for index, instruction in enumerate(instructions):
        site = lines.get(instruction.line)
        if site is None:
            continue
        strange = [each for each in sources(instructions, index) if not is_of(instructions[each], site)]
        if strange and not only_through(instructions, instruction.line, site, index):
            yield instruction.line, f"line {instructions[strange[0]].line}"


def sources(instructions, index):
    """The instructions before it that are of another line and have a place in the text."""
    line, seen, todo = instructions[index].line, set(), list(instructions[index].preceded_by)
    while todo:
        each = todo.pop()
        if each in seen or instructions[each].line == line:
            continue
        seen.add(each)
        if None in instructions[each].position:
            todo += instructions[each].preceded_by
        else:
            yield each


def is_of(instruction, site):
    line, column, end_line, end_column = instruction.position
    begin, end = (line, column), (end_line, end_column)
    if instruction.number in OF_LOOPS and [*begin] == site["statement"][:2]:
        return True
    header = site["header"]
    return tuple(header[:2]) <= begin and end <= tuple(header[2:])


def only_through(instructions, line, site, goal):
    """Whether all ways from the beginning to `goal` come out of the header to the line."""
    seen, todo = {0}, [0]
    while todo:
        index = todo.pop()
        if index == goal:
            return False
        out_of_header = None not in instructions[index].position and is_of(instructions[index], site)
        for each in instructions[index].follows:
            if each not in seen and not (out_of_header and instructions[each].line == line):
                seen.add(each)
                todo.append(each)
    return True
