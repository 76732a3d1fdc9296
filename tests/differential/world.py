"""The names that random programs use. The same seed gives the same answers, and every program ends.

A program asks `c(n)` for its conditions (a number below n, from a sequence that its seed fixes) and calls `hit()` in
its bodies; both raise OutOfFuel in the end, so that no loop goes on for ever. What it computes does not matter.
"""

import random


class OutOfFuel(BaseException):
    pass


class World:
    def __init__(self, seed, fuel=300):
        self.random = random.Random(seed)
        self.fuel = fuel
        self.namespace = {
            "c": self.c, "hit": self.hit, "items": self.items, "subject": self.subject, "maybe": self.maybe,
            "Manager": Manager, "AsyncItems": lambda n: AsyncItems(self, n), "AsyncManager": AsyncManager,
            "answer": self.answer, "drive": drive, "exhaust": exhaust, "decorate": decorate,
            "decorate_with": decorate_with, "Error": Error, "Other": Other, "Point": Point,
        }  # fmt: skip

    def burn(self):
        self.fuel -= 1
        if self.fuel < 0:
            raise OutOfFuel

    def c(self, n=2):
        self.burn()
        return self.random.randrange(n)

    def hit(self, *_, **__):
        self.burn()

    def maybe(self):
        """Raises one of several things, or nothing."""
        self.burn()
        kind = self.random.randrange(8)
        if kind == 0:
            raise Error
        if kind == 1:
            raise Other
        if kind == 2:
            raise ExceptionGroup("both", [Error(), Other()])

    def items(self, n):
        self.burn()
        return list(range(self.random.randrange(n)))

    def subject(self):
        self.burn()
        return self.random.choice(SUBJECTS)()

    async def answer(self, n=2):
        await pause()
        return self.c(n)


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


SUBJECTS = [
    lambda: 0, lambda: 1, lambda: 2, lambda: None, list, lambda: [1], lambda: [1, 2], lambda: [1, 2, 3], dict,
    lambda: {"a": 1}, lambda: {"a": 1, "b": 2}, lambda: Point(0, 1), lambda: Point(1, 1), lambda: "text",
]  # fmt: skip


class Error(Exception):
    pass


class Other(Exception):
    pass


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return bool(self.swallow) and kind is not None and issubclass(kind, Exception)


class AsyncManager(Manager):
    async def __aenter__(self):
        await pause()
        return self

    async def __aexit__(self, kind, *_):
        await pause()
        return self.__exit__(kind)


class pause:
    def __await__(self):
        yield


class AsyncItems:
    """At times it fails instead of coming to its end."""

    def __init__(self, world, n):
        self.left = len(world.items(n))
        self.end = world.random.choice([StopAsyncIteration] * 4 + [Error, Other])

    def __aiter__(self):
        return self

    async def __anext__(self):
        await pause()
        if self.left == 0:
            raise self.end
        self.left -= 1
        return self.left


def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value


async def exhaust(iterator):
    async for _ in iterator:
        pass


def decorate(thing):
    return thing


def decorate_with(*_):
    return decorate
