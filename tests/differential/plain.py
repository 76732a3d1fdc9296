"""Runs the programs of a folder as drive.py does, each in a process of its own and without any tool that measures:
`python plain.py FOLDER`. Prints in JSON, for each that came to its end, where exceptions came by: [line, column] of each
instruction that raised, or through which one went.

The other processes run all programs together, so that one without an end would hold up a whole batch.
"""

import json
import os
import resource
import sys

from drive import programs_of, run

SECONDS = 2  # of processor time; programs take milliseconds


def passed_by(path):
    """Runs one program, and gives the places in it."""
    found = set()

    def raised(code, offset, _):
        if code.co_filename == str(path):
            line, _, column, _ = list(code.co_positions())[offset // 2]
            found.add((line, column))

    monitoring = sys.monitoring
    monitoring.use_tool_id(monitoring.DEBUGGER_ID, "plain")
    for event in (monitoring.events.RAISE, monitoring.events.PY_THROW):
        monitoring.register_callback(monitoring.DEBUGGER_ID, event, raised)
    monitoring.set_events(monitoring.DEBUGGER_ID, monitoring.events.RAISE | monitoring.events.PY_THROW)
    run(path)
    monitoring.set_events(monitoring.DEBUGGER_ID, 0)
    return sorted(place for place in found if None not in place)


def in_process(path):
    """The same in JSON, from a child; nothing where it came to no end."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with os.fdopen(writes, "w") as pipe:
            json.dump(passed_by(path), pipe)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


if __name__ == "__main__":
    ends = {path.name: in_process(path) for path in programs_of(sys.argv[1])}
    json.dump({name: json.loads(said) for name, said in ends.items() if said}, sys.stdout)
