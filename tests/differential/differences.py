"""What two reports of one file say differently, and whether docs/branches.md says why.

A fact is a kind of measured.KINDS and a line or a branch. Each reason below is a rule about the text, and about which
of the two may say what; a difference that no rule is for is a fault of one of the two, and fails.
"""

import ast
import collections
import dis
import io
import itertools
import sys
import tokenize
import types
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
NEVER_LOADED = "dead code whose lambda is left in what is compiled from 3.14 on, so that coverage.py takes it for alive"
END_OF_CLASS = "the end of a class with annotations, which coverage.py does not see from 3.14 on"
TEST_RAISED = "a test that raised, and a finally, a handler or the caller, which coverage.py takes for its other arm"
WITH_SWALLOWED = "a test that raised in a with that swallowed it, which coverage.py takes for the way past the with"
EXCEPT_STAR = "the end of an except* before another one, by whose line coverage.py sees it go"
BODY_RAISED = "a body on the header's line that was entered, and left by an exception"
RAISE = "a raise on its header's line, for which coverage.py knows no way"
DETOUR = "a jump on its header's line out of a with or a try, by whose line coverage.py sees both arms go"
# Of an import alone, which is no backend: what coverage.py has measured, read by `branchlight import`.
IMPORT = "import"
NEVER_RAN = "a bare annotation in a class that never ran, and nothing in the data says that it was 3.14 or later"


@dataclass(frozen=True)
class Difference:
    kind: str
    fact: object  # a line, or a branch: (from, to)
    ours: bool  # we say so, and coverage.py does not; or the other way round
    us: str = "Branchlight"
    them: str = "coverage.py"

    def __str__(self):
        return f"{self.kind} {self.fact}: {self.us if self.ours else self.them} only"


def compare(content, theirs, ours, witness=None, way=None, raised=None):
    """The unexplained differences; and how often each reason was needed. `witness`: coverage.py's other core. `way`: the
    backend, or IMPORT: ours is what we read in coverage.py's own data. `raised`: where exceptions came by, as plain.py
    says it; None: nobody knows."""
    if theirs is None:
        return [], collections.Counter({FAILS: 1})
    if ours is None:
        return [Difference("file", None, False)], collections.Counter()
    unexplained, reasons = [], collections.Counter()
    found = apart(theirs, ours)
    text = Text(content, raised) if found else None
    known = set().union(*(theirs[kind] for kind in BRANCHES))
    for each in found:
        if reason := text.reason(each, known):
            reasons[reason] += 1
        elif way == IMPORT and text.never_ran(each):
            reasons[NEVER_RAN] += 1
        elif witness and (each.fact in witness[each.kind]) == each.ours:
            reasons[CORES] += 1
        else:
            unexplained.append(each)
    return unexplained, reasons


def apart(theirs, ours, **names):
    return [
        Difference(kind, fact, fact in ours[kind], **names)
        for kind in KINDS
        for fact in sorted(theirs[kind] ^ ours[kind], key=str)
    ]


