"""How code comes to be measured, and which code does not."""

from __future__ import annotations

import sys
import textwrap

import pytest

CHOOSE = """
    def choose(a):
        if a:
            return 'yes'
        return 'no'
    """


def test_a_main_script_is_measured(workspace, backend):
    workspace.write("prog.py", CHOOSE + "\n    choose(1)\n")
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.lines("prog.py") >= {2, 3, 4} and 5 not in workspace.lines("prog.py")
    assert workspace.arms("prog.py") == {(3, True)}


def test_a_main_script_without_a_suffix_is_measured(workspace, backend):
    workspace.write("bin/tool", "x = 1\nfor i in range(x):\n    y = 2\n")
    workspace.succeeds("bin/tool", backend=backend)
    assert workspace.lines("bin/tool") == {1, 2, 3}
    assert workspace.arms("bin/tool") == {(2, True), (2, False)}


def test_imported_modules_and_packages_are_measured(workspace, backend):
    workspace.write("package/__init__.py", "from . import inner\n")
    workspace.write("package/inner.py", CHOOSE)
    workspace.write("prog.py", "import package\npackage.inner.choose(0)\n")
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.measured_files() == {"prog.py", "package/__init__.py", "package/inner.py"}
    assert workspace.arms("package/inner.py") == {(3, False)}
    assert workspace.calls("package/inner.py") == {"<module>", "choose"}


@pytest.mark.parametrize("how", [["-m", "package"], ["-m", "package.inner"], ["package"]])
def test_modules_and_folders_that_are_run_are_measured(how, workspace, backend):
    workspace.write("package/__init__.py", "")
    workspace.write("package/inner.py", CHOOSE + "\n    choose(1)\n")
    workspace.write("package/__main__.py", "import sys\nsys.path.insert(0, '.')\nimport package.inner\n")
    workspace.succeeds(*how, backend=backend)
    assert workspace.arms("package/inner.py") == {(3, True)}


def test_a_program_in_an_archive_leaves_nothing_on(workspace):
    """It looks like a script, but no code of a script ever comes."""
    workspace.write("mod.py", CHOOSE)
    workspace.write(
        "make.py",
        """
        import zipfile
        with zipfile.ZipFile('app', 'w') as archive:
            archive.writestr('__main__.py', 'import sys; sys.path.insert(0, "."); import mod; mod.choose(1);'
                             'print(sys.monitoring.get_events(4))')
        """,
    )
    workspace.succeeds("make.py", measured=False)
    assert workspace.succeeds("app").stdout == "0\n"
    assert workspace.arms("mod.py") == {(3, True)}


def test_code_that_is_typed_on_the_command_line_is_no_file(workspace):
    workspace.write("mod.py", CHOOSE)
    workspace.succeeds("-c", "import mod; mod.choose(1)")
    assert workspace.measured_files() == {"mod.py"}


