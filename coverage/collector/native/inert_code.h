// Module bodies that do nothing but build values of constants and give them names: large tables.
//
// In such code nothing can wait, call, jump, or be interrupted (CPython looks at signals, and collects garbage, at
// calls and backward jumps only). So it needs no events: that it has run says that each of its lines has. To arm LINE
// on a table of 20,000 rows takes as long as to import it, and on 3.12 and 3.13 the events themselves take seconds.
//
// Touched only with the GIL held.
#pragma once

#include "coverage/collector/native/code_table.h"

namespace branchlight::collector::inert_code {

// An opcode of this interpreter; each is to be told before the first is_inert().
void learn(unsigned number, const char* name);

// Of what is small it is not asked whether it is inert: events cost less than to find that out.
bool is_inert(PyObject* code);

// Records the call and the lines of inert code that has just run. Where it ended with an exception (of no memory, or a
// key that cannot be one), that is set, stays so, and the lines up to where it happened are recorded.
void record(Code& code);

}  // namespace branchlight::collector::inert_code
