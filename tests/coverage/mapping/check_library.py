"""Three ways to find the sites of a file must agree, over the interpreter's whole library: the text's, by tree-sitter;
those of the `ast` pass that puts markers; and those of the compiled code, by its jumps and by the markers left in it.

    python check_library.py [FILE or FOLDER...]

Without files: this interpreter's library with its tests; where it comes without them, those of another interpreter of
.deps/pythons.txt, as far as this one can compile them. Nothing is run. Names each file that tree-sitter's grammar has
ERROR nodes for, each file without markers, each orphan, each arm that not all of the three have, and each marker that
can be come to in another way than out of its own site's header. The one arm of a constant test is no choice, and
compiled code has no jump for it: counted apart, as is what docs/branches.md says of `case x if f"text":`. Exit status
1 when anything differs.
"""

import ast
import collections
import os
import pathlib
import struct
import sys
import sysconfig
import tokenize
import warnings

import arrivals
import mapper
import record_code

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "coverage/collector/python/branchlight"))
sys.path.insert(0, str(ROOT / "tests/coverage/syntax"))
import rewriting  # noqa: E402
from compare_with_coveragepy import is_plain_f_string, lines_of  # noqa: E402

# An `async for` is no conditional jump before 3.14.
JUMPS_OF_ASYNC_FOR = sys.version_info >= (3, 14)
MARKER = struct.Struct("=IIIBBH")  # MarkerRecord of coverage/hitlog/format.h


def library():
    own = pathlib.Path(sysconfig.get_path("stdlib"))
    if (own / "test/test_grammar.py").exists():
        return [own]
    for line in reversed((ROOT / ".deps/pythons.txt").read_text().splitlines()):
        version, python = line.split(" ", 1)
        other = pathlib.Path(os.path.realpath(python)).parents[1] / "lib" / f"python{version}" / "test"
        if (other / "test_grammar.py").exists():
            return [own, other]
    return [own]


def sources(paths):
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if "site-packages" in file.parts:
                continue
            try:
                with tokenize.open(file) as opened, warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    source = opened.read()
                    yield file, source, compile(source, str(file), "exec", dont_inherit=True)
            except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError) as why:
                print(f"{file}: cannot be compiled: {type(why).__name__}")


def behind_constant_f_strings(source):
    """The lines of such cases and of those after them, of which the compiler leaves nothing from 3.13 on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matches = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Match)]
    found = set()
    for match in matches if sys.version_info >= (3, 13) else ():
        constant = [number for number, case in enumerate(match.cases) if is_plain_f_string(case.guard)]
        for case in match.cases[constant[0] :] if constant else ():
            found |= set(lines_of(case))
    return found


class Library:
    def __init__(self):
        self.mapping = mapper.Mapper()
        self.counts = collections.Counter()
        self.trouble = 0

    def complain(self, what):
        self.trouble += 1
        print(what)

    def check(self, file, source, code):
        self.counts["files"] += 1
        try:
            marked, own_lines, records = rewriting.rewrite_text(file.read_bytes(), str(file), code)
        except (rewriting.Unsuitable, RecursionError) as why:
            self.complain(f"{file}: no markers: {why}")
            return
        markers = [record[:5] for record in MARKER.iter_unpack(records)]
        mapped = self.mapping.map(source, code, markers)
        if mapped["errors"]:
            self.counts["files with ERROR nodes"] += 1
            print(f"{file}: {mapped['errors']} ERROR nodes")
        of_jumps, of_markers = self.arms_of_jumps(file, mapped), self.arms_of_markers(file, markers, mapped)
        self.check_arms(file, mapped["sites"], of_jumps, of_markers, behind_constant_f_strings(source))
        self.check_arrivals(file, marked, memoryview(own_lines).cast("I"), markers, mapped)

    def arms_of_jumps(self, file, mapped):
        arms = set()
        for each in mapped["codes"]:
            for trail in each["trails"]:
                self.counts["trails"] += 1
                if "site" in trail:
                    arms.add((trail["site"], trail["arm"]))
                if trail["orphan"]:
                    self.complain(f"{file}:{trail['line']}: orphan in {each['name']}: {trail['reason']}")
        return arms

    def arms_of_markers(self, file, markers, mapped):
        """Arm -> whether the compiler has kept its marker."""
        arms = {}
        for (line, _, _, _, exists), arm in zip(markers, mapped["markers"], strict=True):
            if arm is None:
                self.complain(f"{file}:{line}: a marker in no site's test: the text's sites lack one")
            elif tuple(arm) in arms:
                self.complain(f"{file}:{line}: two markers for one arm")
            else:
                arms[tuple(arm)] = bool(exists)
        return arms

    def check_arms(self, file, sites, of_jumps, of_markers, dead_lines):
        for index, site in enumerate(sites):
            self.counts["sites"] += 1
            if site["line"] in dead_lines:
                self.counts["sites behind a constant f-string"] += 1
                continue
            jumps = JUMPS_OF_ASYNC_FOR or site["kind"] != "async for"
            for arm in (False, True):
                exists = site["exists"][arm]
                self.counts["arms"] += exists
                where = f"{file}:{site['line']}: {site['kind']} {arm}:"
                if (index, arm) not in of_markers:
                    self.complain(f"{where} the ast pass has no marker for it")
                elif of_markers[index, arm] != exists:
                    self.complain(f"{where} {'no marker is left of it' if exists else 'has a marker'}")
                if not all(site["exists"]):
                    self.counts["arms of constant tests"] += exists
                elif jumps and ((index, arm) in of_jumps) != exists:
                    self.complain(f"{where} only in the {'text' if exists else 'code'}")

    def check_arrivals(self, file, marked, own_lines, markers, mapped):
        lines = {}
        for own_line, (_, _, by_line, _, exists), arm in zip(own_lines, markers, mapped["markers"], strict=True):
            line = by_line or own_line
            if exists and arm:
                if line in lines:
                    self.complain(f"{file}:{line}: this line stands for two arms")
                lines[line] = mapped["sites"][arm[0]]
        self.counts["markers"] += len(lines)
        for code in record_code.code_objects(marked):
            for line, origin in arrivals.other_arrivals(code, lines):
                self.complain(
                    f"{file}:{lines[line]['line']}: its marker is come to from {origin} in {code.co_qualname}"
                )


def main():
    checked = Library()
    for file, source, code in sources(sys.argv[1:] or library()):
        checked.check(file, source, code)
    checked.mapping.close()
    verdict = f"FAIL {checked.trouble} differences," if checked.trouble else "ok"
    counted = ", ".join(f"{count} {what}" for what, count in sorted(checked.counts.items()))
    print(f"{verdict} {sys.version.split()[0]}: {counted}")
    return bool(checked.trouble)


if __name__ == "__main__":
    sys.exit(main())
