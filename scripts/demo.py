#!/usr/bin/env python3
"""Runs a real project's tests and shows one of its modules as an editor would, while they run.

./dev demo                      click's own tests, and click/parser.py
./dev demo PATH                 the same for a project of yours
./dev demo PATH --file FILE     another module of it
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from live_view import projects, show, terminal, wire
    from live_view.interpreters import REPOSITORY, DemoError
    from live_view.palette import Palette
except ModuleNotFoundError as error:
    sys.exit(f"demo: {error.name} is missing from {sys.prefix}. Run ./dev setup, then ./dev demo.")


def main() -> int:
    options = _arguments()
    palette = Palette.for_stream(sys.stdout)
    try:
        binary = _binary()
        project = _project(options)
        outcome = show.on_screen(binary, project, options.pytest, palette)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    renderer = outcome.show.renderer
    if sys.stdout.isatty():
        width, height = terminal.size()
        height = max(8, height - 6)
        renderer.go_to_the_most_telling_place(height)
        frame = renderer.frame(palette, width, height)
        print("\n".join(frame[:-1]))
    else:
        print(renderer.title(), *renderer.page(palette, 160), sep="\n")
        print()
    print("\n".join(show.totals(outcome, palette)))
    if options.record:
        wire.save(
            outcome.show.events, options.record, {str(project.root): "/workspace", str(project.python): "/python"}
        )
        _say(f"the session is in {options.record}")
    complaints = show.trouble_with_tests(outcome)
    print(*complaints, sep="\n", end="\n" if complaints else "", file=sys.stderr)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the folder of a project; without it, click")
    parser.add_argument("--file", type=Path, help="the module to show (default: the one of which most is reached)")
    parser.add_argument("--python", help="the interpreter to run the tests with (CPython 3.12 or later)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write every LSP message of the session there")
    parser.add_argument("pytest", nargs="*", metavar="ARGS", help="arguments for pytest, after --")
    return parser.parse_args()


def _binary() -> Path:
    default = REPOSITORY / "build" / "release" / "server" / "branchlight"
    binary = Path(os.environ.get("BRANCHLIGHT", default)).resolve()
    if not os.access(binary, os.X_OK):
        raise DemoError(f"there is no {binary}. Run ./dev build, or set BRANCHLIGHT to the branchlight command.")
    return binary


def _project(options: argparse.Namespace) -> projects.Project:
    if options.path is None:
        return projects.click_project(options.python, _say)
    return projects.user_project(options.path, options.python, options.file, _say)


def _say(words: str) -> None:
    print(f"demo: {words}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
