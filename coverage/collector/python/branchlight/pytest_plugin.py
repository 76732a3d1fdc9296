"""Brackets every pytest test in the log, and what several of them share: fixtures of a class, module, package or session.
Registered with each plugin manager as `branchlight`; `-p no:branchlight` leaves it out."""

PASSED, FAILED, SKIPPED, INTERRUPTED = 1, 2, 3, 4  # as in coverage/hitlog/format.h


def install(names, collector):
    """`names` is the namespace of _pytest.config, which has just been executed."""
    hookimpl = names["hookimpl"]
    manager = names["PytestPluginManager"]
    original = manager.__init__

    class Plugin:
        def __init__(self):
            self.outcome = PASSED
            self.shared = {}  # by fixture definition, what the log calls its last set-up
            self.torn_down = {}  # the same, of those whose teardown has begun

        @hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_runtest_protocol(self, item):
            self.outcome = PASSED
            collector.begin_test(item.nodeid)
            outcome = INTERRUPTED
            try:
                result = yield
                if result.excinfo is None:
                    outcome = self.outcome
            finally:
                collector.end_test(outcome)

        @hookimpl(tryfirst=True)
        def pytest_runtest_logreport(self, report):
            if report.failed:
                self.outcome = FAILED
            elif report.skipped and self.outcome == PASSED:
                self.outcome = SKIPPED

        @hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_fixture_setup(self, fixturedef):
            if fixturedef.scope == "function":
                yield
                return
            part = self.shared[fixturedef] = collector.begin_shared(0)
            try:
                yield
            finally:
                collector.end_shared(part)

            def begin_teardown():
                self.torn_down[fixturedef] = collector.begin_shared(part)

            # The last finalizer that is added runs first; those of fixtures that need this one come later still.
            fixturedef.addfinalizer(begin_teardown)

        def pytest_fixture_post_finalizer(self, fixturedef):
            part = self.torn_down.pop(fixturedef, None)
            if part is not None:
                collector.end_shared(part)

        @hookimpl(tryfirst=True)
        def pytest_runtest_teardown(self, item):
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
