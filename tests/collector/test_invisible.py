"""What the program shows of itself is what it shows without us: above all, no line that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

FAILING = """
    import sys, traceback, warnings, inspect

    def deep(n):
        for i in range(n):
            if i > 5:
                pass
            elif i == 3:
                raise ValueError(i)
        while n:
            n -= 1
            if n == 100: print()

    class C:
        def method(self, x):
            match x:
                case 1: raise KeyError(x)
                case 2:
                    with open('/not/there'): pass
                case _ if x > 9:
                    assert x < 10, 'too large'

    def show(function, *arguments):
        try:
            function(*arguments)
        except Exception:
            traceback.print_exc()
            for line in inspect.trace():
                print(line.lineno, line.function, line.code_context)

    show(deep, 5)
    for x in range(12):
        show(C().method, x)
    warnings.warn('here', stacklevel=1)
    print(inspect.getsource(deep), deep.__code__.co_firstlineno, deep.__code__.co_name, deep.__code__.co_filename)
    raise SystemExit(deep.nothing)
    """


def test_tracebacks_are_the_same(workspace, backend):
    workspace.write("fail.py", FAILING)
    workspace.write("prog.py", "import fail\n")
    for program in ("prog.py", "fail.py"):
        plain = workspace.run(program, measured=False)
        assert "ValueError: 3" in plain.stderr + plain.stdout and plain.status == 1
        for _ in range(2):  # with a cold cache, and a warm one
            assert workspace.run(program, backend=backend) == plain


def test_signals_never_find_a_line_without_code(workspace, backend):
    """Interrupts arrive at jumps back to a loop's head; samplers look at any moment."""
    workspace.write(
        "spin.py",
        """
        import signal, sys, threading, time

        lines = set()

        def on_signal(number, frame):
            while frame:
                if frame.f_code.co_filename.endswith('spin.py'):
                    lines.add(frame.f_lineno)
                frame = frame.f_back

        # Markers lie on lines without code, as this one.

        def spin(end):
            n = 0

            while time.monotonic() < end:
                for i in range(20):
                    if i > 50:
                        n += 1

                    # every third
                    if i % 3 == 0:
                        continue

                    while n > 100:
                        break
                match n:
                    case -1:
                        n = 0
        def main():
            signal.signal(signal.SIGALRM, on_signal)
            signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
            end = time.monotonic() + 0.5
            threading.Thread(target=sample, args=(end, threading.get_ident())).start()
            spin(end)
            signal.setitimer(signal.ITIMER_REAL, 0)
            with open(__file__) as text:
                print(len(lines) > 3, sorted(lines - with_code(compile(text.read(), __file__, 'exec'))))

        def with_code(code):
            found = {line for _, _, line in code.co_lines()}
            for constant in code.co_consts:
                if hasattr(constant, 'co_lines'):
                    found |= with_code(constant)
            return found

        def sample(end, main):
            while time.monotonic() < end:
                frame = sys._current_frames()[main]
                on_signal(0, frame)
                time.sleep(0.0003)
        """,
    )
    workspace.write("prog.py", "import spin\nspin.main()\n")
    for _ in range(2):
        assert workspace.succeeds("prog.py", backend=backend).stdout == "True []\n"


def test_warnings_are_shown_once_and_in_the_same_words(workspace, backend):
    workspace.write("mod.py", "def f(x):\n    if x is 5:\n        return '\\d'\n    assert (x, 'always')\nf(1)\n")
    workspace.write("prog.py", "import mod\nimport warnings\nfor i in range(3):\n    warnings.warn('mine')\n")
    for options in ([], ["-W", "error"], ["-W", "ignore"]):
        for path in workspace.root.glob("__pycache__/*"):
            path.unlink()
        plain = workspace.run(*options, "prog.py", measured=False)
        for path in workspace.root.glob("__pycache__/*"):
            path.unlink()
        assert workspace.run(*options, "prog.py", backend=backend) == plain


