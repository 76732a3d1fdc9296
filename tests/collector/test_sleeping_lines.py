"""Where LINE sleeps, nothing is lost: what is reached later is reported all the same."""

from __future__ import annotations

# Each function first runs until all its lines within reach have been reported, and then goes somewhere else.
PROGRAM = """\
def loop(n):
    for i in range(n):
        if i == 50:
            late = 1
            later = 2
    after = 3


def delegate(items):
    yield from items
    if len(items) > 50:
        yield "late"


def handler(items):
    for item in items:
        try:
            int(item)
        except ValueError:
            late = 1


def nested(n):
    while n:
        n -= 1
        while n == 70:
            n -= 1
            late = 1
        else:
            if n == 60:
                continue
            if n == 1:
                break
    else:
        never = 1


def thrown():
    try:
        while True:
            yield 1
    except KeyError:
        late = 1
    yield 2


loop(40)
loop(60)
list(delegate([1, 2]))
list(delegate(range(60)))
handler("111111")
handler("1x1")
nested(50)
nested(80)
t = thrown()
next(t)
next(t)
t.throw(KeyError)
"""

NEVER = {PROGRAM.splitlines().index("        never = 1") + 1}


def test_what_is_reached_late_is_reported(workspace, backend):
    workspace.write("prog.py", PROGRAM)
    workspace.succeeds("prog.py", backend=backend)
    code_lines = {number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.strip()}
    # `try:` and `else:` have no code, and from 3.14 on no line
    silent = {n for n in code_lines if PROGRAM.splitlines()[n - 1].strip() in ("try:", "else:")}
    assert code_lines - silent - NEVER <= workspace.lines("prog.py")
    assert not NEVER & workspace.lines("prog.py")


def test_code_that_has_nothing_more_to_tell_sleeps(workspace, backend):
    workspace.write(
        "lib.py",
        """\
        def delegate(items):
            yield from items
            if len(items) > 2:
                yield "many"
            return 1
        """,
    )
    workspace.write(
        "prog.py",
        """\
        import lib
        import sys

        monitoring = sys.monitoring
        tool = next(i for i in range(6) if "branchlight" in str(monitoring.get_tool(i)).lower())

        def line_is_on():
            return bool(monitoring.get_local_events(tool, lib.delegate.__code__) & monitoring.events.LINE)

        list(lib.delegate([1]))
        one_arm = line_is_on()
        list(lib.delegate([1, 2, 3]))
        list(lib.delegate([1]))
        print(one_arm, line_is_on())
        """,
    )
    waits_for_lines = backend != "events"  # the other arm comes with no event of its own
    assert workspace.succeeds("prog.py", backend=backend).stdout == f"{waits_for_lines} False\n"
    assert workspace.lines("lib.py") == {1, 2, 3, 4, 5}


def test_a_generator_that_is_suspended_across_tests_is_still_seen(workspace, backend):
    workspace.write(
        "lib.py",
        """\
        def numbers(n):
            for i in range(n):
                yield i
                a = 1
            b = 2
        """,
    )
    workspace.write(
        "test_lib.py",
        """\
        import lib

        g = lib.numbers(1000)

        def test_first():
            for _ in range(100):
                next(g)
            list(lib.numbers(3))

        def test_second():
            next(g)

        def test_third():
            for _ in g:
                pass
        """,
    )
    workspace.succeeds("-m", "pytest", "-q", "-p", "no:cacheprovider", backend=backend)
    first, second, third = (
        workspace.lines("lib.py", f"test_lib.py::test_{name}") for name in ("first", "second", "third")
    )
    assert {2, 3, 4, 5} <= first
    assert {3, 4} <= second
    assert 5 not in second
    assert {3, 4, 5} <= third
