"""Brackets every unittest test in the log. Where pytest runs it, it is inside of pytest's own test already."""

PASSED, FAILED, SKIPPED, INTERRUPTED = 1, 2, 3, 4  # as in coverage/hitlog/format.h


def install(names, collector):
    """`names` is the namespace of unittest.case, which has just been executed."""
    original = names["TestCase"].run

    def run(self, result=None):
        before = _counts(result)
        collector.begin_test(_id(self))
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
