"""Brackets every unittest test in the log, and what the tests of a class or module share. Where pytest runs them, it is
inside of pytest's own test already."""

PASSED, FAILED, SKIPPED, INTERRUPTED = 1, 2, 3, 4  # as in coverage/hitlog/format.h

_parts = {}  # what the log calls the set-up of a class, and of a module by its name
_open = []


def install(names, collector):
    """`names` is the namespace of unittest.case, which has just been executed."""
    original = names["TestCase"].run

    def run(self, result=None):
        before = _counts(result)
        collector.begin_test(_id(self))
        for key in (type(self), type(self).__module__):
            if key in _parts:
                collector.use_shared(_parts[key])
        outcome = INTERRUPTED
        try:
            after = original(self, result)
            outcome = _outcome(before, _counts(after))
            return after
        finally:
            collector.end_test(outcome)

    run.__wrapped__ = original
    run.__doc__ = original.__doc__
    names["TestCase"].run = run


def _id(case):
    """Both this and a result may be of the program's making, and unfit to be asked."""
    try:
        return str(case.id())
    except Exception:
        return type(case).__qualname__


def install_suite(names, collector):
    """`names` is the namespace of unittest.suite. What it calls set-ups and teardowns with has had these names since 3.2."""
    suite = names["TestSuite"]

    def bracket(name, key_of):
        original = getattr(suite, name)

        def bracketed(self, *arguments):
            key = key_of(*arguments)
            if key is None:
                return original(self, *arguments)
            if _open:  # the module before is torn down where the next one is to be set up
                collector.end_shared(_open[-1])
            _open.append(collector.begin_shared(_parts.get(key, 0)))
            _parts[key] = _open[-1]
            try:
                return original(self, *arguments)
            finally:
                collector.end_shared(_open.pop())
                if _open:
                    collector.begin_shared(_open[-1])

        bracketed.__wrapped__ = original
        setattr(suite, name, bracketed)

    # All four are called for each test, and do nothing as long as its class and module are those of the test before.
    def changes(before, now):
        return now if before != now else None

    bracket("_handleClassSetUp", lambda test, result: changes(_class_before(result), type(test)))
    bracket("_tearDownPreviousClass", lambda test, result: changes(type(test), _class_before(result)))
    bracket("_handleModuleFixture", lambda test, result: changes(_module_before(result), type(test).__module__))
    bracket("_handleModuleTearDown", _module_before)


def _class_before(result):
    return getattr(result, "_previousTestClass", None)


def _module_before(result):
    return getattr(_class_before(result), "__module__", None)


def _counts(result):
    names = (("failures", "errors", "unexpectedSuccesses"), ("skipped", "expectedFailures"))
    try:
        return [sum(len(getattr(result, name, ())) for name in group) for group in names]
    except Exception:
        return [0, 0]


def _outcome(before, after):
    if after[0] > before[0]:
        return FAILED
    return SKIPPED if after[1] > before[1] else PASSED
