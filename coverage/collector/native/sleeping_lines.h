// When the LINE event of a code object has nothing more to tell, and when it has again.
//
// CPython leaves a cost where a LINE event is armed on an instruction that never reports: every turn of `yield from`,
// of `await`, of an empty loop body. (A generator benchmark took 1.4 times as long.) So once every line that can be
// reached without a new arm has been reported, LINE is taken off the code object; the event of a new arm comes before
// the arm's first line runs, and puts LINE back where that arm leads to lines that have not been seen.
//
// What can be reached is worked out from the bytecode: from the start, from every exception handler (for an exception
// comes without an event), and from each arm that was reported; a jump that reports its directions ends the way. In
// code with markers, and under bookkeeping, no jump does: there all lines are within reach from the start, and LINE
// sleeps when the last of them has been reported. Where the bytecode holds a jump that we do not know, or where it
// would not pay, there is no Flow, and LINE stays on.
//
// Touched only with the GIL held.
#pragma once

#include "coverage/collector/native/python_ref.h"

#include <stdint.h>

namespace branchlight::collector {

struct Flow;

namespace sleeping_lines {

// An opcode of this interpreter; each is to be told before the first analyse().
void learn(unsigned number, const char* name);

// `silent_jumps`: no jump of this code reports its directions.
Flow* analyse(PyObject* code, bool silent_jumps);

void reported(Flow& flow, uint32_t line);
// An arm was reported that leads to this byte of the bytecode.
void arm_taken(Flow& flow, uint32_t destination);
// All events are on again, for the next test: each line is to be reported once more. What has been reached before may
// be run again without any event, by a generator that was suspended there.
void forget_lines(Flow& flow);

// Whether it has a `yield from` or an `await`.
bool hands_through(const Flow& flow);
bool anything_to_come(const Flow& flow);
// Waking is a full pass over the code object: not without end.
bool may_sleep(const Flow& flow);
void woken(Flow& flow);

}  // namespace sleeping_lines
}  // namespace branchlight::collector
