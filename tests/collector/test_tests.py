"""Which test took which line and arm: pytest, its plugins, and unittest."""

from __future__ import annotations

import sys

import pytest

LIB = """
    def choose(a):
        if a == 1:
            return 'one'
        return 'other'
    """

TESTS = """
    import lib, pytest

    @pytest.fixture(scope='session')
    def prepared():
        return lib.choose(1)

    @pytest.fixture
    def torn_down():
        yield
        lib.choose(1)

    def test_one():
        assert lib.choose(1) == 'one'

    def test_other():
        assert lib.choose(2) == 'other'

    class TestBoth:
        def test_both(self):
            for i in (1, 2):
                lib.choose(i)

    def test_failing():
        assert lib.choose(1) == 'other'

    @pytest.mark.skip
    def test_skipped():
        pass

    @pytest.mark.xfail
    def test_expected_to_fail():
        assert 0

    @pytest.mark.parametrize('x', [1, 2])
    def test_parameter(x):
        lib.choose(x)

    def test_setup_counts(prepared): pass
    def test_teardown_counts(torn_down): pass
    def test_error(not_there): pass
    """

ONE, OTHER = (3, True), (3, False)

ARMS = {
    "test_one": {ONE},
    "test_other": {OTHER},
    "TestBoth::test_both": {ONE, OTHER},
    "test_failing": {ONE},
    "test_skipped": set(),
    "test_expected_to_fail": set(),
    "test_parameter[1]": {ONE},
    "test_parameter[2]": {OTHER},
    "test_setup_counts": {ONE},
    "test_teardown_counts": {ONE},
    "test_error": set(),
}
OUTCOMES = {
    "test_failing": "failed",
    "test_error": "failed",
    "test_skipped": "skipped",
    "test_expected_to_fail": "skipped",
}


@pytest.fixture
def suite(workspace):
    workspace.write("lib.py", LIB)
    workspace.write("test_lib.py", TESTS)
    return workspace


@pytest.mark.parametrize("options", [[], ["-n2"], ["-p", "no:cacheprovider", "-s"]], ids=["alone", "xdist", "options"])
def test_pytest_tests_have_their_own_lines_and_arms(options, suite, backend):
    alone = suite.run("-m", "pytest", "-q", "-p", "no:randomly", *options, measured=False)
    outcome = suite.run("-m", "pytest", "-q", "-p", "no:randomly", *options, backend=backend)
    assert (outcome.status, alone.status) == (1, 1)
    assert outcome.stdout.splitlines()[-1].split(" in ")[0] == alone.stdout.splitlines()[-1].split(" in ")[0]
    outcomes = dict(found for log in suite.logs() for found in log.outcomes)
    assert outcomes == {f"test_lib.py::{name}": OUTCOMES.get(name, "passed") for name in ARMS}
    for name, arms in ARMS.items():
        if "-n2" in options and name == "test_setup_counts":
            continue
        assert suite.arms("lib.py", f"test_lib.py::{name}") == arms, name
    assert {2} <= suite.lines("lib.py", None)  # the import belongs to no test
    assert suite.arms("lib.py", None) == set()
    assert suite.lines("test_lib.py", "test_lib.py::test_one") == {14}


CALLS = [1, 500, 1, 2, 3, 500, 500, 0, 1]
ARMED = {0: 2, 1: 0, 2: 0, 8: 2}  # in a test behind one with many calls they are switched off at once, for a while


def test_what_runs_often_in_one_test_and_seldom_in_another(workspace, backend):
    """Events stay on in a test until they have come often. Neither side of that may lose or invent anything."""
    workspace.write(
        "lib.py",
        """\
        def choose(a):
            if a > 3:
                return [x for x in range(a) if x > 1]
            return 'small'

        def plain(a):
            b = a
            return b

        def walk(items):
            for item in items:
                yield item
            yield 'end'

        def delegate(items):
            yield from walk(items)
            done = 1
        """,
    )
    workspace.write(
        "test_lib.py",
        """\
        import opcode, pytest
        import lib
        from calls import ARMED, CALLS

        def armed_lines(function):
            code = function.__code__._co_code_adaptive[::2]
            return code.count(opcode.opname.index('INSTRUMENTED_LINE'))

        @pytest.mark.parametrize(('number', 'calls'), enumerate(CALLS))
        def test_each(number, calls):
            for _ in range(calls):
                lib.choose(3)
                lib.plain(1)
            if number in ARMED:
                assert armed_lines(lib.plain) == ARMED[number]

        @pytest.mark.parametrize('calls', [1, 500])
        def test_both(calls):
            for _ in range(calls):
                lib.choose(3)
            lib.choose(4)

        @pytest.mark.parametrize(('number', 'calls'), enumerate(CALLS))
        def test_delegate(number, calls):
            list(lib.delegate(range(calls)))
        """,
    )
    workspace.write("calls.py", f"CALLS = {CALLS}\nARMED = {ARMED}\n")
    workspace.succeeds("-m", "pytest", "-q", "-p", "no:randomly", backend=backend)
    small, large = (2, False), (2, True)
    starts, completes = (11, True), (11, False)
    for number, calls in enumerate(CALLS):
        test = f"test_lib.py::test_each[{number}-{calls}]"
        assert workspace.arms("lib.py", test) == ({small} if calls else set()), test
        assert workspace.lines("lib.py", test) == ({2, 4, 7, 8} if calls else set()), test
        test = f"test_lib.py::test_delegate[{number}-{calls}]"
        assert workspace.arms("lib.py", test) == ({starts, completes} if calls else {completes}), test
        assert workspace.lines("lib.py", test) == {11, 13, 16, 17} | ({12} if calls else set()), test
    for calls in (1, 500):
        test = f"test_lib.py::test_both[{calls}]"
        assert workspace.arms("lib.py", test) == {small, large}
        assert workspace.lines("lib.py", test) == {2, 3, 4}


