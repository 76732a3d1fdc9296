"""Every kind of statement site, with the lines and arms that a run of it must show.

A comment says what is taken: `# arms: True False`; `# not run` stands on a line that is never reached.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from types import CodeType

import pytest

PROGRAMS = {
    "if a == 1, else": """
        def f(a):
            if a == 1:           # arms: True
                return 'one'
            else:
                return 'other'   # not run
        f(1)
        """,
    "the other arm": """
        def f(a):
            if a == 1:           # arms: False
                return 'one'     # not run
            else:
                return 'other'
        f(2)
        """,
    "an if without else": """
        def f(a):
            if a:                # arms: True False
                a = 2
            return a
        f(0), f(1)
        """,
    "an if that ends a function": """
        def f(a):
            if a:                # arms: False
                print(a)         # not run
        f(0)
        """,
    "a finally that leads to two places is no branch": """
        def f(a):
            try:
                if a:            # arms: True False
                    return 1
            finally:
                a = 0
            return a
        f(0), f(1)
        """,
    "elif": """
        def f(a):
            if a == 1:           # arms: False True
                return 1
            elif a == 2:         # arms: False
                return 2         # not run
            elif a == 3:         # arms: True
                return 3
            else:
                return 4         # not run
        f(1), f(3)
        """,
    "short circuits": """
        def f(a, b):
            if a and b:          # arms: False
                return 1         # not run
            if a or b:           # arms: True
                return 2
            return 3             # not run
        f(0, 1), f(1, 0)
        """,
    "chained comparison": """
        def f(a):
            if 1 < a < 10:       # arms: False
                return 1         # not run
            return 2
        f(0), f(20)
        """,
    "not": """
        def f(a):
            if not a:            # arms: True
                return 1
            return 2             # not run
        f(0)
        """,
    "while": """
        def f(n):
            while n:             # arms: True False
                n -= 1
            return n
        f(3)
        """,
    "while that is left by break": """
        def f(n):
            while n:             # arms: True
                break
            else:
                return 1         # not run
            return n
        f(3)
        """,
    "while True is no branch": """
        def f(n):
            while True:
                if n:            # arms: True
                    break
        f(3)
        """,
    "a constant test is no branch": """
        def f():
            if __debug__:
                return 1
        f()
        """,
    "for": """
        def f(items):
            for item in items:   # arms: True False
                item += 1
            return 0
        f([1, 2])
        """,
    "a loop that is always empty": """
        def f(items):
            for item in items:   # arms: False
                item += 1        # not run
            return 0
        f([])
        """,
    "a loop that never completes": """
        def f(items):
            for item in items:   # arms: True
                if item:         # arms: True
                    break
            else:
                return 1         # not run
            return 0
        f([1, 2])
        """,
    "continue": """
        def f(items):
            for item in items:   # arms: True False
                if item:         # arms: True
                    continue
                print(item)      # not run
        f([1, 2])
        """,
    "an empty body": """
        def f(items):
            for item in items:   # arms: True False
                pass
            while not items:     # arms: False
                pass             # not run
        f([1, 2])
        """,
    "async for": """
        async def numbers(n):
            for i in range(n):   # arms: True False
                yield i

        async def f(n):
            async for i in numbers(n):  # arms: True False
                i += 1
            async for i in numbers(0):  # arms: False
                i += 1           # not run
            async for i in numbers(3):  # arms: True
                async for j in numbers(i):  # arms: True False
                    j += 1
                if i == 1:           # arms: True False
                    break
            return [j async for j in numbers(2)]

        def run(coroutine):
            try:
                coroutine.send(None)
            except StopIteration:
                pass
        run(f(2))
        """,
    "an async for that fails": """
        async def failing():
            yield 1
            raise ValueError

        async def f():
            async for i in failing():  # arms: True
                i += 1
        try:
            f().send(None)
        except ValueError:
            pass
        """,
    "match": """
        def f(x):
            match x:
                case 1:          # arms: False
                    return 1     # not run
                case [a, b]:     # arms: True False
                    return a
                case {'k': v} if v:  # arms: False
                    return v     # not run
                case int():      # arms: True
                    return 4
        f([1, 2]), f({'k': 0}) if 0 else f(7), f({'k': 0}) if 0 else 0
        """,
    "match without a match": """
        def f(x):
            match x:
                case 1:          # arms: False
                    return 1     # not run
                case 2:          # arms: False
                    return 2     # not run
            return 3
        f(5)
        """,
    "a last case that is irrefutable is no branch": """
        def f(x):
            match x:
                case 1:          # arms: False
                    return 1     # not run
                case _:
                    return 2
        f(5)
        """,
    "a last case that names what it takes": """
        def f(x):
            match x:
                case 1:          # arms: True False
                    return 1
                case y:
                    return y
        f(5), f(1)
        """,
    "a class body": """
        class C:
            for i in range(2):   # arms: True False
                if i > 5:        # arms: False
                    j = 3        # not run
        """,
    "branches in with": """
        import contextlib
        def f(a):
            with contextlib.nullcontext():
                if a:            # arms: False
                    return 1     # not run
            return 2
        f(0)
        """,
    "branches in except": """
        def f(a):
            try:
                raise ValueError
            except (KeyError, ValueError) as e:
                if a:            # arms: True
                    a = e
            else:
                a = 2            # not run
            return a
        f(1)
        """,
    "a header of several lines": """
        def f(a, b):
            if (                 # head
                a                # arms: True False
                and b
            ):
                return 1
            for i in [           # arms: True False
                1,
            ]:
                a = 2
            return 2
        f(1, 1), f(0, 1)
        """,
    "one-line compound statements": """
        def f(a):
            if a: return 1       # arms: False True
            for b in (1, 2): a = b  # arms: True False
            while a: a -= 1      # arms: True False
        f(0), f(1)
        """,
    "a generator": """
        def g(n):
            while n:             # arms: True False
                if n == 2:       # arms: True False
                    yield n
                n -= 1
        list(g(3))
        """,
    "nested loops": """
        def f(n):
            for i in range(n):   # arms: True False
                for j in range(i):  # arms: True False
                    if j > 7:    # arms: False
                        return j # not run
        f(3)
        """,
    "a lambda in a test": """
        def f(a):
            if (lambda: a)():    # arms: True
                return 1
            return 2             # not run
        f(1)
        """,
    "a comprehension in a test": """
        def f(a):
            if [x for x in a if x]:  # arms: False
                return 1         # not run
            return 2
        f([0])
        """,
}


def expected_arms(text: str) -> set[tuple[int, bool]]:
    return {
        (number, arm == "True")
        for number, line in enumerate(text.splitlines(), 1)
        if (comment := re.search(r"# arms: ([TrueFals ]+)", line))
        for arm in comment[1].split()
    }


def executable_lines(path: Path) -> set[int]:
    lines, pending = set(), [compile(path.read_bytes(), str(path), "exec")]
    while pending:
        code = pending.pop()
        # the line of RESUME is no line event where nothing else is on it
        lines |= {line for start, _, line in code.co_lines() if line and (start > 0 or code.co_name != "<module>")}
        lines -= {0}
        pending += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return lines


@pytest.mark.parametrize("imported", [True, False], ids=["imported", "main script"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_and_arms_of(name, imported, workspace, backend):
    path = workspace.write("program.py", PROGRAMS[name].lstrip("\n"))
    workspace.write("main.py", "import program\n")
    workspace.succeeds("main.py" if imported else "program.py", backend=backend)
    text = path.read_text()
    not_run = {number for number, line in enumerate(text.splitlines(), 1) if "# not run" in line}
    assert workspace.arms("program.py") == expected_arms(text)
    assert workspace.lines("program.py") & not_run == set()
    missing = executable_lines(path) - workspace.lines("program.py") - not_run
    assert missing == set(), textwrap.dedent(text)
