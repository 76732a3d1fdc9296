"""Compares what coverage/syntax finds with coverage.py's own parser, file by file.

    python compare_with_coveragepy.py [DUMP_SYNTAX] [--show N] [--all] [FILE or FOLDER...]

Without files: the programs in fixtures/, random ones, and of this Python's library every third file and the tests
that try the grammar; with --all, all of it. The Python that runs this should be the one whose library it is, for
coverage.py reads its own interpreter's code. DUMP_SYNTAX is the program that is built beside the tests; without it,
the one in the build that BRANCHLIGHT names (as `./dev test` sets it).

Compared: the lines of the executable statements; the lines that are branches, and the lines they lead to; for each
arm the line or the exit that coverage.py names where that arm is missing ("the condition on line 3 was never true"),
and in which words. A difference is explained only where one of the rules below expects it there; any other one is
printed, and the exit status is 1. In fixtures/ a comment `# differs: WORD` names the rule.
"""

import argparse
import ast
import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import tokenize
import warnings

from coverage.exceptions import NotPython
from coverage.parser import PythonParser
from coverage.python import get_python_source

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "differential"))
from programs import random_program  # noqa: E402

RANDOM_PROGRAMS = 300
# Of the library's tests, those that put the grammar and the compiler through their paces.
OF_THE_GRAMMAR = re.compile(
    r"test_(grammar|compile|compiler_codegen|patma|sys_settrace|monitoring|coroutines|asyncgen|generators|with|exceptions"
    r"|except_star|exception_group|syntax|unparse|ast|dis|peepholer|scope|named_expressions|decorators)\.py"
)

OURS, THEIRS = "ours only", "coverage.py only"

# WORD: (whose, why). docs/branches.md lists the same, each with a program.
RULES = {
    "one-line definition": (THEIRS, "the line of a definition with its body, it thinks, leads to two places"),
    "finally": (OURS, "it knows no way out of a finally whose try always leaves"),
    "raise": (OURS, "it knows no way for a raise out of a module or a class, or past a finally"),
    "else of an endless loop": (THEIRS, "it takes the else for reachable"),
    "constant guard": (THEIRS, "it takes the guard for a choice"),
    "constant operand": (THEIRS, "it takes the test for a choice"),
    "__annotate__": (OURS, "it leaves functions of that name out, from 3.14 on"),
    "dead code on a live line": (None, "it takes what stands behind a jump on its line for reachable"),
    "nothing to run": (OURS, "a statement that compiles to nothing"),
    "dead lambda": (THEIRS, "from 3.14 on it takes dead code with a lambda in it for reachable"),
    "folded f-string": (None, "from 3.13 on such a guard is constant, and what follows it no code"),
    "grammar": (None, "beside a line that tree-sitter's grammar does not know"),
}


@dataclasses.dataclass(frozen=True, order=True)
class Difference:
    line: int
    what: str
    whose: str


def files_of(paths):
    for path in map(pathlib.Path, paths):
        if path.is_dir():
            yield from (p for p in sorted(path.rglob("*.py")) if "site-packages" not in p.parts[len(path.parts) :])
        else:
            yield path


def library(everything):
    paths = [path for path in files_of([sysconfig.get_path("stdlib")]) if "bad_coding" not in path.name]
    if everything:
        return paths
    tests = {path for path in paths if {"test", "tests", "idle_test"} & set(path.parts)}
    of_the_grammar = [path for path in sorted(tests) if OF_THE_GRAMMAR.fullmatch(path.name)]
    return [path for path in paths if path not in tests][::3] + of_the_grammar


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


# -- what coverage.py says


