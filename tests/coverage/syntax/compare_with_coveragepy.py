"""Compares what coverage/syntax finds with coverage.py's own parser, file by file.

    python compare_with_coveragepy.py DUMP_SYNTAX [--show N] [FILE or FOLDER...]     (default: this Python's library)

Compared: the lines of the executable statements; the lines that are branches, and the lines they lead to. The Python
that runs this should be the one whose library it is, for coverage.py reads its own interpreter's code. Exit status 1
when anything differs that is not explained below.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import sysconfig
import warnings

from coverage.exceptions import NotPython
from coverage.parser import PythonParser
from coverage.python import get_python_source


def files_of(paths):
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from (p for p in sorted(path.rglob("*.py")) if not {"site-packages", "bad_coding"} & set(p.parts[len(path.parts):]))
        else:
            yield path


def parse_all(dump_syntax, paths):
    for start in range(0, len(paths), 200):
        chunk = [str(path) for path in paths[start : start + 200]]
        output = subprocess.run([dump_syntax, *chunk], check=True, capture_output=True).stdout
        for path, line in zip(chunk, output.splitlines(), strict=True):
            yield path, json.loads(line)


def coverages(path):
    parser = PythonParser(text=get_python_source(path), filename=path)
    parser.parse_source()
    exits = collections.defaultdict(set)
    for start, end in parser.arcs():
        exits[start].add(end)
    branches = {(start, end) for start, ends in exits.items() if len(ends) > 1 for end in ends}
    return parser, parser.statements, branches


def ours(found, parser):
    """Branches as coverage.py would count them: lines with two or more ways out to *other* lines."""
    exits = collections.defaultdict(set)
    for site in found["sites"]:
        for exists, end in zip(site["exists"], site["leads_to"], strict=True):
            if exists:
                exits[parser.first_line(site["line"])].add(end)
    one_line = {start for start, ends in exits.items() if start in ends}
    branches = {(start, end) for start, ends in exits.items() if len(ends) > 1 for end in ends}
    return set(found["statements"]), branches, one_line


def compare(path, found):
    parser, their_statements, their_branches = coverages(path)
    statements, branches, one_line = ours(found, parser)
    differences = []
    for line in sorted(their_statements ^ statements):
        differences.append((line, "statement", "coverage.py only" if line in their_statements else "ours only"))
    # A body on its header's own line leads "to the line itself", which coverage.py leaves out of its arcs.
    for start, end in sorted(their_branches ^ branches):
        if start not in one_line:
            differences.append((start, f"branch to {end}", "coverage.py only" if (start, end) in their_branches else "ours only"))
    return differences, len(their_statements), len(their_branches)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dump_syntax")
    arguments.add_argument("--show", type=int, default=40)
    arguments.add_argument("paths", nargs="*")
    options = arguments.parse_intermixed_args()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    paths = list(files_of(options.paths or [sysconfig.get_path("stdlib")]))
    totals = collections.Counter()
    shown = 0
    for path, found in parse_all(options.dump_syntax, paths):
        try:
            differences, statements, branches = compare(path, found)
        except (NotPython, SyntaxError, ValueError, RecursionError, AssertionError) as error:
            totals["files that coverage.py cannot parse"] += 1
            continue
        totals["files"] += 1
        totals["statements"] += statements
        totals["branches"] += branches
        if found.get("errors"):
            totals["files with a syntax error"] += 1
        if differences:
            totals["files that differ"] += 1
            totals["differences"] += len(differences)
        for line, what, whose in differences:
            totals[f"{what.split()[0]}: {whose}"] += 1
            shown += 1
            if shown <= options.show:
                print(f"{path}:{line}: {what}: {whose}" + ("  (has syntax errors)" if found["errors"] else ""))
    print(", ".join(f"{count} {name}" for name, count in totals.items()))
    return 1 if totals["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
