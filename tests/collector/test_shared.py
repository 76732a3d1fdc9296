"""What runs once for several tests belongs to each of them: fixtures of a class, module or session, and imports."""

from __future__ import annotations

import pytest

LIB = """
    def choose(a):
        if a == 1:
            return 'one'
        return 'other'

    def finish(a):
        while a:
            a = 0
    """
ONE, OTHER = (3, True), (3, False)
FINISHED = {(8, True), (8, False)}

FIXTURES = """
    import lib, pytest

    @pytest.fixture(scope='{scope}')
    def inner():
        lib.choose(1)

    @pytest.fixture(scope='{scope}')
    def prepared(inner):
        yield lib.choose(2)
        lib.finish(1)

    @pytest.fixture(scope='{scope}')
    def broken():
        lib.choose(1)
        raise ValueError
    """


@pytest.fixture
def suite(workspace):
    workspace.write("lib.py", LIB)
    return workspace


def run_pytest(suite, *options, **more):
    return suite.succeeds("-m", "pytest", "-q", "-p", "no:randomly", *options, **more)


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_a_fixture_belongs_to_every_test_that_uses_it(suite, scope, backend):
    suite.write("conftest.py", FIXTURES.format(scope=scope))
    suite.write(
        "test_lib.py",
        """
        import lib

        class TestAll:
            def test_before(self): lib.choose(1)
            def test_first(self, prepared): pass
            def test_second(self, prepared): pass
            def test_inner_alone(self, inner): pass
            def test_by_name(self, request): request.getfixturevalue('prepared')
            def test_without(self): pass
        """,
    )
    run_pytest(suite, backend=backend)

    def of(name):
        return suite.arms("lib.py", f"test_lib.py::TestAll::{name}")

    assert of("test_before") == {ONE}
    for name in ("test_first", "test_second", "test_by_name"):
        assert of(name) == {ONE, OTHER} | FINISHED, name
        assert suite.lines("lib.py", f"test_lib.py::TestAll::{name}") == {3, 4, 5, 8, 9}
    assert of("test_inner_alone") == {ONE}
    # Its teardown runs within the last test of all, as the last line of a session does.
    assert of("test_without") == FINISHED
    assert suite.arms("lib.py", None) == set()


def test_what_a_test_has_run_already_belongs_to_the_fixture_as_well(suite):
    """Events that this test has switched off are on again for the fixture."""
    suite.write("conftest.py", FIXTURES.format(scope="module"))
    suite.write(
        "test_lib.py",
        """
        import lib
        def test_often(request):
            for i in range(500): lib.choose(i)
            request.getfixturevalue('prepared')
        def test_later(prepared): pass
        """,
    )
    run_pytest(suite)
    assert suite.arms("lib.py", "test_lib.py::test_later") == {ONE, OTHER} | FINISHED


def test_a_parametrized_fixture_is_another_one_for_each_parameter(suite):
    suite.write(
        "test_lib.py",
        """
        import lib, pytest

        @pytest.fixture(scope='module', params=[1, 2])
        def chosen(request):
            return lib.choose(request.param)

        def test_a(chosen): pass
        def test_b(chosen): pass
        """,
    )
    run_pytest(suite)
    for name in ("a", "b"):
        assert suite.arms("lib.py", f"test_lib.py::test_{name}[1]") == {ONE}
        assert suite.arms("lib.py", f"test_lib.py::test_{name}[2]") == {OTHER}


def test_set_up_functions_of_classes_and_modules_are_fixtures(suite):
    suite.write(
        "test_lib.py",
        """
        import lib, unittest

        def setup_module(): lib.choose(1)

        class TestPlain:
            def setup_class(cls): lib.choose(2)
            def test_a(self): pass
            def test_b(self): pass

        class TestCase(unittest.TestCase):
            @classmethod
            def tearDownClass(cls): lib.finish(1)
            def test_c(self): pass
            def test_d(self): pass
        """,
    )
    run_pytest(suite)
    arms = {name: suite.arms("lib.py", f"test_lib.py::{name}") for name in ("TestPlain::test_a", "TestPlain::test_b")}
    assert arms == {"TestPlain::test_a": {ONE, OTHER}, "TestPlain::test_b": {ONE, OTHER}}
    for name in ("TestCase::test_c", "TestCase::test_d"):
        assert suite.arms("lib.py", f"test_lib.py::{name}") == {ONE} | FINISHED


