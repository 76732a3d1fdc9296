# Python imports this at its start, because `branchlight run` has put this folder first on PYTHONPATH. It starts the
# collector where the interpreter is supported, takes itself away, and lets the sitecustomize run that would have
# run without us. It must parse on every Python there is, and print nothing.
# ruff: noqa: UP030, UP032
import os
import sys


def _unsupported():
    """Why this interpreter cannot be measured, in words; None if it can."""
    implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
    if implementation != "cpython":
        return implementation + " is not CPython"
    if sys.version_info < (3, 12):
        return "Python {0}.{1} is older than 3.12".format(*sys.version_info)
    if "t" in getattr(sys, "abiflags", ""):
        return "this is a free-threaded build of Python"
    jit = getattr(sys, "_jit", None)
    if jit is not None and jit.is_enabled():
        return "its JIT is on (PYTHON_JIT=1), and with it the positions of branches are wrong"
    return None


def _start():
    directory = os.environ.get("BRANCHLIGHT_DIR")
    root = os.environ.get("BRANCHLIGHT_ROOT")
    if not directory or not root:
        return
    reason = _unsupported()
    if reason is not None:
        _refuse(directory, reason)
        return
    import builtins
    from _frozen_importlib_external import SourceFileLoader
    from _imp import _fix_co_filename

    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "branchlight")
    code = SourceFileLoader("bootstrap", os.path.join(folder, "bootstrap.py")).get_code("bootstrap")
    # coverage.py measures no code whose file has such a name, so its reports do not show us.
    _fix_co_filename(code, "<branchlight>/bootstrap.py")
    # A copy: what the program does to them later is not for us.
    namespace = {"__name__": "branchlight.bootstrap", "__builtins__": dict(builtins.__dict__)}
    exec(code, namespace)
    namespace["start"](folder, directory, root)


def _refuse(directory, reason):
    """Leave word for `branchlight doctor`: one small file for each interpreter."""
    name = "".join(c if c.isalnum() else "-" for c in sys.executable or "python")
    path = os.path.join(directory, "refused", name + ".txt")
    if os.path.exists(path):
        return
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with open(path, "w") as file:
        file.write("{0}\n{1}\n".format(sys.executable, reason))


def _leave():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here or not path]
    for path in [path for path in sys.path_importer_cache if os.path.abspath(path) == here]:
        del sys.path_importer_cache[path]
    sys.modules.pop("sitecustomize", None)


def _start_or_refuse():
    try:
        _start()
    except Exception as error:  # a program of the user's must never fail because of us
        if "subinterpreter" not in str(error):
            _refuse(os.environ["BRANCHLIGHT_DIR"], "the collector did not start: " + str(error))


_leave()
try:
    _start_or_refuse()
except Exception:  # nor because there is no room for a note
    pass
# Where there is no other sitecustomize this raises what `import sitecustomize` would have raised without us, and
# site expects that.
import sitecustomize  # noqa: E402, F401
