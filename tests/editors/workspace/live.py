"""Calls the shop one step at a time, as told on standard input: `price 200 True`. Each answer carries the clock's
reading from just before the call, in nanoseconds."""

import sys
import time

import lamps
import shop

functions = {
    "price": shop.price,
    "first_large": shop.first_large,
    "label": shop.label,
    "lamps": lamps.lamps,
}

for step in sys.stdin:
    name, *arguments = step.split()
    arguments = [eval(argument) for argument in arguments]
    before = time.time_ns()
    functions[name](*arguments)
    print(before, flush=True)