def test_what_unittest_sets_up_belongs_to_the_tests_of_class_and_module(suite):
    for name, number in (("one", 1), ("other", 2)):
        suite.write(
            f"test_{name}.py",
            f"""
            import lib, unittest
            def setUpModule(): lib.choose({number})
            def tearDownModule(): lib.choose({number})
            class Ended(unittest.TestCase):
                @classmethod
                def tearDownClass(cls): lib.finish(1)
                def test_a(self): pass
                def test_b(self): pass
            class Plain(unittest.TestCase):
                def test_c(self): pass
                def test_d(self): pass
            """,
        )
    suite.succeeds("-m", "unittest", "test_one", "test_other")
    [log] = suite.logs()
    assert len(log.outcomes) == 8 and {outcome for _, outcome in log.outcomes} == {"passed"}
    for module, arm in (("test_one", ONE), ("test_other", OTHER)):
        assert suite.arms("lib.py", f"{module}.Ended.test_a") == {arm} | FINISHED
        assert suite.arms("lib.py", f"{module}.Ended.test_b") == {arm} | FINISHED
        assert suite.arms("lib.py", f"{module}.Plain.test_c") == {arm}
        assert suite.arms("lib.py", f"{module}.Plain.test_d") == {arm}


def test_an_import_within_a_test_is_no_matter_of_that_test_alone(suite):
    suite.write("late.py", "import lib\nif lib.choose(1):\n    done = 1\n")
    suite.write(
        "test_lib.py",
        """
        import lib
        def test_imports():
            lib.choose(1)
            import late
            lib.finish(1)
        def test_after():
            import late
        """,
    )
    run_pytest(suite)
    assert suite.lines("late.py", "test_lib.py::test_imports") == {1, 2, 3}
    assert suite.lines("late.py", None) == {1, 2, 3}
    assert suite.arms("late.py", None) == {(2, True)}
    assert suite.arms("lib.py", None) == {ONE}  # which the import ran, although the test had run it before
    assert suite.arms("lib.py", "test_lib.py::test_imports") == {ONE} | FINISHED
    assert suite.lines("late.py", "test_lib.py::test_after") == set()


def test_a_fixture_that_fails_takes_nothing_with_it(suite):
    suite.write("conftest.py", FIXTURES.format(scope="module"))
    suite.write(
        "test_lib.py",
        """
        import lib
        def test_a(broken): pass
        def test_b(): lib.choose(2)
        """,
    )
    alone = suite.run("-m", "pytest", "-q", "-p", "no:randomly", measured=False)
    outcome = suite.run("-m", "pytest", "-q", "-p", "no:randomly")
    assert outcome.stdout.split(" in ")[0] == alone.stdout.split(" in ")[0] and outcome.status == alone.status == 1
    assert suite.arms("lib.py", "test_lib.py::test_a") == {ONE}
    assert suite.arms("lib.py", "test_lib.py::test_b") == {OTHER}


@pytest.mark.parametrize("style", ["new", "old"])
def test_wrappers_of_hooks_in_both_of_pluggys_styles(suite, style):
    """Before 1.2 pluggy knew the one that it calls old today. Here it refuses us the new one."""
    suite.write("conftest.py", FIXTURES.format(scope="module"))
    suite.write(
        "test_lib.py",
        """
        import lib, pytest
        def test_first(prepared): pass
        def test_second(prepared): pass
        def test_broken(broken): pass
        def test_skipped(): pytest.skip()
        def test_fails(): assert lib.choose(1) == 'other'
        def test_is_interrupted(): raise KeyboardInterrupt
        """,
    )
    suite.write(
        "run.py",
        """
        import sys, pluggy, pytest
        original = pluggy.HookimplMarker.__call__

        def knows_the_old_style(self, function=None, **options):
            if sys._getframe(1).f_code.co_filename.startswith('<branchlight>') and 'wrapper' in options:
                raise TypeError('wrapper')
            return original(self, function, **options)

        if sys.argv[1] == 'old':
            pluggy.HookimplMarker.__call__ = knows_the_old_style
        sys.exit(pytest.main(['-q', '-p', 'no:randomly']))
        """,
    )
    assert suite.run("run.py", style).status == 2  # interrupted
    for name in ("test_first", "test_second"):
        assert suite.arms("lib.py", f"test_lib.py::{name}") == {ONE, OTHER} | FINISHED, name
    assert suite.arms("lib.py", "test_lib.py::test_broken") == {ONE}
    (log,) = suite.logs()
    assert {name.partition("::")[2]: outcome for name, outcome in log.outcomes} == {
        "test_first": "passed",
        "test_second": "passed",
        "test_broken": "failed",
        "test_skipped": "skipped",
        "test_fails": "failed",
        "test_is_interrupted": "interrupted",
    }
