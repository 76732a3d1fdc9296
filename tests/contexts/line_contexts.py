"""What coverage.py's data file says of each line's contexts: line_contexts.py DATA. `coverage json --show-contexts` says
the same, but repeats the contexts of the whole file in each function and class: gigabytes, for a large suite."""

import json
import sys
from pathlib import Path

import coverage


def main(path):
    data = coverage.CoverageData(path)
    data.read()
    here = Path.cwd()
    files = [file for file in data.measured_files() if Path(file).is_relative_to(here)]
    json.dump({str(Path(file).relative_to(here)): data.contexts_by_lineno(file) for file in files}, sys.stdout)


main(*sys.argv[1:])
