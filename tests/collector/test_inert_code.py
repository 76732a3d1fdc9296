"""Modules that only build values of constants have no events of their own, and lose no line for that."""

from types import CodeType

import pytest
from measured import Workspace

ROWS = "".join(f"    'key{i}': ({i}, 'value {i}',\n        [{i % 7}, -1.5]),\n" for i in range(400))
TABLE = f'"""Rows."""\n\nTABLE = {{\n{ROWS}}}\nNAMES = [\n    "a",\n    *("b",\n      "c"),\n]\n'

# Ours is the only tool.
RUNS_TEXT = """\
import sys
from pathlib import Path
path = Path(__file__).with_name("table.py")
code = compile(path.read_text(), path, "exec")
exec(code, {namespaces})
[tool] = [one for one in range(6) if sys.monitoring.get_tool(one)]
print(sys.monitoring.get_local_events(tool, code))
"""


def lines_of(text: str) -> set[int]:
    code: CodeType = compile(text, "table.py", "exec")
    return {line for _, _, line in code.co_lines() if line}


def test_a_table_has_all_its_lines(workspace: Workspace, backend: str) -> None:
    workspace.write("table.py", TABLE)
    workspace.write("main.py", "import table\nassert len(table.TABLE) == 400\n")
    workspace.succeeds("main.py", backend=backend)
    assert workspace.lines("table.py") == lines_of(TABLE)
    assert workspace.calls("table.py") == {"<module>"}
    [log] = workspace.logs()
    [code] = [code for code in log.codes.values() if code.path.name == "table.py"]
    assert not code.bytecode and not code.locations  # which are as large as the text, and have no jumps


@pytest.mark.parametrize(
    ("namespaces", "text", "silent"),
    [
        ("{}", TABLE, True),
        ("{}, {}", TABLE, False),
        ("{}", TABLE + "print()\n", False),
        ("{}", TABLE + "for row in TABLE: pass\n", False),
        ("{}", "import sys\n" + TABLE, False),
        ("{}", "ONE = 1\n", False),
    ],
    ids=["a table", "locals of their own", "a call", "a loop", "an import", "a small one"],
)
def test_what_is_inert_has_no_events(workspace: Workspace, namespaces: str, text: str, silent: bool) -> None:
    workspace.write("table.py", text)
    workspace.write("main.py", RUNS_TEXT.format(namespaces=namespaces))
    outcome = workspace.succeeds("main.py", backend="bookkeeping")
    assert (outcome.stdout.split()[-1] == "0") == silent
    assert workspace.lines("table.py") == lines_of(text)


def test_a_table_that_fails_has_the_lines_until_there(workspace: Workspace, backend: str) -> None:
    good, bad, rest = "A = 1\n", TABLE.replace("'key200'", "[200]"), "B = 2\n"
    workspace.write("table.py", good + bad + rest)
    workspace.write("main.py", "try:\n    import table\nexcept TypeError as error:\n    print(error)\n")
    assert "unhashable" in workspace.succeeds("main.py", backend=backend).stdout
    failed = (good + bad).splitlines().index(next(one for one in bad.splitlines() if "[200]:" in one)) + 1
    found, last = workspace.lines("table.py"), (good + bad).count("\n") + 1
    assert {1, failed - 2} <= found
    assert not any(failed + 1 < line <= last for line in found)


def test_a_table_is_of_the_test_that_imports_it_and_of_the_command(workspace: Workspace) -> None:
    workspace.write("table.py", TABLE)
    workspace.write("test_it.py", "def test_one():\n    import table\n\ndef test_two():\n    import table\n")
    workspace.succeeds("-m", "pytest", "-q", "test_it.py")
    assert workspace.lines("table.py", "test_it.py::test_one") == lines_of(TABLE)
    assert workspace.lines("table.py", "test_it.py::test_two") == set()
