"""`branchlight import`: coverage.py's own data, made here by the interpreter that runs these tests."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OLDER_DATA, RICH, RICH_TESTS, Project

# Quicker than pytest, and the same calls.
DRIVE = """\
import sys
import test_rich

for name in sys.argv[1:] or ["test_none", "test_one", "test_vip"]:
    getattr(test_rich, name)()
"""
CORES = ["ctrace", "sysmon"]


@pytest.fixture
def rich(empty_project: Project) -> Project:
    empty_project.write("pytest.ini", "[pytest]\n")
    empty_project.write("rich.py", RICH)
    empty_project.write("test_rich.py", RICH_TESTS)
    empty_project.write("drive.py", DRIVE)
    return empty_project


def measure(project: Project, *options: str, **env: str) -> None:
    project.coverage("run", *options, "--include=*rich.py", "drive.py", **env)


def table(project: Project) -> str:
    return project("report").stdout


@pytest.mark.parametrize("core", CORES)
def test_the_numbers_are_those_of_the_data(rich: Project, tmp_path: Path, core: str) -> None:
    measure(rich, "--branch", COVERAGE_CORE=core)
    result = rich("import")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Imported 2 files from .coverage, measured 20" in result.stdout
    ours, theirs = rich.reports(tmp_path)
    assert ours["totals"] == theirs["totals"]
    assert ours["files"] == theirs["files"]
    found = ours["files"]["rich.py"]
    assert found["executed_branches"] and found["missing_branches"], "a test in which nothing is missing shows nothing"


@pytest.mark.parametrize("dump", sorted(OLDER_DATA.glob("*.sql")), ids=lambda path: path.stem)
def test_data_of_older_versions_on_older_pythons(project: Project, tmp_path: Path, dump: Path) -> None:
    """Each is what `coverage run test_shop.py` left there, as sqlite3's iterdump() writes it."""
    project.write(".coveragerc", "[run]\nbranch = true\nrelative_files = true\n")
    for name in ("shop.py", "test_shop.py"):
        project.write(name, (OLDER_DATA / name).read_text())
    with sqlite3.connect(project.root / ".coverage") as database:
        database.executescript(dump.read_text())
    result = project("import")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Imported 2 files" in result.stdout
    ours, theirs = project.reports(tmp_path)
    assert {name: ours["files"][name] for name in theirs["files"]} == theirs["files"]
    assert theirs["files"]["shop.py"]["executed_branches"] and theirs["files"]["shop.py"]["missing_branches"]


def test_lines_alone_say_nothing_of_branches(rich: Project, tmp_path: Path) -> None:
    measure(rich)
    assert "lines alone" in rich("import").stdout
    ours, theirs = rich.reports(tmp_path)
    for name, file in theirs["files"].items():
        for kind in ("executed_lines", "missing_lines", "excluded_lines"):
            assert ours["files"][name][kind] == file[kind]
        assert ours["files"][name]["summary"]["num_branches"] == 0
    assert "knows nothing of branches" in table(rich)
    assert "never" not in table(rich)
    explained = rich("report", "--explain", "rich.py:11").stdout
    assert "True: not known: what was imported has lines alone" in explained


def test_reports_say_what_is_not_live(rich: Project) -> None:
    measure(rich, "--branch")
    rich("import")
    text = table(rich)
    assert "Not live: 2 of 2 files, from coverage.py's .coverage, measured 20" in text
    assert "rich.py:11: if i > 10: never True" in text
    explained = rich("report", "--explain", "rich.py:11").stdout
    assert "  not live: imported from .coverage, measured 20" in explained
    assert "by what was imported" in explained


def test_contexts_that_name_tests_are_tests(rich: Project) -> None:
    rich.write(".coveragerc", "[run]\nbranch = true\ndynamic_context = test_function\n")
    measure(rich, COVERAGE_CORE="ctrace")
    rich("import")
    assert "by test test_rich.test_vip\n" in rich("report", "--explain", "rich.py:12").stdout


