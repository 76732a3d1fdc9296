"""What the demo chooses to show, and with which interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from live_view import interpreters, projects
from live_view.interpreters import DemoError


def silent(_words: str) -> None: ...


def fake(path: Path, implementation: str = "cpython", version: str = "[3, 14, 0]", pytest: str = "true") -> Path:
    """Something that answers as an interpreter would."""
    answer = (
        f'{{"implementation": "{implementation}", "version": {version}, "free_threaded": false,'
        f' "executable": "{path}", "pytest": {pytest}}}'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project on a machine without any Python."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "module.py").write_text("if x:\n    pass\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + ":/bin:/usr/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(interpreters, "DEPENDENCIES", tmp_path / "deps")
    real = interpreters.probe
    monkeypatch.setattr(
        interpreters, "probe", lambda origin, path: real(origin, path) if tmp_path in path.parents else None
    )
    return project


def test_with_no_interpreter_it_says_what_to_do(bare: Path) -> None:
    with pytest.raises(DemoError, match=r"\./dev setup.*--python"):
        projects.user_project(bare, None, None, silent)


def test_an_interpreter_that_is_too_old_or_no_cpython_is_passed_over(bare: Path, tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3", version="[3, 11, 7]")
    fake(tmp_path / "bin" / "python", implementation="pypy")
    with pytest.raises(DemoError):
        projects.user_project(bare, None, None, silent)


def test_the_projects_own_environment_comes_before_the_path(bare: Path, tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3.15", version="[3, 15, 0]")
    own = fake(bare / ".venv" / "bin" / "python")
    said: list[str] = []
    assert projects.user_project(bare, None, None, said.append).python == own
    assert ".venv" in said[0]
    assert "3.14.0" in said[0]


def test_the_active_environment_comes_first_and_a_setting_before_it(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(bare / ".venv" / "bin" / "python")
    active = fake(tmp_path / "active" / "bin" / "python")
    named = fake(tmp_path / "named")
    monkeypatch.setenv("VIRTUAL_ENV", str(active.parents[1]))
    assert projects.user_project(bare, None, None, silent).python == active
    assert projects.user_project(bare, str(named), None, silent).python == named


def test_one_with_pytest_is_preferred_and_with_none_it_says_what_to_do(bare: Path, tmp_path: Path) -> None:
    fake(bare / ".venv" / "bin" / "python", pytest="false")
    with pytest.raises(DemoError, match="-m pip install pytest"):
        projects.user_project(bare, None, None, silent)
    other = fake(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python")
    assert projects.user_project(bare, None, None, silent).python == other


def test_modules_with_most_branches_come_first_and_tests_do_not_come(tmp_path: Path) -> None:
    for name, branches in {"few.py": 1, "pkg/many.py": 5, "none.py": 0, "tests/many.py": 9, "test_x.py": 9}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("if x:\n    pass\n" * branches)
    (tmp_path / "broken.py").write_text("if (:\n")
    (tmp_path / ".venv" / "lib").mkdir(parents=True)
    (tmp_path / ".venv" / "lib" / "library.py").write_text("if x:\n    pass\n" * 20)
    assert [path.name for path in projects.modules_by_branches(tmp_path)] == ["many.py", "few.py"]
