"""What two reports of one file say differently, and whether docs/branches.md says why.

A fact is a kind of measured.KINDS and a line or a branch. Each reason below is a rule about the text, and about which
of the two may say what; a difference that no rule is for is a fault of one of the two, and fails.
"""

import ast
import collections
import io
import itertools
import sys
import tokenize
import warnings
from dataclasses import dataclass

from measured import KINDS

CANNOT_RAISE = (ast.Return, ast.Break, ast.Continue, ast.Pass, ast.Expr, ast.Constant)
BRANCHES = ("executed_branches", "missing_branches")

FAILS = "coverage.py fails on the file"
CORES = "coverage.py's own two ways of measuring contradict each other"
ONE_LINE_DEFINITION = "a definition on one line, which coverage.py takes for a branch"
FINALLY = "in a finally, out of which coverage.py knows no way"
ELSE_OF_ENDLESS = "the unreachable else of an endless while"
CONSTANT = "a constant operand decides, so that the compiler leaves no choice"
BEHIND_JUMP = "what follows a jump on its line, which coverage.py takes for reachable"
END_OF_CLASS = "the end of a class with annotations, which coverage.py does not see from 3.14 on"
TEST_RAISED = "a test that raised, and a finally or handler that coverage.py takes for its other arm"
WITH_SWALLOWED = "a test that raised in a with that swallowed it, which coverage.py takes for the way past the with"
BODY_RAISED = "a body on the header's line that was entered, and left by an exception"
DETOUR = "a body on the header's line that leaves a with or a try, by whose line coverage.py sees both arms go"
NO_EVENT = "an async for, of whose arms 3.12 and 3.13 have no event for bookkeeping"
NO_CODE = "a body on the header's line of which no code is left, so that bookkeeping takes the arm for one that is not"
# Of an import alone, which is no backend: what coverage.py has measured, read by `branchlight import`.
IMPORT = "import"
NEVER_RAN = "a bare annotation in a class that never ran, and nothing in the data says that it was 3.14 or later"


@dataclass(frozen=True)
class Difference:
    kind: str
    fact: object  # a line, or a branch: (from, to)
    ours: bool  # we say so, and coverage.py does not; or the other way round

    def __str__(self):
        return f"{self.kind} {self.fact}: {'Branchlight' if self.ours else 'coverage.py'} only"


def compare(content, theirs, ours, witness=None, way=None):
    """The unexplained differences; and how often each reason was needed. `witness`: coverage.py's other core. `way`: the
    backend, or IMPORT: ours is what we read in coverage.py's own data."""
    if theirs is None:
        return [], collections.Counter({FAILS: 1})
    if ours is None:
        return [Difference("file", None, False)], collections.Counter()
    unexplained, reasons = [], collections.Counter()
    found = [
        Difference(kind, fact, fact in ours[kind])
        for kind in KINDS
        for fact in sorted(theirs[kind] ^ ours[kind], key=str)
    ]
    text = Text(content) if found else None
    branching = {start for kind in BRANCHES for start, _ in theirs[kind]}
    for each in found:
        if reason := text.reason(each, branching):
            reasons[reason] += 1
        elif unseen := unseen_in(way, text, each):
            reasons[unseen] += 1
        elif witness and (each.fact in witness[each.kind]) == each.ours:
            reasons[CORES] += 1
        else:
            unexplained.append(each)
    return unexplained, reasons


def unseen_in(way, text, difference):
    """Why it cannot say what the others say."""
    if way == IMPORT:
        bare = difference.ours and difference.kind == "missing_lines" and difference.fact in text.bare
        return NEVER_RAN if bare else None
    if way != "bookkeeping":
        return None
    return NO_EVENT if text.has_no_event(difference) else NO_CODE if text.has_no_code(difference) else None


