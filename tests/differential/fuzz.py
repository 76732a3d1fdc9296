"""Random programs under coverage.py and under Branchlight: both must report the same lines and branches.

    ./dev fuzz branches [--count N] [--seed S] [--interpreter V]

The backends must report the same as well: where coverage.py is wrong, none of them may be wrong in its way.

A program that differs is made smaller, and shown with what the two say of it. The reasons for which they may differ are
in differences.py, and with a program each in docs/branches.md.
"""

from __future__ import annotations

import argparse
import collections
import io
import re
import sys
import tempfile
import time
import tokenize
from dataclasses import dataclass, field
from pathlib import Path

import differences
import measured
import programs
import shrink
from differences import IMPORT
from measured import BACKENDS, CORE, WITNESS

BATCH = 100  # programs that share the processes that measure them
AGREEING = " and ".join(BACKENDS)
WAYS = (*BACKENDS, AGREEING, IMPORT)


@dataclass
class Outcome:
    programs: int = 0
    endless: list = field(default_factory=list)  # names of those that came to no end, and were not compared
    sizes: int = 0  # branches that coverage.py counted, taken or not
    reasons: collections.Counter = field(default_factory=collections.Counter)
    differing: dict = field(default_factory=dict)  # name: {way: [Difference]}

    def add(self, other):
        self.programs += other.programs
        self.endless += other.endless
        self.sizes += other.sizes
        self.reasons += other.reasons
        self.differing |= other.differing


def compare_batch(contents, ways=WAYS):
    """`contents`: by name, the bytes of programs; a name's digits are the seed of its world."""
    with tempfile.TemporaryDirectory(prefix="branchlight-fuzz-") as name:
        folder = Path(name).resolve()
        for stem, content in contents.items():
            (folder / f"{stem}.py").write_bytes(content)
        raised = measured.without_tools(folder)
        outcome = Outcome(endless=[stem for stem in contents if f"{stem}.py" not in raised])
        for stem in outcome.endless:
            (folder / f"{stem}.py").unlink()
        theirs = measured.by_coverage(folder, CORE)
        ours = {IMPORT: measured.by_import(folder)} if IMPORT in ways else {}
        witness = measured.by_coverage(folder, WITNESS) if WITNESS else {}
        backends = [each for each in BACKENDS if each in ways or AGREEING in ways]
        ours |= {backend: measured.by_branchlight(folder, backend) for backend in backends}
    for stem, content in contents.items():
        path = f"{stem}.py"
        if path not in raised:
            continue
        outcome.programs += 1
        if theirs[path]:
            outcome.sizes += len(theirs[path]["executed_branches"]) + len(theirs[path]["missing_branches"])
        for way in ways:
            if way == AGREEING:
                one, other = BACKENDS
                found = differences.apart(ours[one][path], ours[other][path], us=other, them=one)
            else:
                found, reasons = differences.compare(
                    content, theirs[path], ours[way].get(path), witness.get(path), way, raised[path]
                )
                outcome.reasons += reasons
            if found:
                outcome.differing.setdefault(stem, {})[way] = found
    return outcome


def check(first, count, progress=lambda outcome: None, one_is_enough=False):
    """Programs until `count` of them were compared: (outcome, contents of those that differ)."""
    outcome, contents, seed = Outcome(), {}, first
    while outcome.programs < count and not (one_is_enough and outcome.differing):
        batch = {}
        while len(batch) < min(BATCH, count - outcome.programs):
            if content := programs.random_file(seed):
                batch[f"p{seed:06}"] = content
            seed += 1
        found = compare_batch(batch)
        outcome.add(found)
        contents |= {name: batch[name] for name in found.differing}
        progress(outcome)
    return outcome, contents


class Form:
    """How a file writes its text, so that a smaller text can be written in the same way."""

    def __init__(self, content):
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        plain = content.decode(self.encoding)
        self.text = io.StringIO(plain, newline=None).read()
        self.newline = "\r\n" if "\r\n" in plain else "\r" if "\r" in plain else "\n"

    def content(self, text):
        return text.replace("\n", self.newline).encode(self.encoding)


def smaller(name, content, found):
    """A smaller program that differs as this one does, measured in the same way."""
    way, expected = next(iter(found.items()))
    kinds = {(each.kind, each.ours) for each in expected}
    form = Form(content)

    def still_differs(texts):
        # The digits of a name are its seed, so letters tell the names apart.
        batch = {f"{name}{'x' * number}": form.content(text) for number, text in enumerate(texts)}
        outcome = compare_batch(batch, (way,))
        return [
            bool(kinds & {(each.kind, each.ours) for each in outcome.differing.get(stem, {}).get(way, ())})
            for stem in batch
        ]

    return form.content(shrink.shrink(form.text, still_differs))


def describe(name, content):
    again = compare_batch({name: content})
    lines = [f"---- seed {int(re.sub('[^0-9]', '', name))}, {Form(content).encoding}"]
    text = Form(content).text.split("\n")  # a form feed ends no line
    lines += [f"{number:4} {line}" for number, line in enumerate(text, 1)]
    for way, found in again.differing.get(name, {}).items():
        lines += [f"  {way}: {each}" for each in found]
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser(prog="./dev fuzz branches")
    arguments.add_argument("--count", type=int, default=1000, help="of programs (1000)")
    arguments.add_argument("--seed", type=int, default=1, help="of the first one (1)")
    arguments.add_argument(
        "--shrink", type=int, default=3, metavar="N", help="makes N of those that differ smaller (3)"
    )
    arguments.add_argument("--one", action="store_true", help="is enough: ends with the batch in which one differs")
    options = arguments.parse_args()
    started = time.monotonic()

    def progress(outcome):
        print(
            f"  {outcome.programs} programs, {len(outcome.differing)} differ, {time.monotonic() - started:.0f} s",
            flush=True,
        )

    outcome, contents = check(options.seed, options.count, progress, options.one)
    for number, (name, content) in enumerate(contents.items()):
        if number < options.shrink:
            print(describe(name, smaller(name, content, outcome.differing[name])), flush=True)
        else:
            print(f"---- seed {int(name[1:])}: {next(iter(outcome.differing[name].values()))[0]}")
    for reason, times in outcome.reasons.most_common():
        print(f"explained: {times} times {reason}")
    print(
        f"{sys.version.split()[0]}, {', '.join(WAYS)}: {outcome.programs} programs, {outcome.sizes} branches, "
        f"{len(outcome.differing)} programs differ"
        + "".join(f"\nwithout an end, not compared: {name}" for name in outcome.endless)
    )
    return 1 if outcome.differing else 0


if __name__ == "__main__":
    sys.exit(main())
