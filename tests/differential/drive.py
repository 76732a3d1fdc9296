"""Runs all programs of a folder as modules, in one process: `python drive.py FOLDER`. What they raise is of no interest.

A program p12 gets the world of seed 12. The collector of cycles is off while one runs, and runs when it is done: the
`finally` of a generator that nobody exhausts would else run at a moment that depends on the tool that measures.
"""

import builtins
import contextlib
import gc
import importlib
import pathlib
import sys
import warnings

from world import World


def seed_of(name):
    return int("".join(filter(str.isdigit, name)))


def programs_of(folder):
    """Sets up what they need, and gives their paths in order."""
    warnings.simplefilter("ignore")
    sys.unraisablehook = lambda _: None
    sys.path.insert(0, folder)
    gc.disable()
    return sorted(pathlib.Path(folder).glob("p*.py"))


def run(path):
    vars(builtins).update(World(seed_of(path.stem)).namespace)
    with contextlib.suppress(BaseException):
        importlib.import_module(path.stem)
    sys.modules.pop(path.stem, None)
    gc.collect()


if __name__ == "__main__":
    for path in programs_of(sys.argv[1]):
        run(path)