def test_exec_of_compiled_code_is_measured_and_keeps_its_namespaces(workspace, backend):
    workspace.write("other.py", "found = x\ny = 5\n")
    workspace.write(
        "prog.py",
        """
        code = compile(open('other.py').read(), 'other.py', 'exec')
        x = 1
        exec(code)
        assert found == 1 and y == 5
        def f():
            x = 2
            names = {'x': 3}
            exec(code, names)
            assert names['found'] == 3
            inner = {}
            exec(code, {'x': 4}, inner)
            assert inner == {'found': 4, 'y': 5}
            exec(code)  # writes to a snapshot of the locals
            def g(): return x
            def h(): nonlocal x; x = 7
            exec(h.__code__, closure=h.__closure__)
            assert g() == 7
        f()
        exec('z = 9')
        assert z == 9
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.lines("other.py") == {1, 2}


def test_exec_cannot_be_told_from_the_original(workspace, backend):
    text = """
        import inspect, pickle
        print(exec, exec.__name__, exec.__qualname__, exec.__module__, type(exec), exec.__self__)
        print(inspect.signature(exec), exec.__doc__, exec.__text_signature__)
        print(pickle.loads(pickle.dumps(exec)) is exec)
        for arguments in [(), (1,), ('1', 2), ('1', {}, 3), ('1', {}, {}, 4)]:
            try:
                exec(*arguments)
            except TypeError as error:
                print(error)
        """
    workspace.write("prog.py", text)
    measured = workspace.succeeds("prog.py", backend=backend)
    assert measured.stdout == workspace.succeeds("prog.py", measured=False).stdout


def test_libraries_are_not_measured(workspace, backend):
    for folder in (".venv/lib", "lib/site-packages", "dist-packages", "node_modules/x", ".tox/py/y", ".nox/z", "venv"):
        workspace.write(f"{folder}/lib_{abs(hash(folder))}.py", "x = 1\n")
    workspace.write("venv/pyvenv.cfg", "")
    workspace.write("sub/venv/package.py", "x = 1\n")  # only called so
    workspace.write(
        "prog.py",
        """
        import glob, json, sys
        for path in glob.glob('**/*.py', recursive=True) + glob.glob('.*/**/*.py', recursive=True):
            if path != 'prog.py':
                exec(compile(open(path).read(), path, 'exec'), {'__name__': path})
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.measured_files() == {"prog.py", "sub/venv/package.py"}


def test_files_outside_of_the_root_are_not_measured(workspace, backend, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.py").write_text("x = 1\n")
    workspace.write("prog.py", "import other\n")
    workspace.succeeds("prog.py", backend=backend, PYTHONPATH=str(tmp_path / "elsewhere"))
    assert workspace.measured_files() == {"prog.py"}


def test_a_module_that_changes_and_is_reloaded_is_another_file(workspace, backend):
    workspace.write("mod.py", "x = 1\n")
    workspace.write(
        "prog.py",
        """
        import importlib, mod
        open('mod.py', 'w').write('y = 1\\nz = 2\\n')
        importlib.invalidate_caches()
        importlib.reload(mod)
        """,
    )
    workspace.succeeds("prog.py", backend=backend)
    [log] = workspace.logs()
    assert len([path for path in log.files.values() if path.name == "mod.py"]) == 2
    assert len(set(log.hashes.values())) == 3
    assert workspace.lines("mod.py") == {1, 2}


def test_the_environment_of_the_program_is_as_it_was(workspace):
    text = """
        import os, sys
        print(sys.path, sorted(sys.modules), sorted(sys.path_importer_cache), sys.argv, sys.flags)
        print([name for name in os.environ if not name.startswith(('BRANCHLIGHT', 'PYTHONPATH'))])
        """
    workspace.write("prog.py", text)
    workspace.succeeds("prog.py")  # the first run with markers imports more, to fill the cache
    measured = workspace.succeeds("prog.py").stdout.splitlines()
    plain = workspace.succeeds("prog.py", measured=False).stdout.splitlines()
    assert measured[1] == plain[1]
    ours = set(eval(measured[0].replace("] [", "], [").split("], [")[1].join("[]")))
    theirs = set(eval(plain[0].replace("] [", "], [").split("], [")[1].join("[]")))
    assert ours - theirs <= {"opcode", "_opcode", "_opcode_metadata"}
    added = set(measured[0].split()) - set(plain[0].split())  # a checkout may lie in a folder of our name
    assert not [word for word in added if "branchlight" in word.lower() and ".branchlight" not in word]


def test_the_programs_own_sitecustomize_runs(workspace):
    workspace.write("site/sitecustomize.py", "import sys\nprint('theirs', __file__, sys.modules[__name__].__name__)\n")
    workspace.write("prog.py", "import sitecustomize\nprint(sitecustomize.__file__)\n")
    path = str(workspace.root / "site")
    measured = workspace.succeeds("prog.py", PYTHONPATH=path)
    assert measured == workspace.succeeds("prog.py", measured=False, PYTHONPATH=path)
    assert measured.stdout.startswith("theirs")
    assert workspace.measured_files() == {"site/sitecustomize.py", "prog.py"}


@pytest.mark.parametrize("text", ["import not_there\n", "1 / 0\n", "x = (\n"])
def test_a_sitecustomize_that_fails_fails_in_the_same_words(text, workspace):
    workspace.write("site/sitecustomize.py", text)
    workspace.write("prog.py", "print('main')\n")
    path = str(workspace.root / "site")
    measured = workspace.run("prog.py", PYTHONPATH=path)
    assert measured == workspace.run("prog.py", measured=False, PYTHONPATH=path)


def test_without_a_sitecustomize_there_is_none(workspace):
    workspace.write(
        "prog.py",
        """
        import sys
        print('sitecustomize' in sys.modules)
        try:
            import sitecustomize
        except ImportError as error:
            print(error)
        """,
    )
    measured = workspace.run("prog.py")
    assert measured == workspace.run("prog.py", measured=False)


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_flags_that_keep_us_out_do_no_harm(flag, workspace):
    workspace.write("prog.py", "print('main')\n")
    assert workspace.run(flag, "prog.py") == workspace.run(flag, "prog.py", measured=False)
    assert workspace.logs() == []


def test_a_subinterpreter_runs_undisturbed(workspace):
    module = "concurrent.interpreters" if sys.version_info >= (3, 14) else "_interpreters"
    if sys.version_info < (3, 13):
        module = "_xxsubinterpreters"
    text = f"""
        import {module} as interpreters
        made = interpreters.create()
        if hasattr(made, 'exec'):
            made.exec('import json; print(json.dumps(1))')
            made.close()
        else:
            (getattr(interpreters, 'exec', None) or interpreters.run_string)(made, 'import json; print(json.dumps(1))')
        """
    workspace.write("prog.py", text)
    measured = workspace.run("prog.py")
    assert measured == workspace.run("prog.py", measured=False)
    assert measured.stderr == ""


def test_without_a_run_id_a_process_makes_one_for_its_children(workspace):
    workspace.write("prog.py", "import subprocess, sys\nsubprocess.run([sys.executable, 'child.py'])\n")
    workspace.write("child.py", "x = 1\n")
    workspace.succeeds("prog.py", BRANCHLIGHT_RUN="")
    one, other = workspace.logs()
    assert one.run == other.run and int(one.run, 16) != 0


def test_the_process_is_described(workspace, backend):
    workspace.write('od"d\\é.py', "x = 1\n")
    workspace.succeeds('od"d\\é.py', "with\ttab", backend=backend)
    [log] = workspace.logs()
    assert log.process["argv"] == [sys.executable, 'od"d\\é.py', "with\ttab"]
    assert log.process["cwd"] == log.process["root"] == str(workspace.root)
    assert log.process["executable"] == sys.executable
    assert log.process["version"] == sys.version
    assert log.interpreter == sys.hexversion
    assert (log.backend, log.state) == (backend, "closed")


def test_what_is_written_is_private(workspace):
    workspace.write("prog.py", "x = 1\n")
    workspace.succeeds("prog.py", backend="markers")
    for path in workspace.directory.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_nearly_endless_elif_chain_still_shows_its_lines(workspace, backend):
    chain = "".join(f"    elif x == {i}:\n        y = {i}\n" for i in range(2500))
    workspace.write("mod.py", "def f(x):\n    if x < 0:\n        y = 0\n" + chain + "    return y\nf(7)\n")
    workspace.write("prog.py", "import mod\n")
    plain = workspace.run("prog.py", measured=False)
    assert workspace.run("prog.py", backend=backend) == plain
    assert plain.status == 0
    assert {1, 2, 4, 6, 19} <= workspace.lines("mod.py") and 5 not in workspace.lines("mod.py")
    if (
        sys.version_info < (3, 13) and backend == "markers"
    ):  # compiling its tree is too deep for 3.12, compiling its text is not
        [note] = [text for log in workspace.logs() for _, text in log.notes]
        assert "mod.py: no markers: maximum recursion depth" in note


def test_a_loader_that_changes_the_text_runs_what_it_made(workspace, backend):
    workspace.write("mod.py", "if VALUE:\n    x = 1\n")
    workspace.write(
        "prog.py",
        textwrap.dedent("""
        import importlib.util, sys
        from importlib.machinery import SourceFileLoader
        class Loader(SourceFileLoader):
            def source_to_code(self, data, *arguments, **options):
                return super().source_to_code(data.replace(b'VALUE', b'7'), *arguments, **options)
        spec = importlib.util.spec_from_file_location('mod', 'mod.py', loader=Loader('mod', 'mod.py'))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.x == 1
        """),
    )
    workspace.succeeds("prog.py", backend=backend)
    assert workspace.lines("mod.py") >= {2}
