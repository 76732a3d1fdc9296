"""Gives a program's text one of the forms that a Python file may have: encodings, line ends, tabs, form feeds."""

import random
import re

# Each with letters that it has; the last one is of identifiers that change when they are normalised.
ENCODINGS = {
    "utf-8": ["é", "имя", "名前", "ñandú", "𝐱𝐲", "ﬁn"],
    "latin-1": ["é", "ñ", "ÿ"],
    "cp1252": ["é", "Ž"],
    "iso-8859-15": ["é", "Š"],
    "koi8-r": ["имя", "ж"],
    "euc-jp": ["名前", "は"],
    "shift_jis": ["名前", "ソ"],  # its second byte is a backslash's
    "gbk": ["名", "前"],
}


def as_file(source, seed):
    """The bytes of a file with this program in it. The program may be changed, but not what it does."""
    dice = random.Random(seed)
    encoding = dice.choice(list(ENCODINGS)) if dice.random() < 0.25 else "utf-8"
    source = source.replace("é", dice.choice(ENCODINGS[encoding]))
    bom = encoding == "utf-8" and dice.random() < 0.1
    if encoding != "utf-8" or dice.random() < 0.05:
        name = "utf-8" if bom else encoding
        cookie = dice.choice([f"# -*- coding: {name} -*-", f"# vim: set fileencoding={name} :", f"#coding={name}"])
        source = dice.choice([cookie, f"#!/usr/bin/env python\n{cookie}"]) + "\n" + source
    if dice.random() < 0.15:
        source = re.sub(r"^( {4})+", lambda found: "\t" * (len(found[0]) // 4), source, flags=re.MULTILINE)
    elif dice.random() < 0.1:
        source = re.sub(r"^( {4})+", lambda found: "  " * (len(found[0]) // 4), source, flags=re.MULTILINE)
    if dice.random() < 0.1:
        source = form_feeds(source, dice)
    if dice.random() < 0.25:
        source = source.removesuffix("\n") + dice.choice(["", "", "  # the end", "\n\n", "\n\n# the end", "\n    "])
    roll = dice.random()
    if roll < 0.15:
        source = source.replace("\n", "\r\n")
    elif roll < 0.18 and encoding == "utf-8":  # Python itself looks for a cookie in lines that end in \n
        source = source.replace("\n", "\r")
    return (b"\xef\xbb\xbf" if bom else b"") + source.encode(encoding)


def form_feeds(source, dice):
    """Some on lines of their own and at the ends of lines. coverage.py cannot parse a statement with one before it."""
    lines = source.split("\n")
    for number in dice.sample(range(len(lines)), len(lines) // 10):
        if not lines[number].endswith("\\"):
            lines[number] = lines[number] + " \f" if lines[number] else "\f"
    return "\n".join(lines)
