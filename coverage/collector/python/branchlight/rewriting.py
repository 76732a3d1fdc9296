"""Puts markers into a module: no-op lines at the heads of the arms of its branches, for CPython 3.12 and 3.13, where
the events of the interpreter cannot tell both directions of a branch apart cheaply.

A marker is `None` as a statement, on a line of its own that has no code: a blank one, a comment, the inside of a
documentation string, or one beyond the end of the file. It compiles to one no-op, which has a LINE event of its own,
and vanishes with code that the compiler drops. `docs/branches.md` says what a site is.
"""

# Nothing of the library's: a program may have modules of the same names, and it is in the middle of its own work.
import _ast as ast
import _warnings
import sys

FAILS, HOLDS = 0, 1  # as in coverage/hitlog/format.h: False, completes, does not match; True, starts, matches

# How far behind its test a marker's line is looked for. What lies farther than 127 lines from the head of its function
# costs more: CPython searches the line table for it at every event. Never before the head, where no line is expected.
_NEAR = 100

# Lines from which on a statement counts as long.
_LONG = 100

# Statements whose LINE event is sure to come when they are reached, and only then.
_PLAIN = (
    ast.Expr,
    ast.Assign,
    ast.AugAssign,
    ast.Return,
    ast.Raise,
    ast.Delete,
    ast.Pass,
    ast.Break,
    ast.Continue,
    ast.Import,
    ast.ImportFrom,
)


class Unsuitable(Exception):
    """This module cannot have markers; why, in words."""


def rewrite(path, filename, original, loader):
    """The module's code with markers, their lines (4 bytes each, 0: none was needed), and their records.

    `path` is where the text is, `filename` what the code calls it, and `original` what would run without us.
    """
    with open(path, "rb") as file:
        source = file.read()
    assertions = None
    if type(loader).__name__ == "AssertionRewritingHook":
        pytest = sys.modules["_pytest.assertion.rewrite"]

        def assertions(tree):
            pytest.rewrite_asserts(tree, source, filename, loader.config)

    return rewrite_text(source, filename, original, assertions)


def rewrite_text(source, filename, original, assertions=None):
    """`assertions`, if given, is what pytest does to a tree."""
    # Whatever there is to warn of was said when the original was compiled. A filter that is put in this way does not
    # make the interpreter forget what it has shown already. It looks at `warnings` where the program has imported that.
    filters = getattr(sys.modules.get("warnings"), "filters", _warnings.filters)
    silence = ("ignore", None, Warning, None, 0)
    list.insert(filters, 0, silence)  # a list of the program's may do something else
    try:
        tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        markers = _Markers(source.splitlines(), tree)
        if assertions is not None:
            assertions(tree)
        code = compile(tree, filename, "exec", dont_inherit=True)
    finally:
        if silence in filters:
            list.remove(filters, silence)
    lines = set()
    _compare(original, code, markers, lines)
    return code, b"".join(map(_uint32, markers.lines)), markers.records(lines)


def _uint32(number):
    return number.to_bytes(4, sys.byteorder)


def _compare(original, marked, markers, all_lines):
    """Markers must have changed nothing: the same code objects with the same lines."""
    pairs = [(original, marked)]
    while pairs:
        original, marked = pairs.pop()
        before = {line for _, _, line in original.co_lines() if line}
        after = {line for _, _, line in marked.co_lines() if line}
        differing = sorted((before ^ after) - markers.changed_lines)
        if differing:
            raise Unsuitable(f"lines {differing[:5]} of {original.co_qualname} would not stay as they are")
        all_lines |= after
        nested_before = [c for c in original.co_consts if hasattr(c, "co_consts")]
        nested_after = [c for c in marked.co_consts if hasattr(c, "co_consts")]
        if [c.co_qualname for c in nested_before] != [c.co_qualname for c in nested_after]:
            raise Unsuitable(f"{original.co_qualname} has other functions in it than its text")
        pairs += zip(nested_before, nested_after, strict=True)


def _statement_lists(tree):
    """All lists of statements. Not recursive: `elif` chains may be longer than the stack is deep."""
    waiting = [tree.body]
    while waiting:
        statements = waiting.pop()
        yield statements
        for node in statements:
            waiting += [getattr(node, name, ()) for name in ("body", "orelse", "finalbody")]
            waiting += [part.body for part in getattr(node, "handlers", None) or getattr(node, "cases", ())]


def _lines_without_code(source_lines, tree):
    """By the text alone, for every way to compile it must get the same ones."""
    free = [not line or line.isspace() or line.lstrip().startswith(b"#") for line in source_lines]
    for statements in _statement_lists(tree):
        for node in statements:
            # A comment in brackets may as well be the text of an f-string.
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
            body = getattr(node, "cases", None) or getattr(node, "body", None)
            if not body:
                spoken_for = range(first, node.end_lineno + 1)
            elif isinstance(node, ast.Match):
                spoken_for = range(first, body[0].pattern.lineno)
            else:
                spoken_for = range(first, body[0].lineno)
            for line in spoken_for:
                free[line - 1] = False
            for part in getattr(node, "handlers", None) or getattr(node, "cases", ()):
                for line in range(getattr(part, "pattern", part).lineno, part.body[0].lineno):
                    free[line - 1] = False
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                for line in range(node.lineno + 1, node.end_lineno):
                    free[line - 1] = True
    return {number for number, is_free in enumerate(free, 1) if is_free}