def test_a_run_takes_the_place_of_what_was_imported_file_by_file(rich: Project) -> None:
    rich.write("other.py", "x = 1\n")
    rich.coverage("run", "--branch", "--include=*rich.py", "drive.py")
    rich.coverage("run", "--branch", "--append", "other.py")
    rich("import")
    rich.pytest("-k", "test_none", "test_rich.py")
    text = table(rich)
    assert "Not live: 1 of 3 files" in text
    assert "rich.py:12: if (i and vip)" not in text  # its test did not run again
    assert "not live" not in rich("report", "--explain", "rich.py:10").stdout
    assert "not live" in rich("report", "--explain", "other.py:1").stdout
    result = rich("import")
    assert "rich.py was left as it is: a run under Branchlight has measured it" in result.stderr
    assert result.returncode == 0
    assert table(rich) == text


def test_a_second_import_takes_the_place_of_the_first(rich: Project) -> None:
    measure(rich, "--branch")
    rich("import")
    full = table(rich)
    rich.coverage("run", "--branch", "--data-file=less", "--include=*rich.py", "drive.py", "test_none")
    assert rich("import", "less").returncode == 0
    assert "coverage.py's less, measured" in table(rich)
    assert table(rich) != full
    rich("import")
    assert table(rich) == full


def test_erase_forgets_the_import(rich: Project) -> None:
    measure(rich, "--branch")
    rich("import")
    assert rich("erase").returncode == 0
    assert rich("report").returncode == 1


def test_a_file_that_is_newer_than_the_data_is_left_out(rich: Project) -> None:
    measure(rich, "--branch")
    changed = rich.root / "rich.py"
    later = (rich.root / ".coverage").stat().st_mtime_ns + 1_000_000
    os.utime(changed, ns=(later, later))
    result = rich("import")
    assert result.returncode == 0
    assert f"{changed} was left out: it is newer than .coverage" in result.stderr
    assert "Imported 1 file " in result.stdout
    assert "\nrich.py" not in table(rich)


def test_a_file_that_has_lost_lines_is_left_out(rich: Project) -> None:
    measure(rich, "--branch")
    changed = rich.root / "rich.py"
    times = (changed.stat().st_atime_ns, changed.stat().st_mtime_ns)
    changed.write_text("x = 1\n")
    os.utime(changed, ns=times)
    assert "rich.py was left out: it has fewer lines than when it was measured" in rich("import").stderr


def test_relative_paths_and_those_of_another_machine_are_found(rich: Project, tmp_path: Path) -> None:
    rich.write(".coveragerc", "[run]\nbranch = true\nrelative_files = true\n")
    measure(rich)
    folder = rich.root / "below"
    folder.mkdir()
    assert rich("import", "../.coverage", cwd=folder).returncode == 0
    here = table(rich)
    assert "rich.py " in here
    rich.write(".coveragerc", f"[run]\nbranch = true\n[paths]\nsource =\n    {rich.root}\n    /ci/build\n")
    with sqlite3.connect(rich.root / ".coverage") as database:
        database.execute("UPDATE file SET path = '/ci/build/' || path")
    database.close()
    rich("erase")
    assert rich("import").returncode == 0
    assert table(rich).splitlines()[:5] == here.splitlines()[:5]


def refused(project: Project, result: subprocess.CompletedProcess, says: str) -> None:
    assert result.returncode in (1, 2)
    assert result.stdout == ""
    assert says in result.stderr, result.stderr
    assert "terminate called" not in result.stderr


Damage = Callable[[Path], object]


