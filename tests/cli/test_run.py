"""`branchlight run` and `branchlight env`: the command is the user's, and nothing about it changes."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Project

COUNT_SIGNALS = """\
import signal, sys, time
got = 0
def count(*_):
    global got
    got += 1
signal.signal(signal.SIG{name}, count)
print("ready", flush=True)
end = time.monotonic() + 10
while not got and time.monotonic() < end:
    time.sleep(0.01)
time.sleep(0.3)
print("got", got, flush=True)
"""


def manifests(project: Project) -> list[dict]:
    return [json.loads(path.read_text()) for path in (project.root / ".branchlight/runs").glob("*.json")]


@pytest.mark.parametrize("status", [0, 1, 77])
def test_the_exit_status_is_the_commands(project: Project, status: int) -> None:
    assert project("run", "--", "sh", "-c", f"exit {status}").returncode == status


def test_a_command_that_a_signal_ends_has_128_and_its_number(project: Project) -> None:
    assert project("run", "sh", "-c", "kill -9 $$").returncode == 128 + 9


def test_standard_streams_are_the_commands(project: Project) -> None:
    process = project.popen("run", "sh", "-c", "cat; echo err >&2", stdin=subprocess.PIPE)
    out, err = process.communicate("hello\n", timeout=30)
    assert (out, err) == ("hello\n", "err\n")


def test_modules_and_scripts_get_the_interpreter(project: Project) -> None:
    project.write("tool.py", "import sys; print(sys.executable, sys.argv[1:])")
    assert project.run("tool.py", "-x", "--source").stdout.strip() == f"{sys.executable} ['-x', '--source']"
    assert project.run("-m", "tool", "-h").stdout.strip() == f"{sys.executable} ['-h']"


def test_the_environment_names_the_run(project: Project) -> None:
    project.write("tool.py", "import json, os; print(json.dumps(dict(os.environ)))")
    env = json.loads(project.run("--backend", "markers", "tool.py", env={"PYTHONPATH": "/x"}).stdout)
    (manifest,) = manifests(project)
    assert env["BRANCHLIGHT_RUN"] == manifest["run"]
    assert env["BRANCHLIGHT_DIR"] == str(project.root / ".branchlight")
    assert env["BRANCHLIGHT_ROOT"] == str(project.root)
    assert env["BRANCHLIGHT_BACKEND"] == "markers"
    assert env["PYTHONPATH"].endswith("/site:/x")


def test_the_manifest_says_what_ran_and_how_it_ended(project: Project) -> None:
    project("run", "sh", "-c", "exit 3")
    (manifest,) = manifests(project)
    assert manifest["argv"] == ["sh", "-c", "exit 3"]
    assert manifest["cwd"] == str(project.root)
    assert manifest["exit"] == 3
    assert manifest["started_ns"] <= manifest["ended_ns"] <= time.time_ns()


def test_the_manifest_stands_while_the_command_runs(project: Project) -> None:
    process = project.popen("run", "sh", "-c", "echo ready; read x", stdin=subprocess.PIPE)
    process.stdout.readline()
    (manifest,) = manifests(project)
    assert "ended_ns" not in manifest
    assert manifest["pid"] == process.pid
    process.communicate("\n", timeout=30)


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
@pytest.mark.parametrize("to", ["process", "group"])
def test_a_signal_reaches_the_command_once(project: Project, name: str, to: str) -> None:
    project.write("tool.py", COUNT_SIGNALS.format(name=name))
    process = project.popen("run", "--python", sys.executable, "tool.py", start_new_session=True)
    assert process.stdout.readline() == "ready\n"
    number = getattr(signal, "SIG" + name)
    os.kill(process.pid, number) if to == "process" else os.killpg(process.pid, number)
    assert process.communicate(timeout=30)[0] == "got 1\n"


def test_ctrl_c_on_a_terminal_reaches_the_command_once(project: Project) -> None:
    project.write("tool.py", COUNT_SIGNALS.format(name="INT") + "print(sys.stdin.isatty())")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.root)
        os.execve(project.program, ["branchlight", "run", "--python", sys.executable, "tool.py"], project.environment())
    output = b""

    def read_until(word: bytes) -> None:
        nonlocal output
        end = time.monotonic() + 30
        while word not in output and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                output += os.read(terminal, 4096)

    read_until(b"ready")
    os.write(terminal, b"\x03")
    read_until(b"True")
    assert b"got 1" in output
    assert b"True" in output
    os.waitpid(pid, 0)
    os.close(terminal)


def test_a_command_that_does_not_exist_is_127_as_in_a_shell(project: Project) -> None:
    result = project("run", "no-such-command")
    assert result.returncode == 127
    assert "no-such-command: command not found" in result.stderr
    assert manifests(project) == []


def test_a_file_that_cannot_be_executed_is_126(project: Project) -> None:
    project.write("plain", "")
    result = project("run", "./plain")
    assert result.returncode == 126
    assert "Permission denied" in result.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "there is no command"),
        (["--pyhton", "x", "-m", "y"], "--pyhton"),
        (["--python", "/nowhere/python", "-m", "pytest"], "/nowhere/python: no such file"),
        (["--backend", "magic", "true"], "magic"),
        (["--source", "/nowhere", "true"], "/nowhere"),
    ],
)
def test_wrong_use_is_2_and_says_what_is_wrong(project: Project, words: list[str], says: str) -> None:
    result = project("run", *words)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_where_nothing_can_be_written_the_command_runs_all_the_same(project: Project) -> None:
    project.write("file", "")
    result = project.run("-m", "pytest", "-q", env={"BRANCHLIGHT_DIR": str(project.root / "file" / "x")})
    assert result.returncode == 0
    assert "nothing will be recorded" in result.stderr


def test_a_missing_collector_is_named(project: Project) -> None:
    result = project("run", "true", env={"BRANCHLIGHT_COLLECTOR": "/nowhere"})
    assert result.returncode == 2
    assert "BRANCHLIGHT_COLLECTOR" in result.stderr


def test_source_narrows_what_is_measured(project: Project) -> None:
    project.write("pkg/inner.py", "x = 1\n")
    project.write("outer.py", "import sys; sys.path.insert(0, 'pkg'); import inner\n")
    project.run("--source", "pkg", "outer.py")
    report = project("report").stdout
    assert "pkg/inner.py" in report
    assert "outer.py" not in report


def test_env_makes_a_shell_measure(project: Project, tmp_path: Path) -> None:
    script = f'eval "$({project.program} env)" && {sys.executable} -c "import price; price.total([1])"'
    result = subprocess.run(
        ["sh", "-c", script], check=False, cwd=project.root, env=project.environment(), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert "price.py:4: if i > 10: never True" in project("report").stdout


def test_env_as_json_for_tools(project: Project) -> None:
    variables = json.loads(project("env", "--format", "json", "--backend", "markers").stdout)
    assert variables["BRANCHLIGHT_DIR"] == str(project.root / ".branchlight")
    assert variables["BRANCHLIGHT_BACKEND"] == "markers"


def test_env_where_a_path_is_not_utf_8(project: Project) -> None:
    folder = project.root / os.fsdecode(b"p\xff")
    folder.mkdir()
    (folder / "pytest.ini").touch()
    odd = os.fsencode(folder)
    script = f'eval "$({project.program} env)" && printf %s "$BRANCHLIGHT_ROOT"'
    assert subprocess.check_output(["sh", "-c", script], cwd=odd, env=project.environment()) == odd
    command = [project.program, "env", "--format", "json"]
    refused = subprocess.run(command, check=False, cwd=odd, env=project.environment(), capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is not UTF-8" in refused.stderr and "--format shell" in refused.stderr


def test_env_quotes_what_a_shell_would_split(project: Project) -> None:
    odd = project.root / "it's a $HOME"
    odd.mkdir()
    (odd / "pytest.ini").write_text("")
    script = f'eval "$({project.program} env)" && printf %s "$BRANCHLIGHT_ROOT"'
    assert subprocess.run(
        ["sh", "-c", script], check=False, cwd=odd, env=project.environment(), capture_output=True, text=True
    ).stdout == str(odd)


def folded_runs(project: Project) -> int:
    with contextlib.closing(sqlite3.connect(project.root / ".branchlight/state.sqlite")) as state:
        (count,) = state.execute("SELECT count(*) FROM runs").fetchone()
    return count


def test_what_a_run_found_outlives_an_edit_of_the_text(project: Project) -> None:
    project.pytest()
    assert folded_runs(project) == 0  # that is left to whoever asks
    source = project.root / "price.py"
    source.write_text("# a line above\n" + source.read_text())
    report = project("report").stdout
    assert "price.py:4: if i > 10: never False; would go to line 7" in report
    assert "these numbers are of the text that ran:\n  price.py" in report
    assert folded_runs(project) == 1


def test_logs_that_nobody_reads_do_not_gather_for_ever(project: Project) -> None:
    project.pytest()
    with (project.root / ".branchlight/runs" / f"{'0' * 32}-1-1.hits").open("wb") as log:
        log.truncate(200 * 1024 * 1024)  # a hole; it stands for a dozen large logs
    assert folded_runs(project) == 0
    project.pytest()
    assert folded_runs(project) == 2
