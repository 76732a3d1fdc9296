"""What counts within a file, and what its configuration leaves out: the same as in coverage.py."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from conftest import Project
from counted_alike import MAIN, MARKED, Case, rc, with_rc

PRAGMAS = """\
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def used(x):
    if x:
        return 1
    else:  # pragma: no cover
        x = 2
        return x


def unused():  # pragma: no cover
    if sys:
        return 1
    return 2


@staticmethod  # pragma: no cover
def decorated(
    x,
):
    return x


class Left:  # pragma: no cover
    a = 1

    def method(self):
        return 1


class Proto:
    def one(self) -> int: ...

    def two(
        self,
    ) -> int: ...

    async def three(self) -> None:
        ...


try:
    used(1)
except ValueError:  # pragma: no cover
    used(
        2,
    )
finally:
    used(3)

value = [
    1,
    2,  # pragma: no cover
]
for i in range(3):  # pragma: no branch
    if i == 5:  # PRAGMA NO COVER
        used(i)
    break
if value: print(value)  # pragma: no cover
while True:
    break
if 1:
    pass
def last(
    a,  # pragma: no cover
):
    return a
"""

# A definition on one line is a branch to coverage.py where it counts: docs/branches.md, "Where the numbers differ".
NO_SHORT_BODIES = PRAGMAS.replace("-> int: ...", "-> int:\n        ...")

BRANCHES = """\
def choose(a, b):
    if a:  # pragma: no branch
        b = 1
    if b:  # may be partial
        b = 2
    for c in [b]:  # maybe
        if c:
            a = c
    while a:
        a = 0
        if not a: break
    return a


choose(1, 1)
"""

MULTI = """\
def f(x):
    try:
        return int(x)
    except ValueError:
        pass
    except TypeError:
        pass
    if x:
        # begin skip
        y = 1
        z = 2
        # end skip
        return z
    with open(__file__) as g:
        g.read()
    return 0


f(1)
f("a")
"""

MATCH = """\
def kind(x):
    match x:
        case 1:
            return "one"
        case [a, b]:  # pragma: no cover
            return a
        case "s" | "t":
            x = 2
        case _:
            raise AssertionError(x)
    match x:
        case 2: return 3
        case 5: x = 4
        case _: assert_never(x)
    return x


kind(1)
kind("s")
"""

ONE_LINERS = """\
def f(a, b=0):
    if a: return 1
    if b: b = 2
    if b == 9: raise ValueError
    for i in range(3):
        if i == 1: continue
        if i == 2: break
        if b: b = 3; continue
    else: b = 4
    while b: b -= 1
    while a < 5: a += 1; break
    for i in (): return i
    for i in range(2): pass
    try:
        if a > 9: raise KeyError
        if a > 99: return 3
    except KeyError: a = 3
    except ValueError: return 4
    finally:
        if b: b = 5
    with open(__file__) as g:
        if g: a = 2
        if not g: return 1
    if a: return 5
    else: return 6


def last(a):
    if a: return 1


def elifs(a):
    if a == 1: return 1
    elif a == 2: a = 3
    elif a == 3: return 3
    else: a = 4
    assert a
    if a: assert a
    lambda: a
    if a: x = [
        i for i in range(3)
    ]; return x


def cases(a):
    match a:
        case 1: return 1
        case 2: a = 2
        case _: return 3
    if a: pass
    if not a: (yield 1)
    return a


f(1)
f(0)
try: f(0, 1)
except ValueError: pass
last(0)
elifs(1); elifs(2)
list(cases(2))
if f: f(1)
for i in range(3): f(i)
while i: i -= 1
"""

ANNOTATIONS = """\
import dataclasses


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


def later():
    class Inner:
        a: int
        b: "str"
        c: int = 1

    z: int
    return Inner


class Body:
    if Point:
        d: int
    e: int