class Theirs:
    def __init__(self, path):
        self.parser = parser = PythonParser(text=get_python_source(path), filename=path)
        parser.parse_source()
        self.tree = ast.parse(parser.text)
        self.statements = parser.statements
        self.exits = collections.defaultdict(set)
        for start, end in parser.arcs():
            self.exits[start].add(end)
        # (line, why it was not taken) -> where it leads. coverage.py keeps that for its descriptions of missing arcs,
        # but not for those that it bends past the end of a `with`.
        self.arms = collections.defaultdict(dict)
        for (start, end), reasons in parser._missing_arc_fragments.items():
            for cause, action in reasons:
                for _, real_end in parser.fix_with_jumps({(start, end)}):
                    said = action if real_end == end else None
                    self.arms[start, cause and cause.format(lineno=start)][parser.first_line(real_end)] = said

    def first_line(self, line):
        return self.parser.first_line(line)

    def branches(self):
        return {(start, end) for start, ends in self.exits.items() if len(ends) > 1 for end in ends}

    def leads_to(self, line, cause):
        """Where that arm leads, with what it says of it."""
        if (line, cause) in self.arms:
            return dict(self.arms[line, cause])
        said = {end for (start, _), ends in self.arms.items() if start == line for end in ends}
        return dict.fromkeys(self.exits[line] - said)

    def says(self, start, end):
        """What its description says that the missing arc does."""
        return self.parser.missing_arc_description(start, end).removeprefix(f"line {start} didn't ")


# -- what we say, in its words

CAUSES = {
    "if": ("the condition on line {} was always true", "the condition on line {} was never true"),
    "for": ("the loop on line {} didn't complete", "the loop on line {} never started"),
    "case": ("the pattern on line {} always matched", "the pattern on line {} never matched"),
}
CAUSES["elif"] = CAUSES["while"] = CAUSES["if"]
CAUSES["async for"] = CAUSES["for"]

WORDS = [
    (r"would go to line (\d+)", r"jump to line \1"),
    (r"would leave (\w+)\(\)", r"(return|except) from function '\1'"),
    (r"would leave class (\w+)", r"exit class '\1'"),
    (r"would leave the module", r"exit the module"),
]


def in_their_words(would):
    for ours, theirs in WORDS:
        if match := re.fullmatch(ours, would):
            return match.expand(theirs)
    return would


class Ours:
    def __init__(self, found, theirs):
        self.statements = set(found["statements"])
        if sys.version_info < (3, 14):
            self.statements |= set(found["before_3_14"])
        self.arms = {}  # (line, why it was not taken) -> end, words, where the other arm leads
        self.exits = collections.defaultdict(set)
        for site in found["sites"]:
            line = theirs.first_line(site["line"])
            if not all(site["exists"]):
                continue  # it chooses nothing
            ends = [theirs.first_line(end) for end in site["leads_to"]]
            for arm in (0, 1):
                cause = CAUSES[site["kind"]][arm].format(line)
                self.arms[line, cause] = ends[arm], site["would"][arm], ends[1 - arm]
            self.exits[line] |= {end for end in ends if end != line}

    def branches(self):
        return {(start, end) for start, ends in self.exits.items() if len(ends) > 1 for end in ends}


def differences_of(found, theirs):
    ours = Ours(found, theirs)
    for line in theirs.statements ^ ours.statements:
        yield Difference(line, "statement", THEIRS if line in theirs.statements else OURS)
    for start, end in theirs.branches() ^ ours.branches():
        yield Difference(start, f"branch to {end}", THEIRS if (start, end) in theirs.branches() else OURS)
    causes = {(line, cause) for line, cause in theirs.arms if cause and re.search("condition|loop|pattern", cause)}
    choices = {line for line, ends in theirs.exits.items() if len(ends) > 1}
    for line, cause in causes - ours.arms.keys():
        # Of a line without a choice it keeps words all the same.
        if line in choices:
            yield Difference(line, f"arm, {cause}", THEIRS)
    for (line, cause), (end, would, other) in ours.arms.items():
        ends = theirs.leads_to(line, cause)
        if set(ends) == {line}:
            # A body on its header's line: where that goes, unless the other arm goes there as well.
            ends = dict.fromkeys(theirs.exits[line] - {other}, None) or {line: None}
        if not ends or (set(ends) == {line} != {end}):
            yield Difference(line, f"arm, {cause}", OURS)
        elif set(ends) != {end}:
            yield Difference(line, f"arm, {cause}: {would}", f"coverage.py: to {sorted(ends)}")
        elif end == line:
            if would != f"would stay on line {line}":
                yield Difference(line, f"arm, {cause}: {would}", "stays on its line")
        else:
            said = ends[end] or theirs.says(line, end).split(" because ")[0]
            said = said.format(lineno=end)
            if said != "jump to the function exit" and not re.fullmatch(in_their_words(would), said):
                yield Difference(line, f"arm, {cause}: {would}", f"coverage.py: {said}")


