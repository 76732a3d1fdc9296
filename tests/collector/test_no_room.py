"""Where a log cannot be written, or not on, the program runs as it would have, and one line says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from measured import Outcome
from test_processes import many_functions

CALLS = "import many, sys\nfor i in range(3000):\n    many.call(i, 1)\nprint('done')\nsys.exit(7)\n"
# A file system of the test's own, seen by nobody else and gone with its process; what lies in it is kept.
MOUNTED = """
    mount -t tmpfs -o size=300k,mode=700 tmpfs .branchlight/runs || exit 99
    {then}
    "$@"
    status=$?
    cp -r .branchlight/runs kept
    exit $status
    """


def unshare() -> list[str]:
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def can_mount() -> bool:
    command = [*unshare(), "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(command, capture_output=True, check=False).returncode == 0


mounts = pytest.mark.skipif(not can_mount(), reason="no mount namespaces here")


def run_mounted(workspace, backend: str, then: str = "") -> Outcome:
    (workspace.directory / "runs").mkdir(parents=True, exist_ok=True)
    shell = [*unshare(), "sh", "-c", MOUNTED.format(then=then), "sh", sys.executable, "prog.py"]
    environment = workspace.environment(backend=backend)
    ended = subprocess.run(shell, cwd=workspace.root, env=environment, capture_output=True, text=True, check=False)
    return Outcome(ended.returncode, ended.stdout, ended.stderr)


def logs_of_the_mount(workspace):
    shutil.rmtree(workspace.directory / "runs")
    (workspace.root / "kept").rename(workspace.directory / "runs")
    return workspace.logs()


def says_once(outcome: Outcome, why: str) -> None:
    assert (outcome.status, outcome.stdout) == (7, "done\n"), outcome
    [line] = outcome.stderr.splitlines()
    assert line.startswith("branchlight: recording ended: ") and line.endswith(why), line


@mounts
def test_a_disk_that_is_full(workspace, backend):
    many_functions(workspace, 3000)
    workspace.write("prog.py", CALLS)
    says_once(run_mounted(workspace, backend), "No space left on device")
    [log] = logs_of_the_mount(workspace)
    assert log.state == "stopped"
    assert len(log.hits) > 500


@mounts
def test_a_disk_that_is_full_from_the_start(workspace, backend):
    workspace.write("prog.py", "import sys\nprint('done')\nsys.exit(7)\n")
    says_once(
        run_mounted(workspace, backend, "head -c 1m /dev/zero >.branchlight/runs/full 2>/dev/null"),
        "No space left on device",
    )
    assert logs_of_the_mount(workspace) == []


@mounts
def test_a_folder_that_is_read_only(workspace, backend):
    workspace.write("prog.py", "import sys\nprint('done')\nsys.exit(7)\n")
    says_once(run_mounted(workspace, backend, "mount -o remount,ro .branchlight/runs"), "Read-only file system")


def test_a_folder_that_is_missing(workspace, backend):
    workspace.write("prog.py", "import sys\nprint('done')\nsys.exit(7)\n")
    missing = str(workspace.root / "no" / "such" / "folder")
    says_once(workspace.run("prog.py", backend=backend, BRANCHLIGHT_DIR=missing), "No such file or directory")


def test_no_room_for_the_map(workspace, backend):
    """The address space ends before the next chunk, with all code loaded and nothing more to be allocated."""
    many_functions(workspace, 3000)
    workspace.write(
        "prog.py",
        """
        import many, resource, sys
        calls = [(i, 1) for i in range(3000)]
        pages = int(open('/proc/self/statm').read().split()[0])
        limit = (pages + 20) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for i, a in calls:
            many.call(i, a)
        print('done')
        sys.exit(7)
        """,
    )
    says_once(workspace.run("prog.py", backend=backend), "Cannot allocate memory")
    [log] = workspace.logs()
    assert log.state == "stopped"
    assert log.hits


TOO_LARGE = """
    import many, os, resource, signal, sys
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    kept, theirs = os.dup(2), os.open('theirs.txt', os.O_RDWR | os.O_CREAT)
    if sys.argv[1] == 'captured': os.dup2(theirs, 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    for i in range(3000):
        many.call(i, 1)
    os.dup2(kept, 2)
    print('done', os.read(theirs, 10))
    """


def test_no_word_into_what_is_no_standard_error_any_more(workspace, backend):
    """As under a test that captures it: the line comes at the end."""
    many_functions(workspace, 3000)
    workspace.write("prog.py", TOO_LARGE)
    outcome = workspace.succeeds("prog.py", "captured", backend=backend)
    assert outcome.stdout == "done b''\n"
    [line] = outcome.stderr.splitlines()
    assert line.startswith("branchlight: recording ended: ") and line.endswith("File too large")


@pytest.mark.parametrize("reader", ["gone", "asleep"])
def test_no_word_where_nobody_reads(reader, workspace, backend):
    """It would kill the program (SIGPIPE), or wait for ever."""
    many_functions(workspace, 3000)
    workspace.write("prog.py", TOO_LARGE)
    read, written = os.pipe()
    os.set_blocking(written, False)
    try:
        while reader == "asleep":
            os.write(written, bytes(4096))
    except BlockingIOError:
        os.set_blocking(written, True)
    if reader == "gone":
        os.close(read)
    program = workspace.start("prog.py", "plain", backend=backend, stdout=subprocess.PIPE, stderr=written)
    os.close(written)
    assert program.communicate(timeout=60)[0] == b"done b''\n" and program.returncode == 0
    assert workspace.logs()[-1].state == "stopped"
    if reader == "asleep":
        os.close(read)
