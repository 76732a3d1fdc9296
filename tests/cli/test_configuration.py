"""coverage.py's configuration means here what it means to coverage.py: both measure the same small projects."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import Project

MAIN = "main.py"


@dataclass(frozen=True)
class Case:
    """A project: its files, and what to run in it."""

    name: str
    files: dict[str, str]
    command: tuple[str, ...] = (MAIN,)
    environment: dict[str, str] = field(default_factory=dict)
    # What differs from a comparison of nothing with nothing: lines that must be excluded in coverage.py's report too.
    excludes: dict[str, list[int]] = field(default_factory=dict)


def rc(**sections: str) -> str:
    """A .coveragerc: `report="exclude_also = x"`."""
    return "".join(f"[{name}]\n{text.strip()}\n" for name, text in sections.items())


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

MARKED = """\
def noisy(x):
    if x > 2:
        raise NotImplementedError
    if x > 3:
        log.debug("one")
        log.debug("two")
    assert_never(x) if x > 9 else None
    return x


def __repr__(x):
    return "x"


if __name__ == "__main__":
    noisy(1)
    noisy(0)
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

PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/used.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
    "pkg/never.py": "import os\n\nif os:\n    a = 1  # pragma: no cover\nelse:\n    b = 2\n\n\nclass C:\n    x: int\n",
    "pkg/sub/__init__.py": "",
    "pkg/sub/deep.py": "def g():\n    pass\n",
    "pkg/plain/loose.py": "x = 1\n",
    "pkg/#odd.py": "x = 1\n",
    "other.py": "y = 1\nif y:\n    y = 2\n",
    "tests/test_it.py": "import pkg.used\n",
    MAIN: "import other\nimport pkg.used\npkg.used.f(1)\n",
}


def package(**more: str) -> dict[str, str]:
    return PACKAGE | more


def with_rc(source: str, rcfile: str, **more: str) -> dict[str, str]:
    return {MAIN: source, ".coveragerc": rcfile} | more


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
    Case("source is a folder", package(**{".coveragerc": rc(run="source = pkg")})),
    Case("source is everything", package(**{".coveragerc": rc(run="source = .")})),
    Case("source is a package", package(**{".coveragerc": rc(run="source = pkg.sub, pkg.used")})),
    Case("source_pkgs", package(**{".coveragerc": rc(run="source_pkgs = pkg")})),
    Case("source_pkgs of one module", package(**{".coveragerc": rc(run="source_pkgs = other, main")})),
    Case("source_dirs", package(**{".coveragerc": rc(run="source_dirs =\n    pkg/sub\n    pkg/plain")})),
    Case(
        "source below src",
        {
            "src/lib/__init__.py": "",
            "src/lib/a.py": "x = 1\n",
            "src/lib/b.py": "y = 1\n",
            MAIN: "import sys\nsys.path.insert(0, 'src')\nimport lib.a\n",
            "pyproject.toml": "[tool.coverage.run]\nsource_pkgs = ['lib']\n",
        },
    ),
    Case(
        "namespace packages",
        package(**{".coveragerc": rc(run="source = pkg", report="include_namespace_packages = yes")}),
    ),
    Case("include", package(**{".coveragerc": rc(run="include = pkg/*, */other.py")})),
    Case("omit", package(**{".coveragerc": rc(run="omit =\n    */used.py\n    main.py")})),
    Case(
        "omit of what was never imported",
        package(**{".coveragerc": rc(run="source = .\nomit = pkg/sub/*\n    */test_*.py")}),
    ),
    Case("report include", package(**{".coveragerc": rc(report="include = pkg/**/*.py, m?in.py")})),
    Case("report omit", package(**{".coveragerc": rc(run="source = .", report="omit = [a-o]*.py")})),
    Case(
        "relative_files",
        package(**{".coveragerc": rc(run="relative_files = true\nsource = pkg", report="omit = pkg/u*")}),
    ),
    Case(
        "paths",
        {
            "src/lib/__init__.py": "",
            "src/lib/a.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
            "build/out/lib/__init__.py": "",
            "build/out/lib/a.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
            MAIN: "import sys\nsys.path.insert(0, 'build/out')\nimport lib.a\nlib.a.f(1)\n",
            ".coveragerc": rc(paths="lib =\n    src/lib\n    */out/lib"),
        },
    ),
    Case(
        "paths put together",
        {
            "src/lib/__init__.py": "",
            "src/lib/a.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
            "build/out/copy/__init__.py": "",
            "build/out/copy/a.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
            MAIN: "import sys\nsys.path[:0] = ['build/out', 'src']\nimport lib.a, copy.a\nlib.a.f(1)\ncopy.a.f(0)\n".replace(
                "copy", "copied"
            ),
            ".coveragerc": rc(paths="lib =\n    src/lib\n    build/out/copied/"),
        }
        | {
            "build/out/copied/__init__.py": "",
            "build/out/copied/a.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
        },
    ),
    Case("setup.cfg", {MAIN: MARKED, "setup.cfg": "[metadata]\nname = x\n[coverage:report]\nexclude_also = log\n"}),
    Case("tox.ini", {MAIN: MARKED, "tox.ini": "[tox]\nenvlist = x\n[coverage:report]\nexclude_also: raise\n"}),
    Case(".coveragerc.toml", {MAIN: MARKED, ".coveragerc.toml": "[report]\nexclude_also = ['log']\n"}),
    Case("pyproject.toml", {MAIN: MARKED, "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n"}),
    Case(
        ".coveragerc comes first",
        {
            MAIN: MARKED,
            ".coveragerc": "[report]\nexclude_also = raise\n",
            "setup.cfg": "[coverage:report]\nexclude_also = log\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['__repr__']\n",
        },
    ),
    Case(
        "an empty .coveragerc is one",
        {MAIN: MARKED, ".coveragerc": "", "setup.cfg": "[coverage:report]\nexclude_also = log\n"},
    ),
    Case(
        "setup.cfg comes before pyproject.toml",
        {
            MAIN: MARKED,
            "setup.cfg": "[coverage:report]\nexclude_also = raise\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n",
        },
    ),
    Case(
        "setup.cfg without a word on coverage",
        {
            MAIN: MARKED,
            "setup.cfg": "[report]\nexclude_also = raise\n",
            "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['log']\n",
        },
    ),
    Case(
        "COVERAGE_RCFILE",
        {
            MAIN: MARKED,
            "conf/mine.cfg": "[report]\nexclude_also = raise\n",
            ".coveragerc": "[report]\nexclude_also = log\n",
        },
        environment={"COVERAGE_RCFILE": "conf/mine.cfg"},
    ),
    Case(
        "environment variables",
        with_rc(
            MARKED,
            rc(report="exclude_also =\n    $WHAT\n    ${NONE-log}${NONE}\n    ${WHAT}x$$\n    __repr__\\(x\\):$"),
        ),
        environment={"WHAT": "raise"},
    ),
    Case("prefixed sections in .coveragerc", with_rc(MARKED, "[coverage:report]\nexclude_also = raise\n")),
    Case(
        "continued and blank lines",
        with_rc(
            MARKED,
            "[report]\nexclude_also =\n    raise\n\n      log\n# no more\n    \n    __repr__\nshow_missing = true\n[DEFAULT]\nomit = */nothing\n",
        ),
    ),
    Case(
        "commas in patterns",
        with_rc(
            "def f(a, b):\n    return 1\n\n\ndef g(a,b):\n    return 2\n",
            rc(report="exclude_also = def \\w+\\(a, b\\)"),
        ),
    ),
]


