"""Programs that do what programs seldom do: each must end as it does without us, with the same words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hostile_programs import LATE, PROGRAMS, write
from measured import Workspace


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that(name, tmp_path, workspace, backend):
    outcomes = []
    for options in ({"measured": False}, {"backend": backend}, {"backend": backend}):
        write(workspace, name)
        outcomes.append(workspace.run("-B", "prog.py", **options))
        outcomes[-1].stderr = "".join(
            line for line in outcomes[-1].stderr.splitlines(True) if "branchlight: recording ended" not in line
        )
    assert outcomes[1] == outcomes[0], "with a cold cache"
    assert outcomes[2] == outcomes[0], "with a warm cache"
    assert outcomes[0].stdout or "named" in name, outcomes[0]


def in_folder(collector, folder) -> Workspace:
    folder.mkdir(parents=True)
    workspace = Workspace(folder, collector)
    workspace.write("late.py", LATE)
    workspace.write("prog.py", "import late\nprint(late.f(1))\n")
    return workspace


def test_a_path_that_is_not_utf_8(tmp_path, collector, backend):
    workspace = in_folder(collector, Path(os.fsdecode(os.fsencode(tmp_path) + b"/p\xff\xfe")))
    outcome = workspace.succeeds("prog.py", backend=backend)
    assert (outcome.stdout, outcome.stderr) == ("11\n", "")
    assert workspace.arms("late.py") == {(2, True)}


def test_a_very_long_path(tmp_path, collector, backend):
    workspace = in_folder(collector, tmp_path.joinpath(*["d" * 200] * 18))
    outcome = workspace.succeeds("prog.py", backend=backend)
    assert (outcome.stdout, outcome.stderr) == ("11\n", "")
    assert workspace.arms("late.py") == {(2, True)}


def test_a_path_that_leaves_no_room_for_the_logs(tmp_path, collector, backend):
    folder = tmp_path.joinpath(*["d" * 200] * 19)
    workspace = in_folder(collector, folder / ("e" * (4040 - len(str(folder)))))
    outcome = workspace.succeeds("prog.py", backend=backend)
    assert outcome.stdout == "11\n"
    [line] = outcome.stderr.splitlines()
    assert line.startswith("branchlight: recording ended: ") and line.endswith("File name too long")


def test_modules_on_the_path_that_are_named_as_the_librarys(workspace, backend):
    """Ours are on the path from the interpreter's start."""
    for name in ("opcode", "_opcode_metadata", "marshal", "struct"):
        workspace.write(f"lib/{name}.py", f"print('mine: {name}')\n")
    workspace.write("prog.py", "import sys\nprint({'opcode', '_opcode_metadata'} & {*sys.modules})\nimport opcode\n")
    path = str(workspace.root / "lib")
    plain = workspace.run("prog.py", measured=False, PYTHONPATH=path)
    assert plain.stdout == "set()\nmine: opcode\n"
    assert workspace.run("prog.py", backend=backend, PYTHONPATH=path) == plain


def test_descriptors_that_are_all_in_use_end_no_recording(workspace, backend):
    name = "has all descriptors in use"
    write(workspace, name)
    assert workspace.succeeds("prog.py", backend=backend).stderr == ""
    assert 4 * 99 + 3 in workspace.lines("part1100.py")


def test_a_mask_of_the_program_takes_no_rights_of_ours(workspace, backend):
    workspace.write(
        "prog.py", "import os\nos.umask(0o777)\nif os.fork() == 0:\n    x = 1\n    os._exit(0)\nos.wait()\n"
    )
    workspace.succeeds("prog.py", backend=backend)
    assert [log.path.stat().st_mode & 0o777 for log in workspace.logs()] == [0o600] * 2


