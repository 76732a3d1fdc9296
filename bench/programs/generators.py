"""A binary tree walked by recursive generators: `yield from`, and little else. From pyperformance."""

import sys

import run_benchmark

run_benchmark.bench_generators(int(sys.argv[1]))
