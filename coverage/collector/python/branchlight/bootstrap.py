"""Starts the collector in this process. Run by our sitecustomize, before any code of the user's.

What runs here is paid for by every start of a Python below `branchlight run`: nothing is imported that is not there
already, and what only some programs need is loaded when they need it. Later on the program may have put other things
into `builtins` and `sys.modules`: what runs then has the ones of the start.
"""

import os
import sys
from _frozen_importlib_external import ExtensionFileLoader, SourceFileLoader, spec_from_file_location
from _imp import _fix_co_filename, create_dynamic, exec_dynamic

EVENTS, MARKERS, BOOKKEEPING = 1, 2, 3  # as in coverage/hitlog/format.h
WARNING, TOOL_ID = 1, 2


def start(folder, directory, root):
    run = os.environ.get("BRANCHLIGHT_RUN")
    if not run:
        run = os.environ["BRANCHLIGHT_RUN"] = os.urandom(16).hex()
    wanted = os.environ.get("BRANCHLIGHT_BACKEND")
    backend = _backend(wanted)
    collector = _load_extension(folder)

    def load(name):
        return _load(folder, name)

    after = {
        "_pytest.config": _harmless(lambda names: load("pytest_plugin")["install"](names, collector)),
        "unittest.case": _harmless(lambda names: load("unittest_tests")["install"](names, collector)),
        "unittest.suite": _harmless(lambda names: load("unittest_tests")["install_suite"](names, collector)),
    }
    if backend == MARKERS:
        after["coverage.collector"] = _harmless(lambda names: load("coverage_watch")["install"](names, collector))

        @_harmless
        def rewrite(*arguments):
            return load("rewriting")["rewrite"](*arguments)

        rewriting = os.path.join(folder, "rewriting.py")
        collector.use_markers(os.path.join(directory, "cache"), rewrite, _harmless(_variant), rewriting)
    collector.start(
        os.path.join(directory, "runs"),
        os.path.join(directory, "cache"),
        root,
        run,
        backend,
        (os.path.dirname(os.__file__),),
        (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix),
        _is_script(sys.argv),
        after,
        _import_opcode,
    )
    if wanted == "events" and backend != EVENTS:
        collector.note(WARNING, "the events backend needs CPython 3.14; using markers")
    if wanted == "bookkeeping" and backend != BOOKKEEPING:
        collector.note(WARNING, "bookkeeping is for CPython 3.12 and 3.13; using events")


def _backend(wanted):
    if wanted == "markers":
        return MARKERS
    if sys.version_info >= (3, 14):
        return EVENTS
    return BOOKKEEPING if wanted == "bookkeeping" else MARKERS


def _import_opcode():
    """The library's module, whatever else is on the path; it is gone again afterwards, since a program's own module may
    have the same name."""
    library = os.path.dirname(os.__file__)
    path, modules = sys.path[:], sys.modules.copy()
    sys.path[:] = [one for one in path if one == library or one.startswith(library + os.sep)]
    try:
        import opcode

        return opcode
    finally:
        sys.path[:] = path
        for name in ("opcode", "_opcode_metadata"):
            if name not in modules:
                sys.modules.pop(name, None)


def _harmless(function):
    """The same function, which fails in silence: it gives (why, whether that will always be so). What a handler of the
    program's raises meanwhile, for a signal or to trace, is the program's."""

    def call(*arguments):
        try:
            return function(*arguments)
        except Exception as error:
            if not _is_ours(error):
                raise
            return str(error) or type(error).__name__, not isinstance(error, (MemoryError, RecursionError, OSError))

    return call


def _is_ours(error):
    trace = error.__traceback__
    while trace:
        name = trace.tb_frame.f_globals.get("__name__")
        if name != "ast" and not str(name).startswith(("branchlight.", "_pytest.")):
            return False
        trace = trace.tb_next
    return True


def _load_extension(folder):
    path = os.path.join(folder, "_collector.abi3.so")
    name = "branchlight._collector"
    module = create_dynamic(spec_from_file_location(name, path, loader=ExtensionFileLoader(name, path)))
    exec_dynamic(module)
    return module


_loaded = {}


def _load(folder, name):
    """The names of one of our modules; sys.modules and sys.path stay the program's."""
    names = _loaded.get(name)
    if names is None:
        code = SourceFileLoader(name, os.path.join(folder, name + ".py")).get_code(name)
        _fix_co_filename(code, f"<branchlight>/{name}.py")
        names = {"__name__": "branchlight." + name, "__builtins__": __builtins__}
        exec(code, names)
        _loaded[name] = names
    return names


def _is_script(argv):
    """Whether this is `python script.py`, and neither -m, -c, standard input, a folder nor an archive."""
    return bool(argv) and argv[0] not in ("", "-", "-c", "-m") and os.path.isfile(argv[0])


def _variant(loader, name):
    """What a module's code depends on besides its text and name; None where it need not be its text's."""
    if loader is None:
        kind = "" if name in ("__main__", "__mp_main__") else None
    else:
        kind = "" if type(loader) is SourceFileLoader else None
        if type(loader).__name__ == "AssertionRewritingHook" and "_pytest.assertion.rewrite" in sys.modules:
            hooked = loader.config.getini("enable_assertion_pass_hook")
            kind = f"pytest {sys.modules['_pytest'].__version__} {hooked}"
    return None if kind is None else f"{sys.hexversion:x} {sys.flags.optimize} {kind}"
