"""Compares the arms that compiled code has with those of the text, over this interpreter's whole library.

    BRANCHLIGHT_MAP_RECORDED=... python check_library.py [FILE or FOLDER...]

Names each orphan, each arm that only the text or only the code has, and sums up. Nothing is run. The one arm of a
constant test is no choice, and compiled code has no jump for it: counted apart. Exit status 1 when anything differs.
"""

import collections
import pathlib
import sys
import sysconfig
import tokenize
import warnings

import mapper


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
            except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
                continue


def main():
    mapping = mapper.Mapper()
    counts = collections.Counter({"orphans": 0, "arms only in the text": 0, "arms only in the code": 0})
    for file, source, code in sources(sys.argv[1:] or [sysconfig.get_path("stdlib")]):
        mapped = mapping.map(source, code)
        counts["files"] += 1
        counts["files with ERROR nodes"] += mapped["errors"] > 0
        arms = set()
        for each in mapped["codes"]:
            for trail in each["trails"]:
                counts["trails"] += 1
                if "site" in trail:
                    arms.add((trail["site"], trail["arm"]))
                if trail["orphan"]:
                    counts["orphans"] += 1
                    print(f"{file}:{trail['line']}: orphan in {each['name']}: {trail['reason']}")
        for index, site in enumerate(mapped["sites"]):
            for arm in (False, True):
                counts["arms"] += site["exists"][arm]
                in_code = (index, arm) in arms
                if site["exists"][arm] and not in_code and not all(site["exists"]):
                    counts["arms of constant tests"] += 1
                elif in_code != site["exists"][arm]:
                    where = "code" if in_code else "text"
                    counts[f"arms only in the {where}"] += 1
                    print(f"{file}:{site['line']}: {site['kind']} {arm}: only in the {where}")
    mapping.close()
    print(f"{sys.version.split()[0]}: " + ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return bool(counts["orphans"] + counts["arms only in the text"] + counts["arms only in the code"])


if __name__ == "__main__":
    sys.exit(main())
