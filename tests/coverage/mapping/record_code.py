"""Records the code objects that this interpreter makes of a Python source, in the terms of the hit log.

    python record_code.py PROGRAM.py ... > recorded.jsonl

One JSON object a line: the source, the interpreter's opcodes, and each code object with its bytecode and location
table in hexadecimal. The goldens in `recorded/` are made with it (`make_recorded.sh` says how), and test_oracle.py
uses it for the programs that it makes up.
"""

import json
import opcode
import sys
import types
from pathlib import Path


def opcodes():
    caches = getattr(opcode, "_inline_cache_entries", {})
    if isinstance(caches, list):  # 3.12: by number
        caches = {name: caches[number] for name, number in opcode.opmap.items() if number < len(caches)}
    return [[number, caches.get(name, 0), name] for name, number in sorted(opcode.opmap.items()) if number < 256]


def code_objects(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from code_objects(constant)


def record_code(code):
    return {
        "name": code.co_qualname,
        "first_line": code.co_firstlineno,
        "bytecode": code.co_code.hex(),
        "locations": code.co_linetable.hex(),
    }


def record(source, filename="program.py", code=None):
    code = code or compile(source, filename, "exec", dont_inherit=True)
    return {
        "file": filename,
        "interpreter": sys.version.split()[0],
        "source": source,
        "opcodes": opcodes(),
        "codes": [record_code(each) for each in code_objects(code)],
    }


def main():
    for path in sys.argv[1:]:
        source = Path(path).read_bytes().decode()
        print(json.dumps(record(source, Path(path).name), sort_keys=True))


if __name__ == "__main__":
    main()
