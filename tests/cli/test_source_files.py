"""Which files count: the same as in coverage.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Project
from counted_alike import MAIN, Case, rc

USED = "def f(x):\n    if x:\n        return 1\n    return 2\n"
PACKAGE = {
    "pkg/__init__.py": "",
    "pkg/used.py": USED,
    "pkg/never.py": "import os\n\nif os:\n    a = 1  # pragma: no cover\nelse:\n    b = 2\n\n\nclass C:\n    x: int\n",
    "pkg/sub/__init__.py": "",
    "pkg/sub/deep.py": "def g():\n    pass\n",
    "pkg/plain/loose.py": "x = 1\n",
    "pkg/#odd.py": "x = 1\n",
    "other.py": "y = 1\nif y:\n    y = 2\n",
    "tests/test_it.py": "import pkg.used\n",
    MAIN: "import other\nimport pkg.used\npkg.used.f(1)\n",
}


def package(rcfile: str) -> dict[str, str]:
    return PACKAGE | {".coveragerc": rcfile}


CASES = [
    Case("source is a folder", package(rc(run="source = pkg"))),
    Case("source is everything", package(rc(run="source = ."))),
    Case("source is a package", package(rc(run="source = pkg.sub, pkg.used"))),
    Case("source_pkgs", package(rc(run="source_pkgs = pkg"))),
    Case("source_pkgs of one module", package(rc(run="source_pkgs = other, main"))),
    Case("source_dirs", package(rc(run="source_dirs =\n    pkg/sub\n    pkg/plain"))),
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
        package(rc(run="source = pkg", report="include_namespace_packages = yes")),
    ),
    Case("include", package(rc(run="include = pkg/*, */other.py"))),
    Case("omit", package(rc(run="omit =\n    */used.py\n    main.py"))),
    Case(
        "omit of what was never imported",
        package(rc(run="source = .\nomit = pkg/sub/*\n    */test_*.py")),
    ),
    Case("report include", package(rc(report="include = pkg/**/*.py, m?in.py"))),
    Case("report omit", package(rc(run="source = .", report="omit = [a-o]*.py"))),
    Case(
        "relative_files",
        package(rc(run="relative_files = true\nsource = pkg", report="omit = pkg/u*")),
    ),
    Case(
        "paths",
        {
            "src/lib/__init__.py": "",
            "src/lib/a.py": USED,
            "build/out/lib/__init__.py": "",
            "build/out/lib/a.py": USED,
            MAIN: "import sys\nsys.path.insert(0, 'build/out')\nimport lib.a\nlib.a.f(1)\n",
            ".coveragerc": rc(paths="lib =\n    src/lib\n    */out/lib"),
        },
    ),
    Case(
        "paths put together",
        {
            "src/lib/__init__.py": "",
            "src/lib/a.py": USED,
            "build/out/copied/__init__.py": "",
            "build/out/copied/a.py": USED,
            MAIN: (
                "import sys\nsys.path[:0] = ['build/out', 'src']\nimport lib.a, copied.a\nlib.a.f(1)\ncopied.a.f(0)\n"
            ),
            ".coveragerc": rc(paths="lib =\n    src/lib\n    build/out/copied/"),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_counts_as_coveragepy_does(empty_project: Project, tmp_path: Path, case: Case) -> None:
    case.check(empty_project, tmp_path)


def test_a_file_that_leaves_out_everything_is_said_to(project: Project) -> None:
    project.write(".coveragerc", "[run]\ninclude = nothing.py\n")
    project.pytest()
    report = project("report")
    assert report.returncode == 1
    assert ".coveragerc leaves out everything that was measured" in report.stderr
