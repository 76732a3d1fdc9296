"""Brackets every pytest test in the log. Registered with each plugin manager as `branchlight`; `-p no:branchlight`
leaves it out."""

PASSED, FAILED, SKIPPED, INTERRUPTED = 1, 2, 3, 4  # as in coverage/hitlog/format.h


def install(names, collector):
    """`names` is the namespace of _pytest.config, which has just been executed."""
    hookimpl = names["hookimpl"]
    manager = names["PytestPluginManager"]
    original = manager.__init__

    class Plugin:
        def __init__(self):
            self.outcome = PASSED

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

    def __init__(self, *arguments, **options):
        original(self, *arguments, **options)
        self.register(Plugin(), "branchlight")

    __init__.__wrapped__ = original
    manager.__init__ = __init__
