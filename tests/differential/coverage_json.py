"""`coverage json`, but file by file: `python coverage_json.py DATA SETTINGS`. What coverage.py cannot parse or fails on has
null in the place of its report; what is no file is left out."""

import json
import sys
import tempfile
from pathlib import Path

import coverage


def main(data, settings):
    reported = coverage.Coverage(data_file=data, config_file=settings)
    reported.load()
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.json"
        for path in sorted(reported.get_data().measured_files()):
            try:
                reported.json_report(morfs=[path], outfile=str(one))
                files |= json.loads(one.read_text())["files"]
            except (AssertionError, coverage.exceptions.NotPython):
                files[str(Path(path).relative_to(Path.cwd()))] = None
            except coverage.exceptions.NoSource:  # code with a made-up name, and no file
                continue
    json.dump({"files": files}, sys.stdout)


main(*sys.argv[1:])
