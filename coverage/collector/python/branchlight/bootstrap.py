"""Starts the collector in this process. Run by our sitecustomize, before any code of the user's."""

import os
import sys

EVENTS, MARKERS = 1, 2


def start(folder, directory, root):
    run = os.environ.get("BRANCHLIGHT_RUN")
    if not run:
        run = os.environ["BRANCHLIGHT_RUN"] = os.urandom(16).hex()
    backend = EVENTS
    collector = _load_collector(folder)
    collector.start(
        os.path.join(directory, "runs"),
        root,
        run,
        backend,
        _libraries(),
        _environments(),
        _is_script(sys.argv),
        {},
    )


def _load_collector(folder):
    from _frozen_importlib_external import ExtensionFileLoader, spec_from_file_location
    from _imp import create_dynamic, exec_dynamic

    path = os.path.join(folder, "_collector.abi3.so")
    name = "branchlight._collector"
    module = create_dynamic(spec_from_file_location(name, path, loader=ExtensionFileLoader(name, path)))
    exec_dynamic(module)
    return module


def _libraries():
    """The folders of the standard library, pure and platform-specific; libraries that are installed lie below."""
    return tuple({os.path.dirname(os.__file__), os.path.join(sys.platlibdir)} - {sys.platlibdir})


def _environments():
    return tuple({sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix})


def _is_script(argv):
    """Whether this is `python script.py`, and neither -m, -c, standard input, a folder nor an archive."""
    return bool(argv) and argv[0] not in ("", "-", "-c", "-m") and os.path.isfile(argv[0])
