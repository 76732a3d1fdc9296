"""Puts markers into a module: no-op lines at the heads of the arms of its branches, for CPython 3.12 and 3.13, where
the events of the interpreter cannot tell both directions of a branch apart cheaply.

A marker is `None` as a statement, on a line of its own beyond the end of the file. It compiles to one no-op, which
has a LINE event of its own, and vanishes with code that the compiler drops. `docs/branches.md` says what a site is.
"""

import ast

FAILS, HOLDS = 0, 1  # as in coverage/hitlog/format.h: False, completes, does not match; True, starts, matches

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
    """The module's code with markers, the line of the first one, and the records of all.

    `path` is where the text is, `filename` what the code calls it, and `original` what would run without us.
    """
    with open(path, "rb") as file:
        source = file.read()
    assertions = None
    if type(loader).__name__ == "AssertionRewritingHook":
        import sys

        pytest = sys.modules["_pytest.assertion.rewrite"]

        def assertions(tree):
            pytest.rewrite_asserts(tree, source, filename, loader.config)

    return rewrite_text(source, filename, original, assertions)


def rewrite_text(source, filename, original, assertions=None):
    """`assertions`, if given, is what pytest does to a tree."""
    import warnings

    filters = warnings.filters
    # Whatever there is to warn of was said when the original was compiled. A filter that is put in by assignment does
    # not make the interpreter forget what it has shown already.
    warnings.filters = [("ignore", None, Warning, None, 0)]
    try:
        tree = ast.parse(source, filename)
        markers = _Markers(len(source.splitlines()) + 2)
        markers.put_into(tree)
        if assertions is not None:
            assertions(tree)
        code = compile(tree, filename, "exec", dont_inherit=True)
    finally:
        warnings.filters = filters
    lines = set()
    _compare(original, code, markers.base, lines)
    return code, markers.base, markers.records(lines)


def _compare(original, marked, base, all_lines):
    """Markers must have changed nothing: the same code objects with the same lines."""
    pairs = [(original, marked)]
    while pairs:
        original, marked = pairs.pop()
        before = {line for _, _, line in original.co_lines() if line}
        after = {line for _, _, line in marked.co_lines() if line}
        if before != {line for line in after if line < base}:
            differing = sorted(before ^ {line for line in after if line < base})
            raise Unsuitable(f"lines {differing[:5]} of {original.co_qualname} would not stay as they are")
        all_lines |= after
        nested_before = [c for c in original.co_consts if hasattr(c, "co_consts")]
        nested_after = [c for c in marked.co_consts if hasattr(c, "co_consts")]
        if [c.co_qualname for c in nested_before] != [c.co_qualname for c in nested_after]:
            raise Unsuitable(f"{original.co_qualname} has other functions in it than its text")
        pairs += zip(nested_before, nested_after, strict=True)


class _Markers:
    def __init__(self, base):
        self.base = base
        self._entries = []  # (test line, test column, arm, line that stands for it or 0)

    def put_into(self, tree):
        # Not recursive: `elif` chains may be longer than the stack is deep.
        lists = [tree.body]
        while lists:
            for node in lists.pop():
                if isinstance(node, (ast.If, ast.While)):
                    self._two_way(node, node.test)
                elif isinstance(node, (ast.For, ast.AsyncFor)):
                    self._two_way(node, node.iter)
                elif isinstance(node, ast.Match):
                    self._match(node)
                lists += [getattr(node, name, ()) for name in ("body", "orelse", "finalbody")]
                lists += [part.body for part in getattr(node, "handlers", None) or getattr(node, "cases", ())]

    def records(self, lines):
        import struct

        # MarkerRecord of coverage/hitlog/format.h
        return b"".join(
            struct.pack("=IIIBBH", line, column, by_line, arm, (by_line or self.base + number) in lines, 0)
            for number, (line, column, arm, by_line) in enumerate(self._entries)
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
            anything = ast.copy_location(ast.MatchAs(), last.pattern)
            node.cases.append(ast.match_case(anything, None, self._added_arm(last.pattern, FAILS, end)))

    def _at_head(self, statements, test, arm, header_end):
        first = statements[0]
        alone = isinstance(first, _PLAIN) and first.lineno == first.end_lineno and first.lineno > header_end
        number = self._add(test, arm, first.lineno if alone else 0)
        if not alone:
            statements.insert(0, _nothing(self.base + number))

    def _added_arm(self, test, arm, end):
        # The second one carries the test's own place: what follows inherits it (a jump back to a loop's head, where
        # signals are handled), and no traceback ever shows a marker's line.
        return [
            _nothing(self.base + self._add(test, arm, 0)),
            _nothing(end.lineno, end.col_offset, end.end_lineno, end.end_col_offset),
        ]

    def _add(self, test, arm, by_line):
        self._entries.append((test.lineno, test.col_offset, arm, by_line))
        return len(self._entries) - 1


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
