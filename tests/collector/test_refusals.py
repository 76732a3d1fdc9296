"""An interpreter that is not supported runs as if we were not there, and leaves word for `branchlight doctor`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Stands in for interpreters that this machine may not have: runs sitecustomize with a part of `sys` replaced.
STAND_IN = """
    import os, runpy, sys, types
    {change}
    try:
        runpy.run_path({site!r} + '/sitecustomize.py')
    except ImportError as error:
        assert error.name == 'sitecustomize'
    print('branchlight' in repr(sys.monitoring.get_tool(4)), {site!r} in sys.path)
    """

REFUSED = {
    "3.11": ("sys.version_info = (3, 11, 9)", "older than 3.12"),
    "2.7": ("sys.version_info = (2, 7, 18)", "older than 3.12"),
    "PyPy": ("sys.implementation = types.SimpleNamespace(name='pypy', cache_tag='pypy')", "pypy is not CPython"),
    "free-threaded": ("sys.abiflags = 't'", "free-threaded"),
    "JIT": ("sys._jit = types.SimpleNamespace(is_enabled=lambda: True)", "JIT"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused_in_words(what, workspace):
    change, reason = REFUSED[what]
    text = STAND_IN.format(change=change, site=str(workspace.collector / "site"))
    workspace.write("prog.py", text)
    variables = workspace.environment()
    environment = {name: value for name, value in variables.items() if name.startswith("BRANCHLIGHT")}
    outcome = workspace.succeeds("prog.py", measured=False, **environment)
    assert outcome.stderr == "" and outcome.stdout == "False False\n"
    assert workspace.logs() == []
    [note] = (workspace.directory / "refused").iterdir()
    executable, words = note.read_text().splitlines()
    assert executable == sys.executable and reason in words


def other_pythons() -> list[str]:
    names = [f"python3.{minor}" for minor in range(6, 12)] + ["python2.7", "pypy3"]
    found = [shutil.which(name) for name in names]
    found += [str(path) for path in Path.home().glob(".pyenv/versions/*/bin/python") if " 3.1" not in str(path)]
    old = []
    for python in filter(None, found):
        version = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info >= (3, 12))"], capture_output=True, check=False
        )
        if version.returncode == 0 and version.stdout.strip() == b"False":
            old.append(python)
    return old


def test_old_interpreters_run_undisturbed(workspace):
    """Those that this machine has; the stand-ins above are everywhere."""
    workspace.write("mod.py", "x = 1\n")
    workspace.write("prog.py", "import sys, mod\nsys.stdout.write('%s %s' % (sys.path, sys.argv))\nsys.exit(3)\n")
    for python in other_pythons():
        measured = workspace.run("prog.py", python=python)
        assert measured == workspace.run("prog.py", measured=False, python=python), python
        assert measured.status == 3 and measured.stderr == ""
        assert workspace.logs() == []


def test_it_parses_on_every_python_there_is(collector):
    """No syntax that Python 2 does not have either."""
    import ast

    tree = ast.parse((collector / "site" / "sitecustomize.py").read_text(), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef, ast.YieldFrom, ast.Nonlocal)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.cause]


def test_a_free_tool_id_is_searched_for(workspace):
    workspace.write("site/usercustomize.py", "")
    workspace.write(
        "prog.py",
        """
        import sys
        print([sys.monitoring.get_tool(id) for id in range(6)])
        """,
    )
    assert workspace.succeeds("prog.py").stdout == "[None, None, None, None, 'branchlight', None]\n"


def test_without_a_free_tool_id_the_program_runs_and_a_note_says_why(workspace, collector):
    workspace.write(
        "prog.py",
        f"""
        import runpy, sys
        for id in range(6): sys.monitoring.use_tool_id(id, 'theirs')
        try: runpy.run_path({str(collector / "site")!r} + '/sitecustomize.py')
        except ImportError: pass
        x = 1
        """,
    )
    environment = {name: value for name, value in workspace.environment().items() if name.startswith("BRANCHLIGHT")}
    assert workspace.succeeds("prog.py", measured=False, **environment).stderr == ""
    [note] = (workspace.directory / "refused").iterdir()
    assert "all six ids" in note.read_text()