class Text:
    """Where in a program each of the reasons holds: by the line that a branch is from."""

    def __init__(self, content, raised=None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(content)
            self.code = compile(content, "program", "exec", dont_inherit=True)
        self.first = first_lines(content)
        self.raised = raised
        (
            self.definitions,
            self.endless,
            self.constant,
            self.behind,
            self.into_finally,
            self.stars,
            self.bare,
            self.detours,
        ) = (set() for _ in range(8))
        self.tests, self.bodies = {}, {}  # by header: the nodes in a site's test, and in a body on the header's line
        self.finallies = []  # of each, its lines, and the headers that have an arm out of it
        self.classes = []  # of each with annotations, where its code begins, and the headers that have an arm out of it
        self.withs = {}  # the lines in each, by its first line
        for node in ast.walk(self.tree):
            self.look_at(node)

    def reason(self, difference, known):
        """`known`: the branches of which coverage.py knows, taken or not."""
        if difference.kind == "missing_lines" and not difference.ours and difference.fact in self.never_loaded():
            return NEVER_LOADED
        if difference.kind not in BRANCHES:
            return None
        start, end = difference.fact
        only_we_took_it = difference.ours == (difference.kind == "executed_branches")
        if only_we_took_it and any(-end == first and start in last for first, last in self.classes):
            return END_OF_CLASS
        for lines, reason in (
            (self.definitions, ONE_LINE_DEFINITION),
            (self.endless, ELSE_OF_ENDLESS),
            (self.constant, CONSTANT),
            (self.behind, BEHIND_JUMP),
        ):
            if start in lines and not difference.ours:
                return reason
        if start in self.stars and only_we_took_it:
            return EXCEPT_STAR
        unknown = difference.fact not in known
        to_with = not difference.ours and end in self.withs  # the end of one, after which coverage.py knows no way
        for inside, last in self.finallies:
            if start in last and (unknown or (to_with if end in inside else only_we_took_it)):
                return FINALLY
        body = self.bodies.get(start, [])
        if unknown and any(isinstance(each, ast.Raise) for each in body):
            return RAISE
        if self.raises_in(body) and (only_we_took_it or self.left_by_raising(start, end)):
            return BODY_RAISED
        if start in self.detours:
            return DETOUR
        if not only_we_took_it and self.raises_in(self.tests.get(start, [])):
            return self.left_by_raising(start, end)
        return None

    def left_by_raising(self, start, end):
        """Why coverage.py takes it for this arm: it sees lines, that of the header and then where the exception went."""
        leaves = end < 0 and sys.version_info < (3, 14)  # from then on the jumps are seen
        if leaves or (start, end) in self.into_finally:
            return TEST_RAISED
        return WITH_SWALLOWED if any(start in inside and end not in inside for inside in self.withs.values()) else None

    def raises_in(self, nodes):
        """Whether an exception came by; where nobody has looked, whether one may have."""
        if self.raised is None:
            return not all(isinstance(each, CANNOT_RAISE) for each in nodes)
        places = {tuple(place) for place in self.raised}
        return any((getattr(each, "lineno", 0), getattr(each, "col_offset", 0)) in places for each in nodes)

    def never_loaded(self):
        return {self.first.get(line, line) for line in left_over(self.code) - loaded(self.code)}

    def never_ran(self, difference):
        return difference.ours and difference.kind == "missing_lines" and difference.fact in self.bare

    def lines(self, *nodes):
        return {self.line(each) for node in nodes for each in ast.walk(node) if hasattr(each, "lineno")}

    def line(self, node):
        return self.first.get(node.lineno, node.lineno)

    def look_at(self, node):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if self.line(node.body[0]) == self.line(node):
                    self.definitions.add(self.line(node))
                if isinstance(node, ast.ClassDef) and sys.version_info >= (3, 14):
                    self.note_annotations(node)
            case ast.Try() | ast.TryStar():
                self.note_try(node)
            case ast.With() | ast.AsyncWith():
                self.withs[self.line(node)] = self.lines(node)
                self.note_detours(node.body)
            case ast.While() if node.orelse and always(node.test) is not None:
                self.endless.add(self.line(node))
        match node:
            case ast.If() | ast.While():
                self.note_constant(node, node.test)
                self.note_site(self.line(node), [node.test], node.body)
            case ast.For() | ast.AsyncFor():
                self.note_site(self.line(node), [node.target, node.iter], node.body)
                self.tests[self.line(node)].append(node)  # before 3.13 what asks for an iterator stands there
            case ast.match_case():
                if node.guard and always(node.guard) is not None:
                    self.constant.add(self.line(node.pattern))
                self.note_site(self.line(node.pattern), list(filter(None, [node.pattern, node.guard])), node.body)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                self.note_jumps(block)

    def note_annotations(self, node):
        annotations = [each for _, each in in_scope(node.body) if isinstance(each, ast.AnnAssign)]
        if annotations:
            first = min(self.line(each) for each in [node, *node.decorator_list])
            self.classes.append((first, self.leaving(node.body)))
        self.bare |= {self.line(each) for each in node.body if each in annotations and each.value is None}

    def note_try(self, node):
        self.finallies.append((self.lines(*node.finalbody), self.leaving(node.finalbody)))
        before = self.lines(*node.body, *node.handlers, *node.orelse)
        after = {self.line(part) for part in [*node.finalbody[:1], *node.handlers]}
        self.into_finally |= {(start, end) for start in before for end in after}
        for handler in node.handlers[:-1] if isinstance(node, ast.TryStar) else ():
            self.stars |= self.leaving(handler.body)
        if node.finalbody:
            self.note_detours([*node.body, *node.handlers, *node.orelse])

    def note_constant(self, node, test):
        # coverage.py knows constants, names and `not`, `and`, `or` of nothing but those.
        if always(test) is not None and not all(
            isinstance(
                part, (ast.Constant, ast.BoolOp, ast.UnaryOp, ast.Name, ast.expr_context, ast.boolop, ast.unaryop)
            )
            and getattr(part, "id", "__debug__") == "__debug__"
            for part in ast.walk(test)
        ):
            self.constant.add(self.line(node))

    def note_site(self, header, test, body):
        self.tests[header] = [each for part in test for each in ast.walk(part)]
        if self.line(body[0]) == header:
            self.bodies[header] = [each for statement in body for each in ast.walk(statement)]

    def note_detours(self, block):
        """The headers with a jump on their line that leads out of this block."""
        self.detours |= self.jumping(block, (ast.Return,), (ast.Return, ast.Break, ast.Continue))

    def jumping(self, block, anywhere, outside_of_loops):
        """The headers with one of these jumps on their line, in a loop of this block or outside of its loops."""
        found = set()
        for loops, node in in_scope(block):
            jumps = anywhere if loops else outside_of_loops
            for header, body in headers(node):
                if any(isinstance(each, jumps) for each in body):
                    found |= {self.line(header)} & {self.line(body[0])}
        return found

    def leaving(self, block):
        """The headers that have an arm which leads out at the end of a block."""
        found = set()
        for node in block[-1:]:
            inside = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
            for header, body in headers(node):
                if not getattr(node, "orelse", None) or self.line(body[0]) == self.line(header):
                    found.add(self.line(header))
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    continue
                case ast.While() | ast.For() | ast.AsyncFor():
                    inside.remove(node.body)
                    found |= self.jumping(node.body, (), (ast.Break,))
                case ast.Match():
                    inside = [case.body for case in node.cases]
                case ast.Try() | ast.TryStar():
                    inside += [handler.body for handler in node.handlers]
            for each in inside:
                found |= self.leaving(each)
        return found

    def note_jumps(self, block):
        for one, after in itertools.pairwise(block):
            if isinstance(one, (ast.Return, ast.Raise, ast.Break, ast.Continue)) and self.line(one) == self.line(after):
                self.behind.add(self.line(one))


def headers(node):
    """The sites that a statement has, each with its body: (where the site begins, body)."""
    match node:
        case ast.If() | ast.While() | ast.For() | ast.AsyncFor():
            return [(node, node.body)]
        case ast.Match():
            return [(case.pattern, case.body) for case in node.cases]
    return []


def in_scope(block, loops=0):
    """The statements of a block and those in them, but for those in functions and classes: (how many loops of this block
    it is in, statement)."""
    for node in block:
        yield loops, node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        deeper = loops + isinstance(node, (ast.While, ast.For, ast.AsyncFor))
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from in_scope(getattr(node, name, []), deeper if name == "body" else loops)


def codes(code):
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def loaded(code):
    """The lines of a code object, and of those that it may make functions of."""
    used = {each.argval for each in dis.get_instructions(code) if isinstance(each.argval, types.CodeType)}
    return {line for *_, line in code.co_lines()}.union(*(loaded(each) for each in used))


def left_over(code):
    return {line for *_, line in code.co_lines()}.union(*(left_over(each) for each in codes(code)))


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
