"""The benchmarks work, and their table says what was measured. Nothing is timed here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY / "bench"))
import analysis  # noqa: E402
import large_suite  # noqa: E402
import results  # noqa: E402
import table  # noqa: E402
from measure import FailedError, run  # noqa: E402


def interpreter(tools: dict[str, str], series: list[table.Series]) -> table.Interpreter:
    return table.Interpreter(tools, series)


def series(
    workload: str, cpu: dict[str, list[float]], wall: dict[str, list[float]] | None = None, kind: str = "compute"
) -> table.Series:
    return table.Series(workload, kind, "./dev bench", "2026-11-23", cpu=cpu, wall=wall or cpu)


def test_a_ratio_is_taken_within_a_round() -> None:
    found = series("x", {"plain": [1, 2, 4], "tool": [1.1, 2.2, 8]}, {"plain": [1], "tool": [3]})
    assert found.ratio("tool") == pytest.approx(1.1)
    assert found.ratio("tool", "wall") == 3


def test_a_tool_that_cannot_run_all_is_compared_on_what_it_can() -> None:
    first = series("x", {"plain": [1], "Branchlight": [2], "tool": [4]})
    second = series("y", {"plain": [1], "Branchlight": [8]})
    result = interpreter({"plain": "3.14.0", "Branchlight": "1", "tool": "1"}, [first, second])
    text = table.markdown([result])
    assert "| 3.14.0 | y | 1.00 s | 8.00 | n/a |" in text
    assert "| 3.14.0 | geometric mean of these | | **4.000** | **4.000** of 1 (Branchlight 2.000) |" in text


def test_what_was_measured_before_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    found = interpreter({"plain": "3.14.0"}, [series("x", {"plain": [1, 2]})])
    found.analysis = analysis.Analysis("3.14.0", 1, 2, 3, 4, 5.0, 6.0)
    assert results.kept("3.14") is None
    results.keep("3.14", found)
    kept = results.kept("3.14")
    assert kept is not None and table.markdown([kept]) == table.markdown([found])
    results.keep("3.14", interpreter({"tool": "1"}, [series("y", {"plain": [4]}), series("x", {"plain": [3]})]))
    kept = results.kept("3.14")
    assert kept is not None and kept.tools == {"plain": "3.14.0", "tool": "1"} and kept.analysis == found.analysis
    assert [(one.workload, one.cpu) for one in kept.series] == [("x", {"plain": [3]}), ("y", {"plain": [4]})]


def test_what_is_measured_is_the_whole_process_and_its_children(tmp_path: Path) -> None:
    spin = "import time\nwhile time.process_time() < 0.2: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
    (sample,) = run([[sys.executable, "-c", child]], tmp_path)
    assert sample.cpu > 0.2


def test_those_of_a_round_run_at_the_same_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "meet")  # who opens one end waits for the other
    meet = "import signal, sys; signal.alarm(30); open('meet', sys.argv[1]).close()"
    run([[sys.executable, "-c", meet, mode] for mode in "rw"], tmp_path)


def test_a_program_that_fails_is_no_sample(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no such thing"):
        run([[sys.executable, "-c", "import sys; sys.exit('no such thing')"]], tmp_path)


def test_a_tool_that_is_very_slow_has_one_round() -> None:
    seconds: dict[str, list[float]] = {"plain": [1, 2], "slow": [9], "tool": [1, 3]}
    start = series("nothing", {}, seconds, "start-up")
    result = interpreter({"plain": "3.12.0", "slow": "1", "tool": "1"}, [series("x", seconds), start])
    text = table.markdown([result])
    assert "| 3.12.0 | x | 1.50 s | 9.00 | 1.25 (1.00 to 1.50) |" in text
    assert "| 3.12.0 | 1500.0 ms | +8000.0 ms | +500.0 ms |" in text


def test_static_analysis_is_measured_over_a_whole_library() -> None:
    found = analysis.measure("3.14.0", Path(sys.executable), 1)
    assert found.files > 500 and found.lines > 100_000 and found.sites > 10_000
    assert found.parsing > 0 and found.excluding > 0
    (row,) = [line for line in analysis.section([found]) if line.startswith("| 3.14.0 |")]
    assert f"| {found.microseconds_a_line:.2f} µs |" in row


def test_the_large_suite_is_as_large_as_it_says(tmp_path: Path) -> None:
    large_suite.write(tmp_path)
    list_tests = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider"]
    listed = subprocess.run(list_tests, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    counts = [int(line.rpartition(": ")[2]) for line in listed.splitlines() if line.startswith("tests/")]
    assert len(counts) == large_suite.MODULES and sum(counts) == 10_000


def test_each_thing_once() -> None:
    programs = ("async_tree", "generators", "pyflate")  # a coroutine, a time function, one with a file of its own
    suites = ("click's tests", "attrs's tests", "10,000 small tests")
    command = [
        sys.executable,
        "bench",
        "--quick",
        "--interpreter",
        "3.14",
        "--tool",
        "branchlight",
        "--tool",
        "coverage_py",
        "--tool",
        "coverage_py_by_test",
        *(
            word
            for name in (*programs, *suites, "import of 300 modules", "empty program", "latency", "static analysis")
            for word in ("--workload", name)
        ),
    ]
    answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=500)
    assert answer.returncode == 0, answer.stderr
    assert "no latency" not in answer.stderr
    for row in (*programs, *suites, "import of 300 modules", "geometric mean of these"):
        assert f"| {row} |" in answer.stdout
    results = answer.stdout.split("## How it is measured")[0].splitlines()
    assert not [row for row in results if "tests |" in row and "n/a" in row]
    # contexts are for tests: one column of the other rows is empty
    assert not [row for row in results if row.count("n/a") > 1]
    assert "## What static analysis costs" in answer.stdout
    assert "## From a line's execution to the editor" in answer.stdout
