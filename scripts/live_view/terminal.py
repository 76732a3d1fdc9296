"""The full screen of a terminal: drawn again from the top, in one write, and given back as it was."""

from __future__ import annotations

import shutil
import sys


def size() -> tuple[int, int]:
    """Columns and rows."""
    found = shutil.get_terminal_size((100, 40))
    return max(20, found.columns), max(6, found.lines)


class Screen:
    """`with Screen() as screen: screen.draw(rows)`."""

    def __enter__(self) -> Screen:
        sys.stdout.write("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")
        sys.stdout.flush()
        return self

    def __exit__(self, *_raised: object) -> None:
        sys.stdout.write("\x1b[?7h\x1b[?25h\x1b[?1049l")
        sys.stdout.flush()

    def draw(self, rows: list[str]) -> None:
        """Synchronized output where the terminal knows it, so that no half a frame is ever seen."""
        lines = "\r\n".join(row + "\x1b[K" for row in rows)
        sys.stdout.write(f"\x1b[?2026h\x1b[H{lines}\x1b[J\x1b[?2026l")
        sys.stdout.flush()
