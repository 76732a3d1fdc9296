"""What coverage.py reports of a program is what Branchlight reports, but for the reasons in docs/branches.md."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import differences
import fuzz

NEW = sys.version_info >= (3, 14)

# A program for each reason for which the two may differ, and one that differs for no other.
EXCEPTIONS = [
    (differences.ONE_LINE_DEFINITION, "x = 1\nclass C: pass\nx = 2\n"),
    (differences.FINALLY, "try:\n    raise c\nfinally:\n    if c():\n        hit()\n"),
    (
        differences.FINALLY,
        "def f(x):\n    try:\n        if x:\n            return 1\n    finally:\n        if c(1):\n            hit()\n    hit()\nf(1)\n",
    ),
    (differences.FINALLY, "try:\n    raise c\nfinally:\n    with Manager(0):\n        if c(1):\n            hit()\n"),
    (
        differences.FINALLY,
        "def f():\n    try:\n        return c\n    finally:\n        while 1:\n            if c: break\nf()\n",
    ),
    (differences.FINALLY, "try: raise c\nfinally:\n    with 1:\n        while v:\n            c\n"),
    (differences.ELSE_OF_ENDLESS, "while 1:\n    break\nelse:\n    hit()\nhit()\n"),
    (differences.CONSTANT, "if c() or True:\n    hit()\nhit()\n"),
    (differences.BEHIND_JUMP, "try:\n    raise c; pass\nexcept TypeError:\n    pass\n"),
    (differences.WITH_SWALLOWED, "with Manager(1):\n    if Error.no_such_attribute:\n        hit()\nhit()\n"),
    (differences.TEST_RAISED, "try:\n    if Error.no_such_attribute:\n        hit()\nfinally:\n    hit()\n"),
    (differences.RAISE, "try:\n    if c(1) == 0: raise Error\nfinally:\n    hit()\n"),
    (differences.DETOUR, "def f():\n    with Manager(0):\n        if c: return c\n        hit()\nf()\n"),
    (differences.DETOUR, "for x in [0]:\n    with Manager(0):\n        if c(1) == 0: break\nhit()\n"),
    (
        differences.EXCEPT_STAR,
        "for x in [0]:\n    try:\n        raise Error\n    except* Error:\n        if c(1):\n            hit()\n    except* Other:\n        pass\n",
    ),
    (differences.BODY_RAISED, "def f():\n    with Manager(1):\n        for x in [1]: raise Error\n    hit()\nf()\n"),
]
if NEW:
    # sys.monitoring, not the tracer: it takes a line for run because a branch would lead there.
    EXCEPTIONS.append((differences.CORES, "assert c(1), 'no'\nhit()\n"))
    failing = "async def g():\n    raise Error\n    yield\nasync def f():\n    async for x in g():\n        hit()\n    hit()\n"
    EXCEPTIONS.append((differences.CORES, f"{failing}try:\n    drive(f())\nexcept Error:\n    hit()\n"))
    EXCEPTIONS.append((differences.FINALLY, "try: raise c; c\nfinally:\n    while c(1):\n        pass\nhit()\n"))
    EXCEPTIONS.append((differences.NEVER_RAN, "def f():\n    class C:\n        x: int\nhit()\n"))
    EXCEPTIONS.append(
        (differences.NEVER_LOADED, "def f():\n    return v\n    if lambda x=c: x:\n        pass\nhit()\n")
    )
    EXCEPTIONS.append((differences.END_OF_CLASS, "@decorate\nclass C:\n    if c(1):\n        x: int = 1\n"))
else:
    EXCEPTIONS.append((differences.TEST_RAISED, "for x in 3:\n    pass\n"))
    EXCEPTIONS.append((differences.TEST_RAISED, "def f():\n    if Error.no_such_attribute:\n        hit()\nf()\n"))

# What was wrong once.
SAME = {
    "a body on its header's line": "def f(x):\n    if x: return 1\n    for y in x: break\n    else: hit()\n    while c(9): pass\nf([])\n",
    "raise on its header's line": "def f(x):\n    try:\n        if x: raise\n    except c: hit()\n    hit()\nf(0)\n",
    "async for": "async def g(n):\n    for x in range(n):\n        yield x\nasync def f(n):\n    async for x in g(n):\n        v = x\n    async for x in g(n): pass\ndrive(f(3))\ndrive(f(0))\n",
    "names that are normalised": "def f𝐱(x):\n    if x:\n        hit()\nf𝐱(1)\n",
    "a decorator in brackets": "@(\n    decorate)\ndef f(x):\n    if x:\n        hit()\nf(1)\n",
    "a continued line before a test": "def f(x):\n    if \\\n  x:\n        hit()\n    hit()\nf(1)\n",
    "match of a list": "match [c(), c()]:\n    case [1, *rest]:\n        hit()\n    case [0, x]:\n        hit()\n",
    "a comment after a decorator": "if c(1) == 0:\n    @decorate\n# why\n    def f(x):\n        if x:\n            hit()\n    f(0)\n",
    "a class that never ran": "def f():\n    class C:\n        x: int\nhit()\n",
    "a choice of what to loop over": "for x in 'ab' if c(1) == 0 else '':\n    break\nhit()\n",
    "a loop over a comprehension": "for x in [y for x in [0] if x for y in 2]:\n    hit()\nhit()\n",
    "a guard that never holds": "def f(x):\n    match x:\n        case Point() if not __debug__:\n            1\nf(Point(1, 2))\nf(0)\n",
    "a pass to which both ways lead": "try:\n    match c:\n        case [\n            1,\n            x,\n            ]:\n            if x:\n                pass\n        case (x):\n            raise c\nexcept c as y:\n    pass\nelse: pass\n",
    "a guard that always holds": "match c(1):\n    case 0 if not (c() and 0):\n        if c():\n            hit()\nhit()\n",
    "a guard before a body without code": "def f(x, y):\n    match x:\n        case [] if y: None\n        case [1] if y or 0: None\n        case [2] if (0 if y else x): None\n        case [2] if not y or x: None\n        case 2, 3:\n            pass\nf([], 1)\nf([], 0)\nf([1], 1)\nf([2], 1)\nf([2], 0)\n",
    "an alternative before a body without code": "match 'a':\n    case int() | str() as x: 1\n    case Point(x=(0 | 1) as x):\n        pass\n",
    "annotations that are nothing": "class C:\n    x: int\n    y: int = 1\n",
}
if sys.version_info >= (3, 13):
    SAME["defaults of types"] = (
        "if c(1) == 0:\n    def f[T = int](\n  x):\n        if x:\n            hit()\n    f(0)\n"
    )
if sys.version_info >= (3, 15):
    SAME["lazy import"] = "lazy import json\nif c(1):\n    hit()\nhit()\n"


def test_random_programs_are_reported_as_coverage_py_reports_them():
    outcome, _ = fuzz.check(1, 200)
    assert outcome.programs == 200 and outcome.sizes > 3000
    assert {
        name: {backend: [str(each) for each in found] for backend, found in by.items()}
        for name, by in outcome.differing.items()
    } == {}


@pytest.mark.parametrize(("reason", "program"), EXCEPTIONS)
def test_a_reason_is_needed_by_its_program(reason, program):
    outcome = fuzz.compare_batch({"p1": program.encode()})
    assert outcome.differing == {}
    assert set(outcome.reasons) == {reason}


def test_what_was_wrong_once():
    outcome = fuzz.compare_batch({f"p1{'x' * number}": text.encode() for number, text in enumerate(SAME.values())})
    names = list(SAME)
    assert {
        names[name.count("x")]: [str(each) for each in found]
        for name, by in outcome.differing.items()
        for found in by.values()
    } == {}
    assert not outcome.reasons


# A program, where exceptions came by, what one of the two says alone, and whether a reason may excuse that.
NARROW = {
    "a test that raised in a with": (SWALLOWED := "with Manager(1):\n    if c():\n        hit()\nhit()\n", [[2, 7]], (2, 4), False, True),
    "a body that raised in a with": (SWALLOWED, [[3, 8]], (2, 4), False, False),
    "nothing that raised in a with": (SWALLOWED, [], (2, 4), False, False),
    "the other direction of a test that raised": (SWALLOWED, [[2, 7]], (2, 4), True, False),
    "a one-line body that raised": (ONE_LINE := "for x in [1]: hit()\nhit()\n", [[1, 14]], (1, -1), True, True),
    "a one-line body that did not": (ONE_LINE, [], (1, -1), True, False),
    "a jump out of a with": ("for x in [0]:\n    with c:\n        if x: break\n", [], (3, 1), False, True),
    "a jump that stays in a with": ("with c:\n    for x in [0]:\n        if x: break\n", [], (3, 2), False, False),
    "a jump out of a try without a finally": ("for x in [0]:\n    try:\n        if x: break\n    except c: pass\n", [], (3, 1), False, False),
    "the end of a finally": (FINALLY := "try:\n    raise c\nfinally:\n    if c():\n        if c():\n            hit()\n    if c():\n        hit()\n", [], (7, -1), True, True),
    "the middle of a finally": (FINALLY, [], (4, 7), True, False),
}  # fmt: skip


@pytest.mark.parametrize(("program", "raised", "branch", "ours", "excused"), NARROW.values(), ids=NARROW)
def test_a_reason_excuses_no_more_than_it_names(program, raised, branch, ours, excused):
    nothing = {kind: set() for kind in fuzz.measured.KINDS}
    known = nothing | {"missing_branches": {(branch[0], line) for line in (0, *branch[1:])}}  # it takes it for a branch
    taken = known | {"missing_branches": known["missing_branches"] - {branch}, "executed_branches": {branch}}
    theirs, mine = (known, taken) if ours else (taken, known)
    unexplained, reasons = differences.compare(program.encode(), theirs, mine, raised=raised)
    assert (unexplained == []) == excused, reasons


def test_a_program_without_an_end_is_left_out_and_named():
    endless = "while True:\n    try:\n        hit()\n    except:\n        pass\n"
    outcome = fuzz.compare_batch({"p1": endless.encode(), "p2": b"hit()\nif c():\n    hit()\n"})
    assert outcome.endless == ["p1"]
    assert (outcome.programs, outcome.sizes, outcome.differing) == (1, 2, {})


def test_a_difference_is_noticed():
    theirs = {kind: set() for kind in fuzz.measured.KINDS}
    ours = theirs | {"missing_branches": {(1, 2)}}
    unexplained, reasons = differences.compare(b"if c():\n    hit()\n", theirs, ours)
    assert [str(each) for each in unexplained] == ["missing_branches (1, 2): Branchlight only"]
    assert not reasons
