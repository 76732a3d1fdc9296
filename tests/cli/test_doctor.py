"""`branchlight doctor` in trouble of many kinds: it finds it, and says what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Project

BEFORE_3_14 = sys.version_info < (3, 14)


def doctor(project: Project, *words: str, python: str = sys.executable, **options) -> tuple[int, str]:
    result = project("doctor", "--python", python, *words, **options)
    assert result.stderr == ""
    return result.returncode, result.stdout


def wrapper(project: Project, line: str) -> str:
    """An interpreter that is a script around ours."""
    path = project.write("wrapped", f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


def test_where_all_is_well_it_says_so(project: Project) -> None:
    project.pytest()
    status, text = doctor(project)
    assert status == 0, text
    assert "its lines and branches came back as they ran" in text
    assert "Nothing is wrong." in text
    assert "WRONG" not in text


def test_it_leaves_nothing_behind(project: Project) -> None:
    project.pytest()
    before = sorted((project.root / ".branchlight/runs").iterdir())
    doctor(project)
    assert sorted((project.root / ".branchlight/runs").iterdir()) == before


def test_an_interpreter_that_is_too_old(project: Project) -> None:
    old = next(
        (
            p
            for v in ("3.11", "3.10", "3.9", "3.8")
            if (p := shutil.which(f"python{v}")) or (_pyenv(v) and (p := _pyenv(v)))
        ),
        None,
    )
    if old is None or subprocess.run([old, "-c", ""], check=False, capture_output=True).returncode != 0:
        facts = "import sys; sys.version_info = (3, 11, 0); exec(open(sys.argv[1]).read())"
        old = wrapper(project, f"exec {sys.executable} -c '{facts}' \"$@\"")
    status, text = doctor(project, python=str(old))
    assert status == 1
    assert "older than 3.12" in text
    assert "Choose a CPython of 3.12 or later" in text


def _pyenv(version: str) -> str | None:
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    return str(found[0]) if found else None


def test_an_interpreter_that_ignores_pythonpath(project: Project) -> None:
    status, text = doctor(project, python=wrapper(project, f'exec {sys.executable} -E "$@"'))
    assert status == 1
    assert "ignores PYTHONPATH" in text
    assert "-I, -E or -S" in text


def test_an_interpreter_that_does_not_run(project: Project) -> None:
    status, text = doctor(project, python=wrapper(project, "echo broken; exit 3"))
    assert status == 1
    assert "does not run a program:\nbroken" in text


def test_pytest_is_missing(project: Project, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty"], check=True)
    status, text = doctor(project, python=str(tmp_path / "empty"))
    assert status == 1
    assert "pytest is not installed" in text
    assert "-m pip install pytest" in text


def test_all_tool_ids_are_taken(project: Project, tmp_path: Path) -> None:
    taken = "import sys\nfor i in range(6):\n    if sys.monitoring.get_tool(i) is None: sys.monitoring.use_tool_id(i, 'other')\n"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (folder,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (folder / "greedy.py").write_text(taken)
    (folder / "greedy.pth").write_text("import greedy\n")
    status, text = doctor(project, python=str(tmp_path / "env"))
    assert status == 1
    assert "all six of CPython's monitoring tools" in text
    assert "Switch one of them off" in text


def test_the_folder_cannot_be_written(project: Project) -> None:
    project.write("file", "")
    status, text = doctor(project, env={"BRANCHLIGHT_DIR": str(project.root / "file" / "x")})
    assert status == 1
    assert "cannot be made" in text
    assert "BRANCHLIGHT_DIR" in text


@pytest.mark.parametrize(
    ("offset", "value", "says", "advice"),
    [
        (8, b"\x63\0\0\0", "format version 99", "different versions met"),
        (12, b"\x01\x02\x03\x04", "other byte order", "another machine"),
        (0, b"NONSENSE", "not a hit log", "branchlight erase"),
    ],
)
def test_a_log_that_cannot_be_read(project: Project, offset: int, value: bytes, says: str, advice: str) -> None:
    project.pytest()
    (log,) = (project.root / ".branchlight/runs").glob("*.hits")
    content = bytearray(log.read_bytes())
    content[offset : offset + len(value)] = value
    log.write_bytes(content)
    status, text = doctor(project)
    assert status == 1
    assert log.name in text
    assert says in text
    assert advice in text


def test_a_log_that_was_cut_off(project: Project) -> None:
    project.pytest()
    (log,) = (project.root / ".branchlight/runs").glob("*.hits")
    log.write_bytes(log.read_bytes()[:200])
    status, text = doctor(project)
    assert status == 1
    assert "cut it off" in text


def test_a_damaged_database(project: Project) -> None:
    project.pytest()
    project.write(".branchlight/state.sqlite", "no database " * 1000)
    status, text = doctor(project)
    assert status == 1
    assert "put aside as state.sqlite.damaged-" in text
    assert "Run the tests again" in text


def test_files_that_changed_since(project: Project) -> None:
    project.pytest()
    project.write("price.py", "x = 1\n")
    status, text = doctor(project)
    assert status == 0
    assert "have changed since they ran" in text
    assert str(project.root / "price.py") in text


def test_a_limit_that_fails_runs_of_some_of_the_tests(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --cov=price --cov-fail-under=90\n")
    _, text = doctor(project)
    assert "a run of some of the tests fails" in text
    assert "--no-cov" in text
    assert ("rules out our fast way" in text) == BEFORE_3_14


@pytest.mark.parametrize(
    "addopts", ["--cov=price --cov=shop --cov-config=ci.cfg", "--cov price --cov shop --cov-config ci.cfg -q"]
)
def test_options_of_pytest_cov_that_are_not_read(project: Project, addopts: str) -> None:
    project.write("pytest.ini", f"[pytest]\naddopts = {addopts}\n")
    text = doctor(project)[1]
    assert "--cov=price, shop in " in text
    assert "source = price, shop in [run]" in text
    assert "COVERAGE_RCFILE=ci.cfg" in text


def test_options_of_pytest_cov_that_say_what_is_read_anyway(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\naddopts = --cov --cov-config=.coveragerc --cov=price\n")
    project.write(".coveragerc", "[run]\nsource = price\n")
    assert "is not read" not in doctor(project)[1]


def test_tox_that_keeps_the_environment_out(project: Project) -> None:
    project.write("tox.ini", "[testenv]\ncommands = pytest\n")
    text = doctor(project)[1]
    assert "tox gives its commands an environment without PYTHONPATH" in text
    assert "pass_env = BRANCHLIGHT_*,PYTHONPATH" in text
    project.write("tox.ini", "[testenv]\npass_env = BRANCHLIGHT_*,PYTHONPATH\ncommands = pytest\n")
    assert "tox gives" not in doctor(project)[1]


def test_a_script_that_keeps_the_collector_out(project: Project, tmp_path: Path) -> None:
    script = tmp_path / "bin" / "pytest"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable} -sE\n")
    script.chmod(0o755)
    status, text = doctor(project, env={"PATH": f"{script.parent}:/usr/bin:/bin"})
    assert status == 1
    assert f"{script} starts Python with options that keep the collector out" in text


def test_an_interpreter_below_run_that_was_refused(project: Project) -> None:
    project.write(".branchlight/refused/x.txt", "/usr/bin/python2.7\nPython 2.7 is older than 3.12\n")
    assert "/usr/bin/python2.7 ran below `branchlight run` and was not measured" in doctor(project)[1]


def test_wrong_use(project: Project) -> None:
    result = project("doctor", "--python", "/nowhere")
    assert result.returncode == 2
    assert "/nowhere: no such file" in result.stderr
