"""What the logs of this folder are about: each kind of site, some arms of it taken, tests, and a fork."""

import asyncio
import os
import unittest


def total(items, vip=False):
    s = 0
    for i in items:
        if i > 10 and i % 2:
            s += i
        elif 3 < i < 7:
            s += 1
    while s > 100:
        s -= 100
        if not vip:
            break
    return s


def kind(thing):
    match thing:
        case [x, 2] | [x] if x:
            return x
        case {"name": str(name)}:
            return name
        case _:
            pass
    try:
        return [y for y in thing if y] or None
    except (TypeError, KeyError):
        return 0
    finally:
        if thing:
            os.getpid()


class Numbers:
    def __aiter__(self):
        self.left = 2
        return self

    async def __anext__(self):
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


async def count():
    async for number in Numbers():
        yield number


async def gather():
    return [n async for n in count() if n]


class TestShop(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([11, 5, 300]), 12)

    def test_kind(self):
        self.assertEqual(kind([1, 2]), 1)
        self.assertEqual(kind(3), 1)

    @unittest.skip("not today")
    def test_skipped(self):
        pass

    def test_fork(self):
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            total([1, 2, 999], vip=True)
            kind({"name": "n"})
            os._exit(0)

    def test_async(self):
        asyncio.run(gather())


if __name__ == "__main__":
    unittest.main()
