"""Runs the programs of a folder under coverage.py and under Branchlight, and gives both reports in the same terms."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 300  # for one batch; the programs end by themselves
BACKENDS = ("events", "markers") if sys.version_info >= (3, 14) else ("markers", "bookkeeping")  # the default first
# coverage.py's default from 3.14 on is sys.monitoring; its tracer then bears witness where that contradicts itself.
CORE, WITNESS = (None, "ctrace") if sys.version_info >= (3, 14) else ("ctrace", None)
KINDS = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")


def program():
    # Absolute, for it is started in other folders.
    return str(Path(os.environ.get("BRANCHLIGHT", HERE.parents[1] / "build/release/server/branchlight")).absolute())


def environment(**more):
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BRANCHLIGHT", "COVERAGE", "VIRTUAL_ENV"))
    }
    # One seed for all, and no bytecode: files that change within a second would be taken for what they were.
    return kept | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(command, folder, **more):
    done = subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, timeout=SECONDS, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout.decode()}{done.stderr.decode()}"
        )
    return done.stdout


def files_of(report):
    """Per file and kind a set of lines, or of pairs of lines; None for a file that could not be reported."""
    return {
        name: found
        and {kind: {tuple(each) if isinstance(each, list) else each for each in found[kind]} for kind in KINDS}
        for name, found in report["files"].items()
    }


def without_tools(folder):
    """The programs that come to an end, each with the places where exceptions came by: see plain.py."""
    return json.loads(run([sys.executable, HERE / "plain.py", folder], folder))


def by_coverage(folder, core=None):
    """`core`: of coverage.py's; none: the one that it takes by itself."""
    settings = folder / "coveragerc"
    settings.write_text("[run]\nbranch = true\n")
    data = folder / ".coverage"
    data.unlink(missing_ok=True)
    coverage = [sys.executable, "-m", "coverage"]
    options = {"COVERAGE_CORE": core} if core else {}
    run(
        [
            *coverage,
            "run",
            f"--rcfile={settings}",
            f"--data-file={data}",
            f"--source={folder}",
            HERE / "drive.py",
            folder,
        ],
        folder,
        **options,
    )
    return files_of(json.loads(run([sys.executable, HERE / "coverage_json.py", data, settings], folder)))


def by_import(folder):
    """What by_coverage() has measured last, as Branchlight reads it."""
    (folder / "pyproject.toml").touch()
    shutil.rmtree(folder / ".branchlight", ignore_errors=True)
    run([program(), "import"], folder)
    return files_of(json.loads(run([program(), "report", "--format", "json"], folder)))


def by_branchlight(folder, backend):
    """`backend`: events, markers or bookkeeping."""
    (folder / "pyproject.toml").touch()  # makes it a workspace
    shutil.rmtree(folder / ".branchlight", ignore_errors=True)
    run(
        [program(), "run", f"--python={sys.executable}", f"--backend={backend}", "--", HERE / "drive.py", folder],
        folder,
    )
    return files_of(json.loads(run([program(), "report", "--format", "json"], folder)))