class Text:
    """Where in a program each of the reasons holds: by the line that a branch is from."""

    def __init__(self, content):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(content)
        self.first = first_lines(content)
        (
            self.definitions,
            self.endless,
            self.constant,
            self.behind,
            self.annotated,
            self.into_finally,
            self.bare,
            self.detours,
            self.async_fors,
        ) = (set() for _ in range(9))
        self.finallies = []  # the lines in each
        self.withs = {}  # the same, by their first line
        self.one_line = {}  # header: all that is in its body
        for node in ast.walk(self.tree):
            self.look_at(node)

    def reason(self, difference, branching):
        """`branching`: the lines that coverage.py takes for branches."""
        if difference.kind not in BRANCHES:
            return None
        start, end = difference.fact
        if -end in self.annotated and difference.ours == (difference.kind == "executed_branches"):
            return END_OF_CLASS
        if start in self.definitions and not difference.ours:
            return ONE_LINE_DEFINITION
        if any(self.leaves(inside, difference, branching) for inside in self.finallies if start in inside):
            return FINALLY
        if start in self.endless and not difference.ours:
            return ELSE_OF_ENDLESS
        if start in self.constant and not difference.ours:
            return CONSTANT
        if start in self.behind and not difference.ours:
            return BEHIND_JUMP
        if start in self.one_line and self.raises_at(start, difference):
            return BODY_RAISED
        if start in self.one_line and start in self.detours:
            return DETOUR
        if (start, end) in self.into_finally and difference.ours == (difference.kind == "missing_branches"):
            return TEST_RAISED
        if difference.ours == (difference.kind == "missing_branches") and any(
            start in inside and end not in inside for inside in self.withs.values()
        ):
            return WITH_SWALLOWED
        return None

    def has_no_event(self, difference):
        says_it_was_taken = difference.ours and difference.kind == "executed_branches"
        return difference.kind in BRANCHES and difference.fact[0] in self.async_fors and not says_it_was_taken

    def has_no_code(self, difference):
        if difference.kind not in BRANCHES or difference.ours:
            return False
        return all(isinstance(each, CANNOT_RAISE) for each in self.one_line.get(difference.fact[0], [None]))

    def raises_at(self, header, difference):
        """coverage.py sees that the body was entered by where it goes on to; of a `raise` it often knows no way."""
        body = self.one_line[header]
        if any(isinstance(each, ast.Raise) for each in body):
            return True
        may_raise = not all(isinstance(each, CANNOT_RAISE) for each in body)
        return may_raise and difference.ours == (difference.kind == "executed_branches")

    def leaves(self, inside, difference, branching):
        """Whether it is about a way out of a finally: straight, or by the end of a with, or because a branch that lacks
        that way is none."""
        start, end = difference.fact
        return end not in inside or (start not in branching if difference.ours else end in self.withs)

    def lines(self, node):
        return {self.line(each) for each in ast.walk(node) if hasattr(each, "lineno")}

    def line(self, node):
        return self.first.get(node.lineno, node.lineno)

    def look_at(self, node):
        definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if definition and self.line(node.body[0]) == self.line(node):
            self.definitions.add(self.line(node))
        if isinstance(node, ast.AsyncFor):
            self.async_fors.add(self.line(node))
        if isinstance(node, ast.ClassDef) and sys.version_info >= (3, 14):
            if any(isinstance(each, ast.AnnAssign) for each in ast.walk(node)):
                self.annotated.add(self.line(node))
            bare = (each for each in node.body if isinstance(each, ast.AnnAssign) and each.value is None)
            self.bare |= {self.line(each) for each in bare}
        if isinstance(node, (ast.Try, ast.TryStar)):
            self.finallies.append({line for part in node.finalbody for line in self.lines(part)})
            after = {self.line(part) for part in [*node.finalbody[:1], *node.handlers]}
            self.into_finally |= {(start, end) for start in self.lines(node) for end in after}
        if isinstance(node, (ast.With, ast.AsyncWith, ast.Try, ast.TryStar)):
            self.detours |= self.lines(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            self.withs[self.line(node)] = self.lines(node)
        if isinstance(node, ast.While) and node.orelse and always(node.test) is not None:
            self.endless.add(self.line(node))
        if isinstance(node, (ast.If, ast.While)):
            self.note_test(node, node.test)
        if isinstance(node, ast.match_case) and node.guard and always(node.guard) is not None:
            self.constant.add(self.line(node.pattern))
        if isinstance(node, (ast.If, ast.While, ast.For, ast.AsyncFor)):
            self.note_body(self.line(node), node.body)
        if isinstance(node, ast.match_case):
            self.note_body(self.line(node.pattern), node.body)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                self.note_jumps(block)

    def note_test(self, node, test):
        # coverage.py knows constants, names and `not`, `and`, `or` of nothing but those.
        if always(test) is not None and not all(
            isinstance(
                part, (ast.Constant, ast.BoolOp, ast.UnaryOp, ast.Name, ast.expr_context, ast.boolop, ast.unaryop)
            )
            and getattr(part, "id", "__debug__") == "__debug__"
            for part in ast.walk(test)
        ):
            self.constant.add(self.line(node))

    def note_body(self, header, body):
        if self.line(body[0]) == header:
            self.one_line[header] = [each for statement in body for each in ast.walk(statement)]

    def note_jumps(self, block):
        for one, after in itertools.pairwise(block):
            if isinstance(one, (ast.Return, ast.Raise, ast.Break, ast.Continue)) and self.line(one) == self.line(after):
                self.behind.add(self.line(one))


def always(test):
    """What a test always is, as far as compilers fold it; None: it has to be evaluated."""
    match test:
        case ast.Constant(value):
            return bool(value)
        case ast.Name(id="__debug__"):
            return True
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inside = always(operand)
            return None if inside is None else not inside
        case ast.BoolOp(op, values):
            decides = isinstance(op, ast.Or)
            found = [always(value) for value in values]
            if decides in found:
                return decides
            return None if None in found else not decides
    return None


def first_lines(content):
    """Each further line of a statement of several lines, with its first."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = io.StringIO(content.decode(encoding), newline=None)
    first, result = None, {}
    for token in tokenize.generate_tokens(text.readline):
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
            if first is not None:
                result |= dict.fromkeys(range(first + 1, token.end[0] + 1), first)
            first = None
        elif first is None and token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            first = token.start[0]
    return result
