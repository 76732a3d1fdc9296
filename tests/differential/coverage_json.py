"""`coverage json`, but file by file: `python coverage_json.py FOLDER`. What coverage.py cannot parse or fails on has null
in the place of its report."""

import json
import sys
from pathlib import Path

import coverage


def main(folder):
    reported = coverage.Coverage(data_file=folder / ".coverage", config_file=str(folder / "coveragerc"))
    reported.load()
    files = {}
    for path in sorted(folder.glob("p*.py")):
        one = folder / "one.json"
        try:
            reported.json_report(morfs=[str(path)], outfile=str(one))
            files |= json.loads(one.read_text())["files"]
        except (AssertionError, coverage.exceptions.NotPython):
            files[str(path)] = None
    json.dump({"files": files}, sys.stdout)


main(Path(sys.argv[1]))
