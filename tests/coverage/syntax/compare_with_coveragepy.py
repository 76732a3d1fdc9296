"""Compares what coverage/syntax finds with coverage.py's own parser, file by file.

    python compare_with_coveragepy.py [DUMP_SYNTAX] [--show N] [--all] [FILE or FOLDER...]

Without files: this Python's library, its tests only with --all. The Python that runs this should be the one whose
library it is, for coverage.py reads its own interpreter's code. DUMP_SYNTAX is the program that is built beside the
tests; without it, the one in the build that BRANCHLIGHT names (as `./dev test` sets it).

Compared: the lines of the executable statements; the lines that are branches, and the lines they lead to. Exit status
1 when anything differs that is not explained below.
"""

import argparse
import ast
import collections
import json
import os
import pathlib
import subprocess
import sys
import sysconfig
import warnings

from coverage.exceptions import NotPython
from coverage.parser import PythonParser
from coverage.python import get_python_source


def files_of(paths, everything):
    skipped = {"site-packages", "bad_coding"} | (set() if everything else {"test", "tests", "idle_test"})
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from (p for p in sorted(path.rglob("*.py")) if not skipped & set(p.parts[len(path.parts) :]))
        else:
            yield path


def built_beside(program):
    for folder in pathlib.Path(program).resolve().parents:
        if (folder / "tests/coverage/syntax/dump_syntax").exists():
            return str(folder / "tests/coverage/syntax/dump_syntax")
    sys.exit("dump_syntax was not found: name it, or set BRANCHLIGHT to a program that was built with its tests")


def parse_all(dump_syntax, paths):
    for start in range(0, len(paths), 200):
        chunk = [str(path) for path in paths[start : start + 200]]
        output = subprocess.run([dump_syntax, *chunk], check=True, capture_output=True).stdout
        for path, line in zip(chunk, output.splitlines(), strict=True):
            yield path, json.loads(line)


def source_line(parser, line):
    return parser.text.splitlines()[line - 1].strip()


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
    statements = set(found["statements"])
    if sys.version_info < (3, 14):
        statements |= set(found["before_3_14"])
    return statements, branches, one_line


def explained(parser, text):
    """Lines whose branches coverage.py counts otherwise, and why."""
    reasons = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            line = parser.first_line(node.lineno)
            if node.name == "__annotate__":
                inside = "in a function named __annotate__, which coverage.py skips from 3.14 on"
                reasons.update((parser.first_line(n), inside) for n in range(node.body[0].lineno, node.end_lineno + 1))
            if parser.first_line(node.body[0].lineno) == line:
                # Its way in and its body's way out start on one line, which looks like a choice.
                reasons[line] = "a definition on one line, which coverage.py takes for a branch"
        elif isinstance(node, (ast.Try, getattr(ast, "TryStar", ast.Try))) and node.finalbody:
            for line in range(node.finalbody[0].lineno, node.finalbody[-1].end_lineno + 1):
                # coverage.py has no arc out of a finally when the try before it never comes to its end.
                reasons.setdefault(parser.first_line(line), "in a finally, out of which coverage.py knows no way")
        elif isinstance(node, ast.While) and node.orelse and isinstance(node.test, ast.Constant):
            reasons[parser.first_line(node.lineno)] = "an endless while, whose else coverage.py takes for reachable"
        elif isinstance(node, ast.match_case) and isinstance(node.guard, ast.Constant):
            reasons[parser.first_line(node.pattern.lineno)] = (
                "a case whose guard is constant, where the compiler leaves no choice"
            )
        elif (
            isinstance(node, (ast.If, ast.While))
            and isinstance(node.test, ast.BoolOp)
            and any(isinstance(value, ast.Constant) for value in node.test.values)
        ):
            reasons[parser.first_line(node.lineno)] = "a test with a constant operand that decides it"
    return reasons


def compare(path, found):
    parser, their_statements, their_branches = coverages(path)
    statements, branches, one_line = ours(found, parser)
    differences = []
    known = collections.Counter()
    nothing = {
        parser.first_line(line) for line in statements - their_statements if source_line(parser, line) == "del ()"
    }
    known["`del ()`, which compiles to nothing"] += len(nothing)
    statements -= nothing
    reasons = explained(parser, parser.text) if (their_statements, their_branches) != (statements, branches) else {}
    for begin, end in found["errors"]:
        # tree-sitter's grammar does not follow `(a.` NEWLINE `b)`.
        reasons.update(dict.fromkeys(range(begin - 3, end + 4), "beside a line that the grammar does not know"))
    for line in sorted(their_statements ^ statements):
        if "__annotate__" in reasons.get(line, "") or "grammar" in reasons.get(line, ""):
            known[reasons[line]] += 1
            continue
        differences.append((line, "statement", "coverage.py only" if line in their_statements else "ours only"))
    for start, end in sorted(their_branches ^ branches):
        # A body on its header's own line leads "to the line itself", which coverage.py leaves out of its arcs.
        reason = "a body on its header's line" if start in one_line else reasons.get(start)
        if reason:
            known[reason] += 1
        else:
            differences.append(
                (start, f"branch to {end}", "coverage.py only" if (start, end) in their_branches else "ours only")
            )
    return differences, known, len(their_statements), len(their_branches)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dump_syntax", nargs="?")
    arguments.add_argument("--show", type=int, default=40)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("paths", nargs="*")
    options = arguments.parse_intermixed_args()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    dump_syntax = options.dump_syntax or built_beside(os.environ.get("BRANCHLIGHT", "."))
    paths = list(files_of(options.paths or [sysconfig.get_path("stdlib")], options.all))
    totals = collections.Counter()
    explanations = collections.Counter()
    shown = 0
    for path, found in parse_all(dump_syntax, paths):
        try:
            differences, known, statements, branches = compare(path, found)
        except (NotPython, SyntaxError, ValueError, RecursionError, AssertionError):
            totals["files that coverage.py cannot parse"] += 1
            continue
        totals["files"] += 1
        totals["statements"] += statements
        totals["branches"] += branches
        if found.get("errors"):
            totals["files with a syntax error"] += 1
        explanations.update(known)
        if differences:
            totals["files that differ"] += 1
            totals["differences"] += len(differences)
        for line, what, whose in differences:
            totals[f"{what.split()[0]}: {whose}"] += 1
            shown += 1
            if shown <= options.show:
                print(f"{path}:{line}: {what}: {whose}")
    verdict = "FAIL" if totals["differences"] else "ok"
    print(
        f"{verdict} library of {sys.version.split()[0]}:",
        ", ".join(f"{count} {name}" for name, count in totals.items() if count),
    )
    for reason, count in explanations.items():
        if count:
            print(f"explained: {count} times {reason}")
    return 1 if totals["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