def edit(sql: str) -> Damage:
    def change(path: Path) -> None:
        with sqlite3.connect(path) as database:
            database.executescript(sql)
        database.close()

    return change


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (Path.unlink, "there is no "),
        (lambda path: (path.unlink(), path.mkdir()), "is no file"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "is no file"),
        (lambda path: path.write_text("no database\n" * 100), "it is no data file of coverage.py"),
        (lambda path: path.write_bytes(b""), "it is no data file of coverage.py"),
        (lambda path: path.write_text("!coverage.py: This is a private format"), "coverage.py 4 wrote it"),
        (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "it is damaged"),
        (edit("UPDATE coverage_schema SET version = 6"), "its schema is version 6"),
        (edit("DROP TABLE arc"), "it cannot be read: no such table: arc"),
        (edit("DROP TABLE coverage_schema"), "it is no data file of coverage.py"),
        (edit("DELETE FROM arc; DELETE FROM file"), "nothing in it is of a file below"),
        (edit("UPDATE file SET path = '/etc/' || id"), "nothing in it is of a file below"),
        (
            edit(
                "ALTER TABLE arc RENAME TO a; CREATE VIEW arc AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1"
                " FROM n) SELECT 1 AS file_id, 1 AS context_id, i AS fromno, i AS tono FROM n"
            ),
            "it cannot be read",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_lost(rich: Project, damage: Damage, says: str) -> None:
    measure(rich, "--branch")
    rich("import")
    before = table(rich)
    damage(rich.root / ".coverage")
    refused(rich, rich("import"), says)
    assert table(rich) == before


def test_data_of_parallel_runs_must_be_combined(rich: Project) -> None:
    measure(rich, "--branch", "--parallel-mode")
    (part,) = rich.root.glob(".coverage.*")
    refused(rich, rich("import"), "`coverage combine`")
    refused(rich, rich("import", part.name), "`coverage combine`")
    assert not (rich.root / ".branchlight").exists()
    rich.coverage("combine")
    assert rich("import").returncode == 0


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../outside.py", "../../../../../etc/passwd", "link.py", "/dev/zero", "pipe.py", "\x1b[31m.py"],
)
def test_paths_lead_to_nothing_but_files_of_the_project(rich: Project, path: str) -> None:
    measure(rich, "--branch")
    (rich.root.parent / "outside.py").write_text("secret = 1\n")
    (rich.root / "link.py").symlink_to(rich.root.parent / "outside.py")
    os.mkfifo(rich.root / "pipe.py")
    database = sqlite3.connect(rich.root / ".coverage")
    with database:
        database.execute("UPDATE file SET path = ? WHERE path LIKE '%test_rich.py'", (path,))
    database.close()
    result = rich("import")
    assert result.returncode == 0
    assert "left out" in result.stderr
    assert "\x1b" not in result.stderr
    assert "Imported 1 file " in result.stdout
    assert "secret" not in (rich.root / ".branchlight/state.sqlite").read_bytes().decode("latin-1")


def test_files_of_plugins_are_left_out(rich: Project) -> None:
    measure(rich, "--branch")
    page = rich.write("page.html", "<p>\n")
    database = sqlite3.connect(rich.root / ".coverage")
    with database:
        number = database.execute("INSERT INTO file (path) VALUES (?)", (str(page),)).lastrowid
        database.execute("INSERT INTO tracer VALUES (?, 'django_coverage_plugin')", (number,))
    database.close()
    result = rich("import")
    assert "page.html was left out: it is not Python; the plugin django_coverage_plugin measured it" in result.stderr
    assert "Imported 2 files" in result.stdout


def test_data_file_names_the_data_for_both_directions(rich: Project) -> None:
    rich.write(".coveragerc", "[run]\ndata_file = kept/data\n")
    (rich.root / "kept").mkdir()
    measure(rich, "--branch")
    assert rich("import").returncode == 0
    assert "coverage.py's kept/data, measured" in table(rich)
    (rich.root / "kept/data").unlink()
    assert rich("report", "--format", "coveragepy").returncode == 0
    assert "rich.py" in rich.coverage("report")


def test_coverage_file_names_the_data(rich: Project) -> None:
    measure(rich, "--branch", COVERAGE_FILE="elsewhere")
    assert rich("import", env={"COVERAGE_FILE": "elsewhere"}).returncode == 0
    assert "coverage.py's elsewhere, measured" in table(rich)
