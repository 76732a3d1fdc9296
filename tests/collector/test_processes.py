"""Children of every kind, and processes that do not end in order."""

from __future__ import annotations

import os
import resource
import signal
import subprocess

import pytest

WORK = """
    def work(a):
        if a:
            return 'yes'
        return 'no'
    """


def many_functions(workspace, count):
    """`many.call(i, a)` calls the i-th of so many functions with one branch each. A module holds few of them: LINE is
    quadratic in the size of a code object on 3.12."""
    for first in range(0, count, 500):
        functions = "".join(
            f"def f{i}(a):\n    if a:\n        return {i}\n    return a\n" for i in range(first, first + 500)
        )
        workspace.write(f"many/part{first}.py", functions)
    modules = ", ".join(f"part{first}" for first in range(0, count, 500))
    text = f"from . import {modules}\nMODULES = [{modules}]\ndef call(i, a):\n    getattr(MODULES[i // 500], f'f{{i}}')(a)\n"
    workspace.write("many/__init__.py", text)


def taken_by_function(workspace):
    """The arms that each of them took."""
    taken = {}
    for path, (line, arm) in workspace.all_arms():
        if path.name.startswith("part"):
            taken.setdefault(int(path.stem[4:]) + line // 4, set()).add(arm)
    return taken


def test_a_fork_writes_a_log_of_its_own(workspace, backend):
    workspace.write("mod.py", WORK)
    workspace.write(
        "prog.py",
        """
        import mod, os
        mod.work(0)
        pid = os.fork()
        mod.work(pid == 0)
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    parent, child = workspace.logs()
    assert child.parent_process_id == parent.process_id
    assert (parent.state, child.state) == ("closed", "recording")
    assert workspace.arms("mod.py") == {(3, False), (3, True)}
    [hit] = [hit for hit in child.hits if hit[1] == "line" and hit[2].name == "mod.py"]
    assert hit[3] == 4


def test_a_fork_that_does_nothing_new_leaves_no_log(workspace, backend):
    workspace.write(
        "prog.py",
        "import os\nfor i in range(3):\n    [os._exit, os.waitpid][min(1, pid := os.fork())](*[[0], [pid, 0]][min(1, pid)])\n",
    )
    workspace.succeeds("prog.py", backend=backend)
    assert len(workspace.logs()) == 1


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method, workspace, backend):
    workspace.write("mod.py", WORK)
    workspace.write(
        "prog.py",
        f"""
        import multiprocessing, mod
        def main(a):
            if a > 1:
                mod.work(a)
        if __name__ == '__main__':
            multiprocessing.set_start_method({method!r})
            with multiprocessing.Pool(2) as pool:
                pool.map(main, [1, 2, 3])
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.arms("mod.py") == {(3, True)}
    assert {(4, True), (4, False)} <= workspace.arms("prog.py")


def test_subprocesses_at_any_depth(workspace, backend):
    workspace.write("mod.py", WORK)
    workspace.write("inner.py", "import mod\nmod.work(1)\n")
    workspace.write("middle.py", "import os, sys\nos.system(f'{sys.executable} inner.py')\n")
    workspace.write("prog.py", "import subprocess, sys\nsubprocess.check_call([sys.executable, 'middle.py'])\n")
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.arms("mod.py") == {(3, True)}
    assert len({log.run for log in workspace.logs()}) == 1
    assert len({log.process_id for log in workspace.logs()}) == 3


@pytest.mark.parametrize(
    "end", ["os._exit(3)", "os.abort()", "os.execv('/bin/true', ['true'])", "os.kill(os.getpid(), 9)"]
)
def test_nothing_is_lost_by(end, workspace, backend):
    workspace.write("prog.py", f"import os, resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\nx = 1\n{end}\n")
    workspace.run("prog.py", backend=backend)
    [log] = workspace.logs()
    assert log.state == "recording"
    assert workspace.lines("prog.py") == {1, 2, 3, 4}


def test_a_killed_process_loses_nothing_that_it_had_reported(workspace, backend):
    many_functions(workspace, 3000)
    workspace.write(
        "prog.py",
        "import os, many, signal\nfor i in range(3000):\n    many.call(i, i % 2)\n    os.write(1, b'%d\\n' % i)\nsignal.pause()\n",
    )
    program = workspace.start("prog.py", backend=backend, stdout=subprocess.PIPE)
    reported = [program.stdout.readline() for _ in range(1000)]
    program.send_signal(signal.SIGKILL)
    reported += program.stdout.read().splitlines()
    assert program.wait() == -signal.SIGKILL
    last = int(reported[-1].decode() or reported[-2])
    [log] = workspace.logs()
    assert log.state == "recording"
    taken = taken_by_function(workspace)
    assert all((i % 2 == 1) in taken[i] for i in range(last + 1))


def test_threads(workspace, backend):
    many_functions(workspace, 2000)
    workspace.write(
        "prog.py",
        """
        import many, threading
        def run(k):
            for i in range(2000):
                many.call(i, (i + k) % 2)
        threads = [threading.Thread(target=run, args=(k,)) for k in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    assert taken_by_function(workspace) == {i: {False, True} for i in range(2000)}


def test_closed_descriptors_do_no_harm(workspace, backend):
    many_functions(workspace, 3000)
    workspace.write(
        "prog.py",
        """
        import many, os
        os.closerange(3, 256)
        kept = open('theirs.txt', 'w+')
        for i in range(3000):
            many.call(i, 1)
        kept.write('theirs')
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    assert (workspace.root / "theirs.txt").read_text() == "theirs"
    assert taken_by_function(workspace) == {i: {True} for i in range(3000)}


def test_a_log_that_is_deleted_is_begun_anew(workspace, backend):
    many_functions(workspace, 3000)
    workspace.write(
        "prog.py",
        "import many, shutil\nshutil.rmtree('.branchlight/runs')\nfor i in range(3000):\n    many.call(i, 1)\n",
    )
    assert workspace.succeeds("prog.py", backend=backend).stderr == ""
    assert len(workspace.logs()) == 1
    assert taken_by_function(workspace)[2999] == {True}


def test_a_full_disk_ends_the_recording_and_not_the_program(workspace, backend):
    many_functions(workspace, 3000)
    workspace.write("prog.py", "import many\nfor i in range(3000):\n    many.call(i, 1)\nprint('done')\n")
    workspace.succeeds("prog.py", backend=backend)  # fills the caches

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    outcome = workspace.succeeds("prog.py", backend=backend, preexec_fn=limit)
    assert outcome.stdout == "done\n"
    [line] = outcome.stderr.splitlines()
    assert line.startswith("branchlight: recording ended: ") and line.endswith("File too large")
    log = workspace.logs()[-1]
    assert log.state == "stopped"
    assert len(log.hits) > 500


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_does_no_harm(workspace, backend):
    workspace.write("prog.py", "print('done')\n")
    workspace.directory.mkdir(mode=0o500)
    outcome = workspace.succeeds("prog.py", backend=backend)
    assert outcome.stdout == "done\n" and len(outcome.stderr.splitlines()) == 1


def test_a_file_in_the_place_of_the_folder_does_no_harm(workspace, backend):
    workspace.write("prog.py", "print('done')\n")
    workspace.directory.write_text("")
    outcome = workspace.succeeds("prog.py", backend=backend)
    assert outcome.stdout == "done\n"
    [line] = outcome.stderr.splitlines()
    assert line.startswith("branchlight: recording ended: ")


def test_many_processes_at_once_share_the_cache(workspace):
    workspace.write("mod.py", WORK + "\n    work(1)\n")
    workspace.write("prog.py", "import mod\n")
    programs = [workspace.start("prog.py", backend="markers", stderr=subprocess.PIPE) for _ in range(8)]
    for program in programs:
        assert program.communicate()[1] == b"" and program.returncode == 0
    assert len(workspace.logs()) == 8
    assert all(
        [hit for hit in log.hits if hit[1:] == ("arm", workspace.root / "mod.py", (3, True))]
        for log in workspace.logs()
    )
    assert not list(workspace.directory.rglob("*.new"))


def test_the_second_run_rewrites_nothing(workspace):
    workspace.write("mod.py", WORK + "\n    work(1)\n")
    workspace.write("prog.py", "import mod, sys\nprint('_ast' in sys.modules)\n")
    first = workspace.succeeds("prog.py", backend="markers").stdout
    second = workspace.succeeds("prog.py", backend="markers").stdout
    assert (first, second) == ("True\n", "False\n")


def test_a_damaged_cache_is_made_again(workspace):
    workspace.write("mod.py", WORK + "\n    work(1)\n")
    workspace.write("prog.py", "import mod\n")
    workspace.succeeds("prog.py", backend="markers")
    for left in (20, 50):
        for path in (workspace.directory / "cache").iterdir():
            path.write_bytes(path.read_bytes()[:left])
        workspace.succeeds("prog.py", backend="markers")
        assert all(len(path.read_bytes()) > left for path in (workspace.directory / "cache").iterdir())
    assert workspace.arms("mod.py") == {(3, True)}


def test_the_cache_does_not_grow_when_a_file_is_edited(workspace):
    workspace.write("prog.py", "import mod\n")
    counts = set()
    for edit in range(3):
        workspace.write("mod.py", WORK + f"\n    work({edit})\n")
        workspace.succeeds("prog.py", backend="markers")
        counts.add(len(list((workspace.directory / "cache").iterdir())))
    assert counts == {3}  # of the module, of the program, and of the opcodes
    assert workspace.arms("mod.py") == {(3, True), (3, False)}