def test_the_plugin_can_be_left_out(suite):
    suite.run("-m", "pytest", "-q", "-p", "no:branchlight")
    [log] = suite.logs()
    assert log.outcomes == [] and suite.arms("lib.py", None) == {ONE, OTHER}


def test_it_registers_as_branchlight_and_installs_nothing(suite):
    trace = suite.run("-m", "pytest", "--trace-config", "--co").stdout
    assert "branchlight" in trace
    assert "PYTEST_PLUGINS" not in str(suite.environment())
    suite.write(
        "prog.py", "import pytest\ntry:\n    import branchlight\nexcept ImportError as error:\n    print(error)\n"
    )
    assert suite.succeeds("prog.py").stdout == suite.succeeds("prog.py", measured=False).stdout


def test_a_session_inside_of_a_test_belongs_to_it(suite):
    suite.write("inner/test_inner.py", "def test_inner(): import lib; lib.choose(1)\n")
    suite.write(
        "test_outer.py",
        """
        import pytest
        def test_outer():
            assert pytest.main(['-q', 'inner']) == 0
        """,
    )
    suite.succeeds("-m", "pytest", "-q", "test_outer.py")
    [log] = suite.logs()
    assert log.outcomes == [("test_outer.py::test_outer", "passed")]
    assert suite.arms("lib.py", "test_outer.py::test_outer") == {ONE}


def test_a_test_that_is_interrupted_says_so(suite):
    suite.write("test_stop.py", "import lib\ndef test_stop():\n    lib.choose(1)\n    raise KeyboardInterrupt\n")
    suite.run("-m", "pytest", "-q", "test_stop.py")
    [log] = suite.logs()
    assert log.outcomes == [("test_stop.py::test_stop", "interrupted")]
    assert suite.arms("lib.py", "test_stop.py::test_stop") == {ONE}


def test_a_fork_in_a_test_belongs_to_the_test(suite, backend):
    suite.write(
        "test_fork.py",
        """
        import lib, os
        def test_fork():
            pid = os.fork()
            if pid == 0:
                lib.choose(1)
                os._exit(0)
            os.waitpid(pid, 0)
            lib.choose(2)
        """,
    )
    suite.succeeds("-m", "pytest", "-q", "test_fork.py", backend=backend)
    _, child = suite.logs()
    assert child.inherited == ["test_fork.py::test_fork"] and child.outcomes == []
    assert suite.arms("lib.py", "test_fork.py::test_fork") == {ONE, OTHER}


def test_unittest_tests_have_their_own_lines_and_arms(suite, backend):
    suite.write(
        "test_unit.py",
        """
        import lib, unittest
        class Tests(unittest.TestCase):
            def test_one(self): self.assertEqual(lib.choose(1), 'one')
            def test_other(self): lib.choose(2)
            def test_failing(self): self.assertEqual(lib.choose(1), 'other')
            @unittest.skip('')
            def test_skipped(self): pass
            def test_subtests(self):
                for i in (1, 2):
                    with self.subTest(i): lib.choose(i)
        class Async(unittest.IsolatedAsyncioTestCase):
            async def test_later(self): lib.choose(1)
        """,
    )
    plain = suite.run("-m", "unittest", "test_unit", measured=False)
    outcome = suite.run("-m", "unittest", "test_unit", backend=backend)
    assert outcome.status == plain.status and outcome.stdout == plain.stdout
    strip = [line for line in outcome.stderr.splitlines() if not line.startswith("Ran ")]
    assert strip == [line for line in plain.stderr.splitlines() if not line.startswith("Ran ")]
    [log] = suite.logs()
    assert dict(log.outcomes) == {
        "test_unit.Async.test_later": "passed",
        "test_unit.Tests.test_failing": "failed",
        "test_unit.Tests.test_one": "passed",
        "test_unit.Tests.test_other": "passed",
        "test_unit.Tests.test_skipped": "skipped",
        "test_unit.Tests.test_subtests": "passed",
    }
    assert suite.arms("lib.py", "test_unit.Tests.test_one") == {ONE}
    assert suite.arms("lib.py", "test_unit.Tests.test_subtests") == {ONE, OTHER}


def test_unittest_tests_that_pytest_runs_are_pytests(suite):
    suite.write(
        "test_unit.py", "import lib, unittest\nclass T(unittest.TestCase):\n    def test_a(self): lib.choose(1)\n"
    )
    suite.succeeds("-m", "pytest", "-q", "test_unit.py")
    [log] = suite.logs()
    assert log.outcomes == [("test_unit.py::T::test_a", "passed")]


def test_assertions_explain_themselves_as_ever(suite, backend):
    suite.write(
        "test_fail.py",
        "import lib\ndef test_it():\n    for i in (1, 2):\n        assert lib.choose(i) == 'one', 'why'\n",
    )
    arguments = ["-m", "pytest", "-q", "--tb=long", "test_fail.py"]

    def shown(**options):
        lines = suite.run(*arguments, **options).stdout.splitlines()
        return [line.split(" at 0x")[0] for line in lines if " in " not in line]

    plain = shown(measured=False)
    assert plain and shown(backend=backend) == plain and shown(backend=backend) == plain
    assert "other" in str(plain) and sys.executable