def test_a_program_that_takes_our_tool_id_is_measured_on(workspace, backend):
    workspace.write("late.py", LATE)
    workspace.write(
        "prog.py",
        """
        import late, sys
        late.f(0)
        sys.monitoring.use_tool_id(4, 'theirs')
        late.f(1)
        import after
        """,
    )
    workspace.write("after.py", "import sys\nif sys:\n    x = 1\n")
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.arms("late.py") == {(2, False), (2, True)}
    assert workspace.lines("late.py") >= {1, 2, 3, 5}
    assert workspace.arms("after.py") == {(2, True)}
    assert workspace.lines("prog.py") >= {2, 3, 4, 5, 6}
    assert not [text for log in workspace.logs() for kind, text in log.notes if kind == 2]


def test_a_tool_id_that_was_taken_away_is_said_in_a_note(workspace, backend):
    write(workspace, "takes a tool that was freed")
    workspace.succeeds("prog.py", backend=backend)
    assert [text for log in workspace.logs() for kind, text in log.notes if kind == 2 and "taken our id" in text]


BRANCHES = "def f{i}(a, b):\n    while a:\n        if b: a -= 1\n        elif a > 3: break\n    for c in b: print(c)\n"


def has_markers(workspace, name: str) -> bool:
    return any(log.markers.get(file) for log in workspace.logs() for file in log.files if log.files[file].name == name)


@pytest.mark.parametrize("raising", ["raise Now", "signal.default_int_handler(number, frame)"])
def test_what_a_signal_handler_raises_reaches_the_program(raising, workspace):
    """Also while a module of it is being rewritten, and then that is done the next time."""
    workspace.write("large.py", "".join(BRANCHES.format(i=i) for i in range(300)))
    workspace.write(
        "prog.py",
        f"""
        import signal
        class Now(Exception): pass
        def handler(number, frame):
            while frame and frame.f_globals['__name__'] != 'branchlight.rewriting': frame = frame.f_back
            if frame:
                signal.setitimer(signal.ITIMER_REAL, 0)
                {raising}
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        try: import large
        except (Now, KeyboardInterrupt): print('now')
        signal.setitimer(signal.ITIMER_REAL, 0)
        import large
        large.f0(1, 'x')
        """,
    )
    assert workspace.succeeds("prog.py", backend="markers").stdout == "now\nx\n"
    assert has_markers(workspace, "large.py")


def test_that_there_was_no_room_once_is_not_remembered(workspace):
    workspace.write("late.py", BRANCHES.format(i=0))
    workspace.write(
        "prog.py",
        """
        import sys
        for room in range(3, 60) if sys.argv[1] == 'little' else [500]:
            sys.setrecursionlimit(room)
            try: import late
            except RecursionError: sys.modules.pop('late', None)
            else: break
        """,
    )
    workspace.succeeds("prog.py", "little", backend="markers")
    assert not has_markers(workspace, "late.py")
    assert any("recursion" in text for log in workspace.logs() for _, text in log.notes)
    workspace.succeeds("prog.py", "much", backend="markers")
    assert has_markers(workspace, "late.py")


def test_builtins_that_the_program_has_replaced_are_not_used(workspace):
    workspace.write("late.py", BRANCHES.format(i=0))
    workspace.write(
        "prog.py",
        """
        import builtins
        def refuse(*arguments, **options): raise AssertionError('not for you')
        kept = {name: getattr(builtins, name) for name in ('open', 'enumerate', 'zip', 'sorted')}
        for name in kept: setattr(builtins, name, refuse)
        try: import late
        finally: vars(builtins).update(kept)
        """,
    )
    workspace.succeeds("prog.py", backend="markers")
    assert has_markers(workspace, "late.py")


def test_a_test_case_that_cannot_be_asked_for_its_name(workspace, backend):
    workspace.write(
        "test_odd.py",
        """
        import unittest
        class Odd(unittest.TestCase):
            def id(self): raise ValueError('never called')
            def test_it(self): self.assertTrue(1)
        class Result(unittest.TestResult):
            failures = property(lambda self: 1, lambda self, value: None)
        result = Result()
        Odd('test_it').run(result)
        print(result.testsRun, result.errors)
        """,
    )
    assert workspace.succeeds("test_odd.py", backend=backend).stdout == "1 []\n"
    assert [name for log in workspace.logs() for name in log.tests.values()] == ["Odd"]
