"""Plugins that change how tests run do so under Branchlight as they do alone, and each test has its own arms."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "collector"), str(REPOSITORY / "scripts")]
import distributions  # noqa: E402
from measured import Workspace  # noqa: E402

VERSION = "{}.{}".format(*sys.version_info)
LIB = """
    def choose(a):
        if a == 1:
            return 'one'
        return 'other'
    """
ONE, OTHER = (3, True), (3, False)
ENDINGS = ("PASSED ", "FAILED ", "ERROR ", "SKIPPED ", "XFAIL ", "RERUN ")


@pytest.fixture(scope="session")
def python() -> Path:
    requirements = (HERE / "requirements.txt").read_text(encoding="utf-8")
    home = REPOSITORY / ".deps" / "plugins" / VERSION
    return distributions.environment(Path(sys.executable), home, requirements)


class Suite(Workspace):
    python: Path

    def compare(self, text: str, *options: str, status: int = 0, in_order: bool = True) -> None:
        """Runs the tests alone and under Branchlight; they end in the same way, and in the same order."""
        self.write("test_lib.py", text)
        alone, ours = (self._endings(measured, options, status) for measured in (False, True))
        assert alone and (ours == alone if in_order else sorted(ours) == sorted(alone))

    def _endings(self, measured: bool, options: tuple[str, ...], status: int) -> list[str]:
        command = ["-m", "pytest", "-rA", "-p", "no:cacheprovider", *options]
        outcome = self.run(*command, python=str(self.python), measured=measured)
        assert outcome.status == status, outcome.stdout + outcome.stderr
        return [line for line in outcome.stdout.splitlines() if line.startswith(ENDINGS)]

    def of(self, test: str) -> set[tuple[int, bool]]:
        return self.arms("lib.py", f"test_lib.py::{test}")

    def outcomes(self) -> dict[str, str]:
        return {test.removeprefix("test_lib.py::"): how for log in self.logs() for test, how in log.outcomes}


@pytest.fixture
def suite(tmp_path: Path, python: Path) -> Suite:
    root = (tmp_path / "workspace").resolve()
    root.mkdir()
    suite = Suite(root, REPOSITORY / "build" / "release" / "collector")
    suite.python = python
    suite.write("lib.py", LIB)
    return suite


MANY = """
    import lib, pytest, random

    @pytest.fixture(scope='module')
    def shared(): return lib.choose(1)

    @pytest.mark.parametrize('number', range(20))
    def test_each(number): lib.choose(number % 2)

    @pytest.mark.parametrize('number', range(3))
    def test_shared(shared, number): pass

    def test_random(): lib.choose(random.randint(1, 2))
    """


def check_many(suite: Suite) -> None:
    for number in range(20):
        assert suite.of(f"test_each[{number}]") == ({ONE} if number % 2 else {OTHER}), number
    for number in range(3):
        assert suite.of(f"test_shared[{number}]") == {ONE}, number


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_randomly_shuffles_in_the_same_way(suite: Suite, seed: int) -> None:
    suite.compare(MANY, "-p", "no:xdist", f"--randomly-seed={seed}")
    check_many(suite)
    assert suite.of("test_random") in ({ONE}, {OTHER})
    order = list(suite.outcomes())
    assert order != sorted(order) and len(order) == 24


@pytest.mark.parametrize("options", [["-n2"], ["-n2", "--dist=loadscope"], ["-n1", "--maxprocesses=1"]])
def test_xdist_spreads_the_tests(suite: Suite, options: list[str]) -> None:
    suite.compare(MANY, "--randomly-seed=4", *options, in_order=False)
    check_many(suite)
    assert set(suite.outcomes().values()) == {"passed"}


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_timeout_ends_a_test(suite: Suite, method: str) -> None:
    text = """
        import lib, time
        def test_before(): lib.choose(1)
        def test_slow():
            lib.choose(2)
            time.sleep(60)
            lib.choose(1)
        def test_after(): lib.choose(1)
        """
    options = ("-p", "no:randomly", "--timeout=1", f"--timeout-method={method}")
    if method == "signal":
        suite.compare(text, *options, status=1)
        assert suite.outcomes() == {"test_before": "passed", "test_slow": "failed", "test_after": "passed"}
        assert suite.of("test_after") == {ONE}
    else:  # the whole process is ended
        suite.write("test_lib.py", text)
        for measured in (False, True):
            assert suite.run("-m", "pytest", *options, python=str(suite.python), measured=measured).status == 1
        assert suite.outcomes() == {"test_before": "passed"}
    assert suite.of("test_before") == {ONE} and suite.of("test_slow") == {OTHER}


def test_rerunfailures_runs_a_test_again(suite: Suite) -> None:
    text = """
        import lib, pytest
        numbers = iter([1, 2])

        @pytest.fixture(scope='class')
        def shared(): lib.choose(1)

        @pytest.mark.flaky(reruns=2)
        def test_flaky():
            assert lib.choose(next(numbers)) == 'other'

        @pytest.mark.flaky(reruns=1)
        def test_broken(): assert lib.choose(1) == 'other'

        class TestShared:
            def test_a(self, shared): lib.choose(2)
            @pytest.mark.flaky(reruns=1)
            def test_b(self, shared): assert 0
        """
    suite.compare(text, "-p", "no:randomly", status=1)
    assert suite.outcomes() == {
        "test_flaky": "passed",
        "test_broken": "failed",
        "TestShared::test_a": "passed",
        "TestShared::test_b": "failed",
    }
    assert suite.of("test_flaky") == {ONE, OTHER} and suite.of("test_broken") == {ONE}
    assert suite.of("TestShared::test_a") == {ONE, OTHER} and suite.of("TestShared::test_b") == {ONE}


def test_asyncio_runs_coroutines(suite: Suite) -> None:
    text = """
        import asyncio, lib, pytest, pytest_asyncio

        @pytest_asyncio.fixture(scope='module', loop_scope='module')
        async def shared():
            await asyncio.sleep(0)
            yield lib.choose(1)

        @pytest_asyncio.fixture
        async def own():
            yield
            await asyncio.sleep(0)
            lib.choose(2)

        @pytest.mark.asyncio
        async def test_alone():
            await asyncio.sleep(0)
            assert lib.choose(1) == 'one'

        @pytest.mark.asyncio
        async def test_own(own): pass

        @pytest.mark.asyncio(loop_scope='module')
        @pytest.mark.parametrize('number', [1, 2])
        async def test_shared(shared, number): pass

        @pytest.mark.asyncio
        async def test_failing(): assert lib.choose(2) == 'one'
        """
    suite.compare(text, "-p", "no:randomly", status=1)
    assert suite.of("test_alone") == {ONE} and suite.of("test_own") == {OTHER} and suite.of("test_failing") == {OTHER}
    assert suite.of("test_shared[1]") == suite.of("test_shared[2]") == {ONE}
    assert suite.outcomes()["test_failing"] == "failed" and suite.outcomes()["test_own"] == "passed"


def test_hypothesis_calls_a_test_often(suite: Suite) -> None:
    text = """
        import lib
        from hypothesis import given, settings, strategies

        @given(strategies.integers())
        def test_any(number): lib.choose(number % 2)

        @given(strategies.just(1))
        def test_one(number): lib.choose(number)

        @given(strategies.integers())
        def test_finds(number): assert lib.choose(number > 100) == 'other'
        """
    suite.compare(text, "-p", "no:randomly", "--hypothesis-seed=0", status=1)
    assert suite.of("test_any") == {ONE, OTHER} == suite.of("test_finds") and suite.of("test_one") == {ONE}
    assert suite.outcomes() == {"test_any": "passed", "test_one": "passed", "test_finds": "failed"}