def measured(report: dict[str, Any]) -> dict[str, Any]:
    keys = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")
    return {name: {key: content[key] for key in keys} for name, content in report["files"].items()}


def of_coveragepy(project: Project, case: Case, scratch: Path) -> dict[str, Any]:
    environment = project.environment(**{"COVERAGE_FILE": str(scratch / "data"), **case.environment})
    for words in (["run", "--branch", *case.command], ["json", "-q", "-o", str(scratch / "theirs.json")]):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=project.root,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((scratch / "theirs.json").read_text())


def of_ours(project: Project, case: Case, scratch: Path) -> dict[str, Any]:
    done = project.run(*case.command, env=case.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    done = project("report", "--format", "json", "-o", str(scratch / "ours.json"), env=case.environment)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads((scratch / "ours.json").read_text())


@pytest.fixture
def empty_project(tmp_path: Path, program: Path) -> Project:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    return Project(root, program)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_counts_as_coveragepy_does(empty_project: Project, tmp_path: Path, case: Case) -> None:
    project = empty_project
    for name, text in case.files.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    theirs = of_coveragepy(project, case, tmp_path)
    ours = of_ours(project, case, tmp_path)
    for name, lines in case.excludes.items():
        assert set(lines) <= set(theirs["files"][name]["excluded_lines"]), "the case does not test what it says"
    assert measured(ours) == measured(theirs)
    assert ours["totals"] == theirs["totals"]


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


def test_a_file_that_leaves_out_everything_is_said_to(project: Project) -> None:
    project.write(".coveragerc", "[run]\ninclude = nothing.py\n")
    project.pytest()
    report = project("report")
    assert report.returncode == 1
    assert ".coveragerc leaves out everything that was measured" in report.stderr


def test_doctor_names_settings_that_mean_nothing_here(project: Project) -> None:
    project.write(
        ".coveragerc",
        "[run]\nbranch = true\nparallel = true\nplugins = p\nsuorce = x\n[report]\nexclude_also = (\nprecision = 2\n",
    )
    result = project("doctor", "--python", sys.executable)
    assert result.returncode == 1
    assert f"what does not count is read from {project.root}/.coveragerc" in result.stdout
    nothing = result.stdout.split("settings of coverage.py that mean nothing to Branchlight:")[1].split("->")[0]
    assert nothing.split("\n")[1:3] == ["      [report] precision", "      [run] plugins"]
    assert "branch" not in nothing and "parallel" not in nothing
    assert (
        f"settings that neither coverage.py nor Branchlight knows:\n      {project.root}/.coveragerc: [run] suorce"
        in result.stdout
    )
    assert "exclude_also has a pattern that is left out, (:" in result.stdout


def test_settings_of_our_own_that_do_not_exist_are_named(project: Project) -> None:
    project.write("pyproject.toml", "[tool.branchlight]\ncolour = 'red'\n")
    assert "[tool.branchlight] colour" in project("doctor", "--python", sys.executable).stdout
