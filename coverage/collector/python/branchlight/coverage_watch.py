"""Lets coverage.py see a program without markers from the moment it starts, wherever in a process that is."""


def install(names, collector):
    """`names` is the namespace of coverage.collector, which has just been executed."""
    original = names["Collector"].start

    def start(self):
        collector.withdraw_markers()
        return original(self)

    start.__wrapped__ = original
    names["Collector"].start = start
