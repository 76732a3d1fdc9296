"""Brackets every pytest test in the log, and what several of them share: fixtures of a class, module, package or session.
Registered with each plugin manager as `branchlight`; `-p no:branchlight` leaves it out."""

PASSED, FAILED, SKIPPED, INTERRUPTED = 1, 2, 3, 4  # as in coverage/hitlog/format.h


def install(names, collector):
    """`names` is the namespace of _pytest.config, which has just been executed."""
    hookimpl = names["hookimpl"]
    manager = names["PytestPluginManager"]
    original = manager.__init__
    try:
        wrapper = hookimpl(wrapper=True, tryfirst=True)  # a third of the other style's cost
    except TypeError:  # pluggy before 1.2
        wrapper = hookimpl(hookwrapper=True, tryfirst=True)

    # What a wrapper's `yield` gives is the result in the one style, where an exception comes out of it; and in the other
    # an object that has the one or the other. What a wrapper returns counts in the first style alone.
    class Plugin:
        def __init__(self):
            self.outcome = PASSED
            self.shared = {}  # by fixture definition, what the log calls its last set-up

        @wrapper
        def pytest_runtest_protocol(self, item):
            self.outcome = PASSED
            collector.begin_test(item.nodeid)
            outcome = INTERRUPTED
            try:
                result = yield
                if getattr(result, "excinfo", None) is None:
                    outcome = self.outcome
                return result
            finally:
                collector.end_test(outcome)

        @hookimpl(tryfirst=True)
        def pytest_runtest_logreport(self, report):
            outcome = report.outcome
            if outcome == "passed":
                return
            if outcome == "failed":
                self.outcome = FAILED
            elif outcome == "skipped" and self.outcome == PASSED:
                self.outcome = SKIPPED

        @wrapper
        def pytest_fixture_setup(self, fixturedef):
            if fixturedef.scope == "function":
                return (yield)
            part = self.shared[fixturedef] = collector.begin_shared(0)
            # What is added first runs last: behind the fixture's own teardown, and its finalizers.
            fixturedef.addfinalizer(lambda: collector.end_shared(part))
            try:
                return (yield)
            finally:
                collector.end_shared(part)
                # Those of fixtures that need this one are added later still, and are no part of it.
                fixturedef.addfinalizer(lambda: collector.begin_shared(part))

        @hookimpl(tryfirst=True)
        def pytest_runtest_teardown(self, item):
            if not self.shared:
                return
            # By now it has asked for all that it uses, by getfixturevalue() too.
            used = getattr(getattr(item, "_request", None), "_fixture_defs", {})
            for fixturedef in used.values():
                part = self.shared.get(fixturedef)
                if part is not None:
                    collector.use_shared(part)

    def __init__(self, *arguments, **options):
        original(self, *arguments, **options)
        self.register(Plugin(), "branchlight")

    __init__.__wrapped__ = original
    manager.__init__ = __init__
