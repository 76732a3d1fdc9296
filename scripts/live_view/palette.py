"""Colours of the terminal, and how source text gets them. Every style has a plain form, for NO_COLOR and for files."""

from __future__ import annotations

import os
from typing import TextIO

from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

# 256-colour codes that read well on a dark and on a light background.
_STYLES = {
    "title": "1",
    "dim": "2",
    "line number": "38;5;244",
    "changed": "1;38;5;214",
    "covered": "38;5;71",
    "partial": "1;38;5;214",
    "missing": "38;5;167",
    "stale": "38;5;244",
    "hint": "3;38;5;179",
    "message": "38;5;110",
    "failure": "38;5;167",
    "bar": "38;5;71",
    "keyword": "38;5;140",
    "string": "38;5;108",
    "comment": "3;38;5;245",
    "name": "38;5;110",
    "number": "38;5;173",
}

_TOKENS: list[tuple[_TokenType, str]] = [
    (Keyword, "keyword"),
    (String, "string"),
    (Comment, "comment"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Name.Decorator, "name"),
    (Number, "number"),
]


class Palette:
    def __init__(self, *, colours: bool) -> None:
        self.colours = colours

    @classmethod
    def for_stream(cls, stream: TextIO) -> Palette:
        """Colours for a terminal that has them. https://no-color.org"""
        dumb = os.environ.get("TERM", "dumb") == "dumb"
        return cls(colours=stream.isatty() and not dumb and not os.environ.get("NO_COLOR"))

    def paint(self, style: str, text: str, *, underline: bool = False) -> str:
        if not self.colours or not text:
            return text
        codes = [_STYLES[style]] if style in _STYLES else []
        if underline:
            codes.append("4")
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes else text


def highlight(text: str) -> list[list[tuple[str, str]]]:
    """For each line its pieces: (style, text). The pieces of a line make up the line."""
    lines: list[list[tuple[str, str]]] = [[]]
    for token, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        style = next((name for family, name in _TOKENS if token in family), "")
        first, *others = value.split("\n")
        lines[-1].append((style, first))
        lines.extend([(style, piece)] for piece in others)
    return lines
