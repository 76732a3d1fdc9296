// Which events of which code objects are on, and what happens when one comes.
//
// Each code object that is measured has a local PY_START; all else is switched on when it is first called. Outside of
// tests an event switches itself off where it has been reported once (on 3.12 and 3.13 a branch when both its
// directions were seen). In a test events stay on until their code object has reported often; when the next test
// begins, only the code objects that have events switched off are switched on again. Where LINE has nothing more to
// tell it sleeps; see sleeping_lines.h.
//
// The callbacks run in the middle of the user's code, in any thread, with the GIL held. They never raise, import
// nothing, and do no I/O but stores into the log; they return DISABLE, or None to be called again.
#pragma once

#include "coverage/collector/native/code_table.h"

namespace branchlight::collector::monitor {

// Takes a tool id and sets the callbacks. False, and a Python exception, if that cannot be done.
bool start();

// Finds the script of `python script.py`, which passes through no hook: a global PY_START, for a few dozen calls.
// `found` may replace what is nested in the code object before any of it runs.
void look_for_main_script(void (*found)(PyObject* code));
void stop_looking_for_main_script();

// Modules that are executed while a hooked exec runs are not the main script.
extern constinit unsigned exec_depth;

// Measures a code object and all that are nested in it. `marked`: compiled with markers. `in_function`: the next test
// may run it again, even if it is a class's.
void measure(PyObject* code, SourceFile* file, bool marked, bool in_function = false);

// Puts inert code, which has no others nested in it, into the table, without any events.
void leave_alone(PyObject* code, SourceFile* file);

void arm_again();

// Leaves the tool id to the program, which asks for it, and goes on with another one; or not, where none is free.
void change_tool_id();

}  // namespace branchlight::collector::monitor
