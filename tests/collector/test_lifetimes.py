"""What belongs to which test where something outlives a test, and the kinds of tests there are."""

from __future__ import annotations

import pytest

LIB = """
    import functools

    def choose(a):
        '''
        >>> choose(1)
        'one'
        '''
        if a == 1:
            return 'one'
        return 'other'

    @functools.lru_cache
    def cached(a):
        return choose(a)

    def walk(items):
        for item in items:
            if item:
                yield item
        yield 'end'
    """
ONE, OTHER = (9, True), (9, False)
STARTS, COMPLETES, KEEPS, DROPS = (18, True), (18, False), (19, True), (19, False)


@pytest.fixture
def suite(workspace):
    workspace.write("lib.py", LIB)
    return workspace


def run_pytest(suite, text, *options, **more):
    suite.write("test_lib.py", text)
    return suite.succeeds("-m", "pytest", "-q", "-p", "no:randomly", *options, **more)


def arms(suite, name):
    return suite.arms("lib.py", f"test_lib.py::{name}")


def test_a_cached_function_belongs_to_the_test_in_which_it_ran(suite):
    text = """
        import lib
        def test_first(): lib.cached(1)
        def test_second(): lib.cached(1)
        def test_other(): lib.cached(2)
        """
    run_pytest(suite, text)
    assert arms(suite, "test_first") == {ONE}
    assert arms(suite, "test_second") == set() == suite.lines("lib.py", "test_lib.py::test_second")
    assert arms(suite, "test_other") == {OTHER}


@pytest.mark.parametrize("often", [0, 1000])
def test_a_generator_belongs_to_each_test_that_resumes_it(suite, often, backend):
    """Also where its events had been switched off in the test before."""
    text = f"""
        import lib
        walked = lib.walk([1] * {often} + [1, 0, 0, 1, 1])

        def test_begins():
            for _ in range({often} + 1): next(walked)
        def test_drops(): next(walked)
        def test_keeps(): next(walked)
        def test_ends(): assert list(walked) == ['end']
        """
    run_pytest(suite, text, backend=backend)
    assert arms(suite, "test_begins") == {STARTS, KEEPS}
    assert arms(suite, "test_drops") == {STARTS, DROPS, KEEPS}
    assert arms(suite, "test_keeps") == {STARTS, KEEPS}
    assert arms(suite, "test_ends") == {COMPLETES}
    assert suite.lines("lib.py", "test_lib.py::test_ends") == {18, 21}


def test_a_thread_belongs_to_the_test_that_is_running(suite):
    text = """
        import lib, threading
        go, went, stop = threading.Event(), threading.Event(), threading.Event()

        def work():
            lib.choose(1)
            went.set()
            go.wait()
            lib.choose(2)
            went.set()
            stop.wait()

        thread = threading.Thread(target=work)

        def test_starts():
            thread.start()
            went.wait()
            went.clear()
        def test_runs_on():
            go.set()
            went.wait()
        def test_ends():
            stop.set()
            thread.join()
        """
    run_pytest(suite, text)
    assert arms(suite, "test_starts") == {ONE}
    assert arms(suite, "test_runs_on") == {OTHER}
    assert arms(suite, "test_ends") == set()


def test_after_the_last_test_nothing_belongs_to_one(suite):
    text = """
        import atexit, lib
        def test_registers():
            lib.choose(1)
            atexit.register(lib.choose, 2)
        """
    run_pytest(suite, text)
    assert arms(suite, "test_registers") == {ONE}
    assert suite.arms("lib.py", None) == {OTHER}


def test_doctests_are_tests(suite):
    run_pytest(suite, "", "--doctest-modules", "lib.py")
    [log] = suite.logs()
    assert log.outcomes == [("lib.py::lib.choose", "passed")]
    assert suite.arms("lib.py", "lib.py::lib.choose") == {ONE}


def test_subtests_belong_to_their_test(suite):
    suite.write(
        "test_lib.py",
        """
        import lib, pytest, unittest

        def test_both(subtests):
            for i in (1, 2):
                with subtests.test(i=i): lib.choose(i)

        def test_one_fails(subtests):
            with subtests.test('a'): assert lib.choose(1) == 'other'
            with subtests.test('b'): lib.choose(2)

        class Case(unittest.TestCase):
            def test_both(self):
                for i in (1, 2):
                    with self.subTest(i=i): lib.choose(i)
            def test_one_fails(self):
                with self.subTest(i=1): self.assertEqual(lib.choose(1), 'other')
        """,
    )
    alone = suite.run("-m", "pytest", "-q", measured=False)
    outcome = suite.run("-m", "pytest", "-q")
    assert outcome.stdout.splitlines()[-1].split(" in ")[0] == alone.stdout.splitlines()[-1].split(" in ")[0]
    assert arms(suite, "test_both") == arms(suite, "test_one_fails") == arms(suite, "Case::test_both") == {ONE, OTHER}
    assert arms(suite, "Case::test_one_fails") == {ONE}
    [log] = suite.logs()
    ended = {"test_both": "passed", "test_one_fails": "failed", "Case::test_both": "passed"}
    assert dict(log.outcomes) == {
        f"test_lib.py::{name}": outcome for name, outcome in (ended | {"Case::test_one_fails": "failed"}).items()
    }


def test_a_class_within_a_function_runs_anew_in_each_test(suite, backend):
    text = """
        import lib, pytest

        def make(a):
            class Made:
                if a:
                    kind = 'some'
            return Made

        @pytest.mark.parametrize(('number', 'a'), enumerate((1, 1, 0, 0, 1)))
        def test_make(number, a):
            make(a)
        """
    run_pytest(suite, text, backend=backend)
    for number, a in enumerate((1, 1, 0, 0, 1)):
        lines = suite.lines("test_lib.py", f"test_lib.py::test_make[{number}-{a}]")
        assert lines == ({5, 6, 7, 8, 12} if a else {5, 6, 8, 12}), number
