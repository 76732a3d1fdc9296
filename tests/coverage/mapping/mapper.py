"""Runs the C++ mapping on what record_code.py records."""

import json
import os
import subprocess
from pathlib import Path

import record_code


def find_binary():
    """BRANCHLIGHT_MAP_RECORDED, else the one of the build that BRANCHLIGHT, the program, is of."""
    if named := os.environ.get("BRANCHLIGHT_MAP_RECORDED"):
        return named
    root = Path(__file__).parents[3]
    program = Path(os.environ.get("BRANCHLIGHT", root / "build/release/server/branchlight"))
    return program.resolve().parents[1] / "tests/coverage/mapping/map_recorded"


class Mapper:
    def __init__(self, binary=None):
        self.process = subprocess.Popen([binary or find_binary()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def map(self, source, code, markers=()):
        recorded = record_code.record(source, code=code) | {"markers": markers}
        self.process.stdin.write(json.dumps(recorded).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def arm_of(mapped, trail):
    """As oracle.py names an arm; None where the trail has none, or its site is one that the compiler folds."""
    if "site" not in trail:
        return None
    site = mapped["sites"][trail["site"]]
    kind = "if" if site["kind"] == "elif" else site["kind"]
    return (site["line"], -1 if kind == "case" else site["column"], kind, trail["arm"])


def arms_taken(mapped, jumps):
    """The arms that these jumps come to, and what is wrong with them in words."""
    arms, wrong = set(), []
    trails = {
        (number, trail["offset"], trail["jumped"]): trail
        for number, code in enumerate(mapped["codes"])
        for trail in code["trails"]
    }
    for jump in sorted(jumps):
        trail = trails.get(jump)
        if trail is None:
            wrong.append(f"no trail for {jump}")
        elif trail["orphan"]:
            wrong.append(f"orphan {jump}, line {trail['line']}: {trail['reason']}")
        elif (arm := arm_of(mapped, trail)) is not None:
            arms.add(arm)
    return arms, wrong


def folded(mapped):
    """Sites of constant tests: (line, column, kind). The tree takes their arms, the compiled code has none."""
    found = set()
    for site in mapped["sites"]:
        if not all(site["exists"]):
            kind = "if" if site["kind"] == "elif" else site["kind"]
            found.add((site["line"], -1 if kind == "case" else site["column"], kind))
    return found