def test_the_interpreters_own_caches_hold_no_markers(workspace, backend):
    import marshal

    workspace.write("mod.py", "def f(x):\n    if x:\n        for i in x:\n            if i: x = 1\n    return x\n")
    workspace.write("test_mod.py", "import mod\ndef test_f():\n    if mod:\n        assert mod.f([0]) == [0]\n")
    workspace.succeeds("-m", "pytest", "-q", backend=backend)
    cached = list((workspace.root / "__pycache__").glob("*.pyc"))
    assert len(cached) == 2
    for path in cached:
        pending = [marshal.loads(path.read_bytes()[16:])]
        while pending:
            code = pending.pop()
            assert all(line is None or line < 10 for _, _, line in code.co_lines())
            pending += [constant for constant in code.co_consts if hasattr(constant, "co_consts")]


@pytest.mark.parametrize("flag", ["-O", "-OO", "-X dev", "-B", "-P"])
def test_flags_of_the_interpreter_keep_their_meaning(flag, workspace, backend):
    text = """
        'doc'
        import mod, sys
        print(__doc__, mod.f(0), sys.flags)
        """
    workspace.write(
        "mod.py", "def f(x):\n    'doc'\n    if __debug__: x += 1\n    assert x, 'x'\n    return x, f.__doc__\n"
    )
    workspace.write("prog.py", text)
    for _ in range(2):
        measured = workspace.run(*flag.split(), "prog.py", backend=backend, PYTHONPATH=str(workspace.root))
        assert measured == workspace.run(*flag.split(), "prog.py", measured=False, PYTHONPATH=str(workspace.root))
    assert workspace.lines("mod.py")


@pytest.fixture
def rewriting(collector, monkeypatch):
    monkeypatch.syspath_prepend(collector / "branchlight")
    import rewriting

    return rewriting


WITH_ROOM = '''
def f(x):
    """What it does.

    >>> f(1)
    """
    # before its test
    for y in x:
        print(f"""
# {x}

""" + (  # nothing
            # in brackets
        ""))

        if y: print(y)

        # after
    return x
'''


def test_markers_lie_near_by_where_no_code_is(rewriting):
    """Farther than 127 lines from the head of a function each of their events costs a search of its line table."""
    text = WITH_ROOM + "x = 1\n" * 120 + "while x: x = 0\n"
    _, lines, records = rewriting.rewrite_text(text.encode(), "f.py", compile(text, "f.py", "exec"))
    end = len(text.splitlines())
    # In the function lines 15, 17 and 18 are free, neither the text of the f-string nor what lies before the test.
    assert list(memoryview(lines).cast("I")) == [end + 2, end + 3, 15, 17, 18, end + 4]
    assert len(records) == 6 * 16


def test_a_long_table_of_constants_has_the_line_where_it_begins(rewriting):
    """Each line of its own would cost a search of the line table: 20,000 of them took half a minute."""
    rows = "".join(f"    ({i}, 'x'): [{i}, -1.5, {{'a': None}}],\n" for i in range(120))
    for table, lines_left in (
        (f"{{\n{rows}}}", {1}),
        (f"[\n{{\n{rows}}},\nlen,\n]", {1, 2, 124}),  # one that is no constant keeps its line
        (f"{{\n{rows}{{}}: 1}}", set(range(1, 123))),  # as does what raises: this key cannot be hashed
    ):
        text = f"TABLE = {table}\n"
        original = compile(text, "table.py", "exec")
        marked, _, _ = rewriting.rewrite_text(text.encode(), "table.py", original)
        assert {line for _, _, line in marked.co_lines() if line} == lines_left
        if "{}: 1" not in text:
            plain, with_markers = {}, {}
            exec(original, plain)
            exec(marked, with_markers)
            assert with_markers["TABLE"] == plain["TABLE"]


def test_markers_change_no_line_of_the_standard_library(rewriting):
    """Every module of this interpreter that compiles has the same lines with markers: a sample, every tenth."""
    import os
    import warnings

    files = sorted(Path(os.__file__).parent.glob("**/*.py"))
    done = 0
    for path in [path for path in files if "site-packages" not in path.parts][::10]:
        source = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                original = compile(source, str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            rewriting.rewrite_text(source, str(path), original)  # raises where a line would differ
        done += 1
    assert done > 50
