"""A solver of a board game: loops and branches over lists and sets. From pyperformance."""

import sys

import run_benchmark

run_benchmark.main(int(sys.argv[1]), run_benchmark.DEFAULT_LEVEL)