# -- where a difference is expected


def tails(body):
    """The tests behind which the body comes to its end."""
    last = body[-1]
    if isinstance(last, (ast.If, ast.For, ast.AsyncFor, ast.While)):
        yield last.test.lineno if isinstance(last, (ast.If, ast.While)) else last.lineno
    inner = [getattr(last, "orelse", None), getattr(last, "finalbody", None)]
    if not isinstance(last, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        inner.append(getattr(last, "body", None))
    inner += [handler.body for handler in getattr(last, "handlers", [])]
    for case in getattr(last, "cases", []):
        yield case.pattern.lineno
        inner.append(case.body)
    for each in inner:
        if each:
            yield from tails(each)


TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))
JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def is_constant(node):
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def is_plain_f_string(node):
    return isinstance(node, ast.JoinedStr) and not any(isinstance(part, ast.FormattedValue) for part in node.values)


def raises_are_lost(node, child, around):
    """coverage.py knows of a raise that it goes to the handlers of the innermost try, or out of a function."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return isinstance(node, ast.ClassDef)
    if isinstance(node, TRIES) and child in node.body:
        return not node.handlers
    return around or (isinstance(node, TRIES) and bool(node.finalbody) and child not in node.finalbody)


def expectations(theirs, errors):
    """Line -> the rules that may hold there."""
    expected = collections.defaultdict(set)

    def expect(rule, *lines):
        for line in lines:
            expected[line].add(rule)
            expected[theirs.first_line(line)].add(rule)

    # With each node: whether coverage.py loses sight of what is raised there.
    todo = [(theirs.tree, True)]
    while todo:
        node, loses_raises = todo.pop()
        todo += ((child, raises_are_lost(node, child, loses_raises)) for child in ast.iter_child_nodes(node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if theirs.first_line(node.body[0].lineno) == theirs.first_line(node.lineno):
                expect("one-line definition", node.lineno)
            if node.name == "__annotate__" and sys.version_info >= (3, 14):
                expect("__annotate__", *range(node.body[0].lineno, node.end_lineno + 1))
        elif isinstance(node, TRIES) and node.finalbody:
            expect("finally", *tails(node.finalbody))
        elif isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.match_case)):
            line = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
            if loses_raises and any(isinstance(each, ast.Raise) and each.lineno == line for each in node.body):
                expect("raise", line)
        elif isinstance(node, ast.Delete) and isinstance(node.targets[0], ast.Tuple) and not node.targets[0].elts:
            expect("nothing to run", node.lineno)
        if isinstance(node, ast.While) and node.orelse and isinstance(node.test, ast.Constant):
            expect("else of an endless loop", node.lineno)
        if isinstance(node, (ast.If, ast.While)) and has_constant_operand(node.test):
            expect("constant operand", node.lineno)
        for index, case in enumerate(getattr(node, "cases", ())):
            if case.guard and (isinstance(case.guard, ast.Constant) or has_constant_operand(case.guard)):
                expect("constant guard", case.pattern.lineno)
            if is_plain_f_string(case.guard) and sys.version_info >= (3, 13):
                behind = [line for later in node.cases[index + 1 :] for line in lines_of(later)]
                expect("folded f-string", *behind)
    for jump, dead in statements_after_jumps(theirs.tree):
        if theirs.first_line(dead.lineno) == theirs.first_line(jump.lineno):
            expect("dead code on a live line", dead.lineno)
        for node in ast.walk(dead) if sys.version_info >= (3, 14) else ():
            if isinstance(node, (ast.Lambda, ast.GeneratorExp)):
                expect("dead lambda", node.lineno)
    for begin, end in errors:
        expect("grammar", *range(max(1, begin - 3), end + 4))
    return expected


def has_constant_operand(test):
    for part in ast.walk(test):
        if isinstance(part, ast.BoolOp) and any(is_constant(value) for value in part.values):
            return True
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not) and is_constant(part.operand):
            return True
    return False


def statements_after_jumps(tree):
    for node in ast.walk(tree):
        for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            jump = None
            for statement in body if isinstance(body, list) else ():
                if jump:
                    yield jump, statement
                elif isinstance(statement, JUMPS):
                    jump = statement


def lines_of(case):
    return range(case.pattern.lineno, case.body[-1].end_lineno + 1)


def rule_for(difference, expected):
    for rule in sorted(expected[difference.line]):
        if RULES[rule][0] in (difference.whose, None):
            return rule
    return None


def named_in_comments(path):
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.COMMENT and (match := re.search(r"# differs: (.+)", token.string)):
                yield token.start[0], match[1]


# -- the comparison of many files


class Tally:
    def __init__(self, name, show):
        self.name, self.show = name, show
        self.counts = collections.Counter()
        self.explained = collections.Counter()
        self.rules_at = collections.defaultdict(set)  # path -> (line, rule)
        self.trouble = []

    def add(self, path, found):
        try:
            theirs = Theirs(path)
        except (NotPython, SyntaxError, ValueError, RecursionError, AssertionError):
            self.counts["files that coverage.py cannot parse"] += 1
            return
        self.counts["files"] += 1
        self.counts["statements"] += len(theirs.statements)
        self.counts["branches"] += len(theirs.branches())
        self.counts["arms"] += sum(sum(site["exists"]) for site in found["sites"])
        differences = sorted(differences_of(found, theirs))
        if not differences:
            return
        expected = expectations(theirs, found["errors"])
        for difference in differences:
            if rule := rule_for(difference, expected):
                self.explained[rule] += 1
                self.rules_at[path].add((difference.line, rule))
            else:
                self.trouble.append(f"{path}:{difference.line}: {difference.what}: {difference.whose}")

    def tell(self):
        for line in self.trouble[: self.show]:
            print(line)
        counted = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        verdict = f"FAIL {self.name}: {len(self.trouble)} differences," if self.trouble else f"ok {self.name}:"
        print(verdict, counted, flush=True)
        for rule, count in sorted(self.explained.items()):
            print(f"   explained: {count} times {rule}: {RULES[rule][1]}")
        return not self.trouble


def compare(name, paths, options):
    tally = Tally(name, options.show)
    for path, found in parse_all(options.dump_syntax, paths):
        tally.add(path, found)
    return tally


def compare_programs(options):
    """Each of these is a test: what it differs in, and nothing else, stands in its comments."""
    fine = True
    for path in sorted((HERE / "fixtures").glob("*.py")):
        if path.stem.startswith("since_") and sys.version_info < tuple(map(int, path.stem.split("_")[1:3])):
            continue
        tally = compare(path.stem, [path], options)
        said = set(named_in_comments(path))
        met = tally.rules_at[str(path)]
        tally.trouble += [f"{path}:{line}: does not differ by `{rule}`, as it says" for line, rule in said - met]
        tally.trouble += [f"{path}:{line}: differs by `{rule}` and does not say so" for line, rule in met - said]
        fine &= tally.tell()
    return fine


def compare_random(options):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for seed in range(RANDOM_PROGRAMS):
            if (source := random_program(seed)) is not None:
                paths.append(pathlib.Path(folder, f"seed_{seed}.py"))
                paths[-1].write_text(source)
        return compare("random programs", paths, options).tell()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dump_syntax", nargs="?")
    arguments.add_argument("--show", type=int, default=40)
    arguments.add_argument("--all", action="store_true")
    arguments.add_argument("paths", nargs="*")
    options = arguments.parse_intermixed_args()
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    options.dump_syntax = options.dump_syntax or built_beside(os.environ.get("BRANCHLIGHT", "."))
    if options.paths:
        return not compare("files", list(files_of(options.paths)), options).tell()
    fine = compare_programs(options)
    fine &= compare_random(options)
    version = ".".join(map(str, sys.version_info[:3]))
    fine &= compare(f"library of {version}", library(options.all), options).tell()
    return not fine


if __name__ == "__main__":
    sys.exit(main())
