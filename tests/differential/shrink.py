"""Makes a program smaller while it still differs in the same way: statements, clauses and operands go, one at a time.

Works on the text by the positions of its tree, so that what is on one line stays on one line. All the candidates of a
round are tried in one batch, and the round after begins with the smallest one that still differs.
"""

import ast
import warnings

import programs

ROUND = 30  # candidates; the programs of a batch share two processes


def shrink(text, still_differs):
    """`still_differs` takes a list of texts and gives a list of truths."""
    while True:
        smaller = sorted(set(candidates(text)), key=len)
        for start in range(0, len(smaller), ROUND):
            tried = smaller[start : start + ROUND]
            kept = [each for each, differs in zip(tried, still_differs(tried), strict=True) if differs]
            if kept:
                text = combine(text, kept, still_differs)
                break
        else:
            return text


def combine(text, kept, still_differs):
    """The smallest one; or what is left when several lines that can go alone go together."""
    gone = [set(range(len(lines(text)))) - matched(text, each) for each in kept]
    together = "".join(line for number, line in enumerate(lines(text)) if not any(number in each for each in gone))
    if len(together) < len(kept[0]) and programs.compiles(together) and still_differs([together])[0]:
        return together
    return kept[0]


def matched(text, smaller):
    """The lines of the text that are left in the smaller one, as a prefix and a suffix."""
    old, new = lines(text), lines(smaller)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    whole = len(new) == first + last  # lines are gone, and none is changed
    return set(range(first)) | set(range(len(old) - last, len(old))) if whole else set(range(len(old)))


def lines(text):
    return text.splitlines(keepends=True)


def candidates(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    source = text.encode()
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)

    def begin(node):
        node = min([node, *getattr(node, "decorator_list", [])], key=lambda each: (each.lineno, each.col_offset))
        at = starts[node.lineno - 1] + node.col_offset
        return at - 1 if source[at - 1 : at] == b"@" else at

    def end(node):
        return starts[node.end_lineno - 1] + node.end_col_offset

    def replaced(first, last, by=b""):
        return (source[:first] + by + source[last:]).decode()

    def edits():
        half = len(tree.body) // 2
        while half > 1:  # many at once to begin with
            for number in range(0, len(tree.body) - half, half):
                yield replaced(begin(tree.body[number]), begin(tree.body[number + half]))
            yield replaced(begin(tree.body[-half]), len(source))
            half //= 2
        for node in ast.walk(tree):
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    yield from of_block(node, name, block)
            if isinstance(node, ast.expr):
                if end(node) - begin(node) > 3:
                    yield replaced(begin(node), end(node), b"c()")
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        yield replaced(begin(node), end(node), source[begin(child) : end(child)])

    def of_block(node, name, block):
        if name in ("orelse", "finalbody"):
            before = [
                part for other in ("body", "handlers", "orelse") if other != name for part in getattr(node, other, [])
            ]
            if before:
                yield replaced(max(map(end, before)), end(block[-1]))
        if name == "cases":
            for case in block:
                line = starts[case.pattern.lineno - 1]
                yield replaced(line, end(case.body[-1]) + 1)
            return
        for number, each in enumerate(block):
            if name == "handlers":
                yield replaced(end(block[number - 1]) if number else end(node.body[-1]), end(each))
                continue
            yield replaced(begin(each), end(each), b"pass")
            first = source.rfind(b"\n", 0, begin(each)) + 1
            if not source[first : begin(each)].strip():
                yield replaced(first, end(each) + 1)
                for inner in ("body", "orelse", "finalbody"):
                    yield from unwrapped(each, getattr(each, inner, None), first)
            elif number:
                yield replaced(end(block[number - 1]), end(each))

    def unwrapped(each, body, first):
        if not isinstance(body, list) or not body or not isinstance(body[0], ast.stmt):
            return
        if body[0].lineno == each.lineno:
            yield replaced(begin(each), end(each), source[begin(body[0]) : end(body[-1])])
            return
        line = source.rfind(b"\n", 0, begin(body[0])) + 1
        extra = (begin(body[0]) - line) - (begin(each) - first)
        inside = source[line : end(body[-1])].split(b"\n")
        dedented = [part[extra:] if not part[:extra].strip() else part for part in inside]
        yield replaced(first, end(each), b"\n".join(dedented))

    for edit in edits():
        if len(edit) < len(text) and programs.compiles(edit):
            yield edit
