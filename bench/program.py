"""Runs the program of pyperformance that lies beside it a number of times, in this one process: pyperf itself would
start processes of its own, and take the time in them. Usage: program.py LOOPS [ARGUMENT...]"""

import argparse
import asyncio
import runpy
import sys

import pyperf

loops, arguments = int(sys.argv[1]), sys.argv[2:]


class Runner:
    """As much of pyperf.Runner as these programs use."""

    def __init__(self, add_cmdline_args=None):
        self.argparser = argparse.ArgumentParser()
        self.metadata = {}

    def parse_args(self):
        return self.argparser.parse_args(arguments)

    def bench_func(self, name, function, *arguments, **options):
        for _ in range(loops):
            function(*arguments)

    def bench_time_func(self, name, function, *arguments, **options):
        function(loops, *arguments)

    def bench_async_func(self, name, function, *arguments, **options):
        for _ in range(loops):
            asyncio.run(function(*arguments))


pyperf.Runner = Runner
runpy.run_path("run_benchmark.py", run_name="__main__")
