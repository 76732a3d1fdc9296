"""`pytest --branchlight`, where Branchlight is installed in the environment: the same as `branchlight run -m pytest`.

A collector that began here would have missed what is imported already. So this process becomes `branchlight run`, which
starts pytest anew; in there nothing is left to do.
"""

import os
import shutil
import sys
import sysconfig

import pytest


def pytest_addoption(parser):
    group = parser.getgroup("branchlight")
    group.addoption(
        "--branchlight", action="store_true", help="measure branch coverage, as `branchlight run -m pytest`"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    if not early_config.known_args_namespace.branchlight or os.environ.get("BRANCHLIGHT_DIR"):
        return
    program = os.path.join(sysconfig.get_path("scripts"), "branchlight")
    if not os.path.exists(program):
        program = shutil.which("branchlight") or ""
    if not program:
        raise pytest.UsageError("--branchlight: the program `branchlight` is not to be found")
    capture = early_config.pluginmanager.getplugin("capturemanager")
    if capture:  # it has begun to capture descriptors, which the next program would inherit
        capture.stop_global_capturing()
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [os.fspath(each) for each in early_config.invocation_params.args]
    os.execv(program, [program, "run", "--python", sys.executable, "--", "-m", "pytest", *arguments])