module_level: int
"""

CASES = [
    Case("defaults", {MAIN: PRAGMAS}, excludes={MAIN: [4, 5, 11, 12, 13, 16]}),
    Case("defaults on crlf", {MAIN: PRAGMAS.replace("\n", "\r\n")}, excludes={MAIN: [4, 5, 11]}),
    Case("no branch", {MAIN: BRANCHES}),
    Case("partial_branches", with_rc(BRANCHES, rc(report="partial_branches = may be partial\n    maybe$"))),
    Case("partial_also", with_rc(BRANCHES, rc(report="partial_also =\n    may be partial\n    maybe$"))),
    Case(
        "partial_branches_always",
        with_rc(
            "while True:\n    break\nif 1:\n    pass\n" + BRANCHES, rc(report="partial_branches_always = while a:")
        ),
    ),
    Case(
        "no partial pattern at all",
        {
            MAIN: BRANCHES,
            "pyproject.toml": "[tool.coverage.report]\npartial_branches = []\npartial_branches_always = []\n",
        },
    ),
    Case(
        "exclude_lines",
        with_rc(MARKED, rc(report="exclude_lines =\n    raise NotImplementedError\n    log\\.\n    def __repr__")),
        excludes={MAIN: [3, 5, 6, 11, 12]},
    ),
    Case("exclude_lines replaces the defaults", with_rc(NO_SHORT_BODIES, rc(report="exclude_lines = raise"))),
    Case("exclude_lines of nothing", with_rc(NO_SHORT_BODIES, rc(report="exclude_lines ="))),
    Case(
        "exclude_also",
        with_rc(
            MARKED + PRAGMAS,
            rc(
                report="exclude_also =\n    if __name__ == .__main__.:\n    ; a comment\n    # and another\n    raise NotImplementedError"
            ),
        ),
        excludes={MAIN: [3, 15, 16, 17]},
    ),
    Case(
        "exclude_also in toml",
        {
            MAIN: MARKED,
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = [\n  'if __name__ == .__main__.:',\n  'raise NotImplementedError', ''\n]\n",
        },
        excludes={MAIN: [3, 15, 16, 17]},
    ),
    Case(
        "multi-line patterns",
        {
            MAIN: MULTI,
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = [\n"
            "  'except ValueError:\\n\\s*pass\\n',\n"
            "  '(?s:# begin skip.*?# end skip)',\n"
            "  '^\\s+with open.*\\n.*read',\n]\n",
        },
        excludes={MAIN: [4, 5, 9, 10, 11, 12]},
    ),
    Case(
        "a multi-line pattern up to the end of the file",
        {
            MAIN: MARKED,
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['^if __name__(?s:.*)\\Z']\n",
        },
        excludes={MAIN: [15, 16, 17]},
    ),
    Case(
        "a whole file",
        {
            MAIN: "import one\n",
            "one.py": "# skip file\n" + MARKED,
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['\\A(?s:.*# skip file.*)\\Z']\n",
        },
        excludes={"one.py": [1, 2]},
    ),
    Case(
        "lookaround, names and flags",
        with_rc(
            MARKED,
            rc(
                report="""
exclude_also =
    (?<!x )raise Not(?!Here)
    (?P<level>log)\\.(?P<kind>debug)\\("(?P<what>one)
    def (?P<und>__)\\w+(?P=und)\\(
    (?-i:ASSERT)_never
    \\bif (?:x|y) > 3\\b
"""
            ),
        ),
        excludes={MAIN: [3, 11, 12]},
    ),
    Case(
        "unicode",
        with_rc(
            "größe = 1\nif größe:\n    straße = 2  # naïve\nelse:\n    ж = 1\n",
            rc(report="exclude_also =\n    na\u00efve$\n    ^\\s+\\w = 1$"),
        ),
        excludes={MAIN: [3, 5]},
    ),
    Case("match", {MAIN: MATCH}),
    Case(
        "a default case that is left out",
        with_rc(MATCH, rc(report="exclude_also =\n    assert_never\n    raise AssertionError")),
    ),
    Case("one-liners", {MAIN: ONE_LINERS}),
    Case("annotations", {MAIN: ANNOTATIONS}),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_counts_as_coveragepy_does(empty_project: Project, tmp_path: Path, case: Case) -> None:
    case.check(empty_project, tmp_path)


def test_an_annotation_in_a_class_counts_for_the_interpreter_that_ran(project: Project, tmp_path: Path) -> None:
    project.write("a.py", ANNOTATIONS)
    assert project.run("a.py").returncode == 0
    assert project("report").returncode == 0  # which keeps what it has read
    for path in (project.root / ".branchlight/runs").iterdir():  # from now on, from the state alone
        path.unlink()
    done = project("report", "--format", "json", "-o", str(tmp_path / "ours.json"))
    content = json.loads((tmp_path / "ours.json").read_text())["files"]["a.py"]
    has_annotations = 12 in content["executed_lines"] + content["missing_lines"]
    assert (done.returncode, has_annotations) == (0, sys.version_info < (3, 14))


def test_a_pattern_that_does_not_compile_is_named_and_nothing_else_is_lost(project: Project) -> None:
    project.write(".coveragerc", "[report]\nexclude_also =\n    keep(\n    if vip\n")
    project.pytest()
    report = project("report", "price.py")
    assert report.returncode == 0
    assert f"{project.root}/.coveragerc: [report] exclude_also has a pattern that is left out, keep(" in report.stderr
    assert "price.py:4: if i > 10: never False" in report.stdout
    assert re.search(r"^price\.py +7 ", report.stdout, re.MULTILINE)  # without `if vip:` and what is in it
