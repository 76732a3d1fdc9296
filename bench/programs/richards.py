"""An operating system's scheduler: objects, method calls, branches. From pyperformance."""

import sys

import run_benchmark

run_benchmark.Richards().run(int(sys.argv[1]))
