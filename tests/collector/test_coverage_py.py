"""coverage.py in the same process reports what it reports alone, to the last digit; and we still see lines and arms."""

from __future__ import annotations

import json
import sys

import pytest

PACKAGE = """
    import contextlib

    def choose(a, items=()):
        if a:
            for item in items:
                if item > 2:
                    break
            else:
                return 'none'
        elif items:
            return 'items'
        match a:
            case 0:
                a = 1
            case 1:
                a = 2
        while a < 4:
            a += 1
            if a == 7: return a
        with contextlib.suppress(ValueError):
            try:
                if a:
                    raise ValueError
            finally:
                a = 0
        return a

    async def later():
        async for x in numbers():
            if x:
                return x

    async def numbers():
        yield 0
        yield 1
    """

TESTS = """
    import asyncio
    from package import work

    def test_some():
        assert work.choose(1, [1, 2]) == 'none'
        assert work.choose(0, []) == 0

    def test_more():
        for i in (3, 4):
            if i:
                assert work.choose(i, [i]) in (0, 1)

    def test_async():
        assert asyncio.run(work.later()) == 1
    """


@pytest.fixture
def project(workspace):
    workspace.write("package/__init__.py", "")
    workspace.write("package/work.py", PACKAGE)
    workspace.write("tests/test_work.py", TESTS)
    workspace.write("conftest.py", "def pytest_configure(config):\n    if config:\n        x = 1\n")
    workspace.write("prog.py", "from package import work\nfor i in range(3):\n    work.choose(i, [i])\n")
    return workspace


def report(workspace, *arguments, **options):
    """What coverage.py found, after this command."""
    for path in [*workspace.root.glob(".coverage*"), *workspace.root.glob("coverage.json")]:
        path.unlink()
    outcome = workspace.run(*arguments, **options)
    assert outcome.status == 0, outcome.stdout + outcome.stderr
    if not (workspace.root / "coverage.json").exists():
        if not (workspace.root / ".coverage").exists():
            workspace.run("-m", "coverage", "combine", measured=False)
        written = workspace.run("-m", "coverage", "json", measured=False)
        assert written.status == 0, written.stdout + written.stderr
    return json.loads((workspace.root / "coverage.json").read_text())["files"]


WAYS = {
    "pytest-cov": ["-m", "pytest", "-q", "--cov", "--cov-branch", "--cov-report=json"],
    "pytest-cov of one package": ["-m", "pytest", "-q", "--cov=package", "--cov-branch", "--cov-report=json"],
    "pytest-cov in xdist": ["-m", "pytest", "-q", "-n2", "--cov=package", "--cov-branch", "--cov-report=json"],
    "coverage run of a script": ["-m", "coverage", "run", "--branch", "prog.py"],
    "coverage run of pytest": ["-m", "coverage", "run", "--branch", "-m", "pytest", "-q"],
}


@pytest.mark.parametrize("way", WAYS)
def test_reports_the_same(way, project, backend):
    alone = report(project, *WAYS[way], measured=False)
    assert alone, "coverage.py measured something"
    cold = report(project, *WAYS[way], backend=backend)
    warm = report(project, *WAYS[way], backend=backend)
    assert cold == alone and warm == alone
    # what coverage.py saw, we saw too
    for name, found in alone.items():
        if "work.py" in name:
            assert set(found["executed_lines"]) <= project.lines(name) | {1}


def test_code_that_was_imported_before_coverage_starts_has_no_markers(project, backend):
    """The functions of `package.work` have markers when coverage.py begins."""
    project.write(
        "prog.py",
        """
        from package import work
        from package.work import choose as kept
        import functools
        partial = functools.partial(work.choose, 1)
        class C:
            method = work.choose
        work.choose(0)
        import coverage
        c = coverage.Coverage(branch=True, data_file='.coverage')
        c.start()
        work.choose(1, [1]), kept(0, [1]), partial([5]), C.method(5)
        c.stop(), c.save()
        """,
    )
    alone = report(project, "prog.py", measured=False)
    assert report(project, "prog.py", backend=backend) == alone
    assert report(project, "prog.py", backend=backend) == alone


def test_a_tracer_of_the_programs_own_sees_no_markers(project, backend):
    project.write(
        "prog.py",
        """
        import sys
        seen = set()
        def tracer(frame, event, argument):
            if 'work.py' in frame.f_code.co_filename:
                seen.add((event, frame.f_lineno))
            return tracer
        sys.settrace(tracer)
        from package import work
        for i in range(3):
            work.choose(i, [i])
        sys.settrace(None)
        print(sorted(seen))
        """,
    )
    plain = project.succeeds("prog.py", measured=False)
    assert project.succeeds("prog.py", backend=backend) == plain
    assert project.succeeds("prog.py", backend=backend) == plain
    assert project.lines("package/work.py")


def test_a_watched_process_says_why_it_has_no_markers(project):
    report(project, *WAYS["pytest-cov"], backend="markers")
    notes = [text for log in project.logs() for _, text in log.notes]
    assert any("another tool watches lines" in note for note in notes), (notes, sys.version)