class _Markers:
    """Puts them into `tree`. `lines` has the line of each, or 0."""

    def __init__(self, source_lines, tree):
        self.lines = []
        self._entries = []  # (test line, test column, arm, line that stands for it or 0)
        self._free = _lines_without_code(source_lines, tree)
        self._beyond = len(source_lines) + 2
        self.changed_lines = set()
        for statements in _statement_lists(tree):
            for node in statements:
                if isinstance(node, (ast.If, ast.While)):
                    self._two_way(node, node.test)
                elif isinstance(node, (ast.For, ast.AsyncFor)):
                    self._two_way(node, node.iter)
                elif isinstance(node, ast.Match):
                    self._match(node)
                elif not hasattr(node, "body") and node.end_lineno - node.lineno >= _LONG:
                    self.changed_lines |= _shorten_data(node)
        self.changed_lines.update(self.lines)

    def records(self, lines):
        # MarkerRecord of coverage/hitlog/format.h
        return b"".join(
            b"".join(map(_uint32, (line, column, by_line))) + bytes((arm, (by_line or own_line) in lines, 0, 0))
            for own_line, (line, column, arm, by_line) in zip(self.lines, self._entries, strict=True)
        )

    def _two_way(self, node, test):
        self._at_head(node.body, test, HOLDS, test.end_lineno)
        if node.orelse:
            self._at_head(node.orelse, test, FAILS, max(test.end_lineno, node.body[-1].end_lineno))
        else:
            node.orelse = self._added_arm(test, FAILS, _evaluated_last(test))

    def _match(self, node):
        last = node.cases[-1]
        always_matches = last.guard is None and _is_irrefutable(last.pattern)  # and is no site
        for case, following in zip(node.cases, [*node.cases[1:], None], strict=True):
            end = (case.guard or case.pattern).end_lineno
            if following or not always_matches:
                self._at_head(case.body, case.pattern, HOLDS, end)
            if following:
                # Its pattern starts a line that only this failure leads to.
                self._add(case.pattern, FAILS, following.pattern.lineno)
        if not always_matches:
            end = _evaluated_last(last.guard) if last.guard else last.pattern
            anything = ast.MatchAs(**_place(last.pattern))
            node.cases.append(ast.match_case(anything, None, self._added_arm(last.pattern, FAILS, end)))

    def _at_head(self, statements, test, arm, header_end):
        first = statements[0]
        alone = isinstance(first, _PLAIN) and first.lineno == first.end_lineno and first.lineno > header_end
        marker = self._add(test, arm, first.lineno if alone else 0)
        if marker:
            statements.insert(0, _nothing(marker))

    def _added_arm(self, test, arm, end):
        # The second one carries the test's own place: what follows inherits it (a jump back to a loop's head, where
        # signals are handled), and no traceback ever shows a marker's line.
        return [
            _nothing(self._add(test, arm, 0)),
            _nothing(end.lineno, end.col_offset, end.end_lineno, end.end_col_offset),
        ]

    def _add(self, test, arm, by_line):
        self._entries.append((test.lineno, test.col_offset, arm, by_line))
        self.lines.append(0 if by_line else self._line_after(test.end_lineno))
        return self.lines[-1]

    def _line_after(self, line):
        for near in range(line + 1, line + _NEAR):
            if near in self._free:
                self._free.remove(near)
                return near
        self._beyond += 1
        return self._beyond - 1


def _shorten_data(statement):
    """Puts each display of constants on the line where it begins; gives the lines that are left. LINE on a line that is
    far from the head of its code object costs a search of the line table, so with many the time grew with the square:
    a dictionary of 20,000 lines took half a minute. Nothing in such a display can raise."""
    left = set()
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        if not _is_data(node):
            waiting += _children(node)
            continue
        left.update(range(node.lineno + 1, node.end_lineno + 1))
        parts = _children(node)
        while parts:
            part = parts.pop()
            parts += _children(part)
            if hasattr(part, "lineno"):
                part.lineno = part.end_lineno = node.lineno
                part.col_offset = part.end_col_offset = node.col_offset
    return left


def _children(node):
    fields = [getattr(node, name, None) for name in node._fields]
    return [
        child
        for field in fields
        for child in (field if isinstance(field, list) else [field])
        if isinstance(child, ast.AST)
    ]


def _place(node):
    return {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}


def _is_data(node):
    """Whether this is a display of nothing but constants. Keys and members that cannot be hashed would raise."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(map(_is_item, node.elts))
    if isinstance(node, ast.Set):
        return all(map(_is_hashable, node.elts))
    return isinstance(node, ast.Dict) and all(map(_is_hashable, node.keys)) and all(map(_is_item, node.values))


def _is_item(node):
    return _is_constant(node) or _is_data(node)


def _is_hashable(node):
    return all(map(_is_hashable, node.elts)) if isinstance(node, ast.Tuple) else _is_constant(node)


def _is_constant(node):
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, (int, float, complex))
    return isinstance(node, ast.Constant)


def _nothing(line, column=0, end_line=None, end_column=0):
    place = {"lineno": line, "col_offset": column, "end_lineno": end_line or line, "end_col_offset": end_column}
    return ast.Expr(ast.Constant(None, **place), **place)


def _evaluated_last(test):
    """A part of the test whose line is sure to have been reached when the whole has been evaluated."""
    while True:
        if isinstance(test, ast.UnaryOp):
            test = test.operand
        elif isinstance(test, ast.BoolOp):
            test = test.values[0]
        elif isinstance(test, ast.IfExp):
            test = test.test
        else:
            return test


def _is_irrefutable(pattern):
    while isinstance(pattern, (ast.MatchAs, ast.MatchOr)):
        if isinstance(pattern, ast.MatchOr):
            pattern = pattern.patterns[-1]
        elif pattern.pattern is None:
            return True
        else:
            pattern = pattern.pattern
    return False
