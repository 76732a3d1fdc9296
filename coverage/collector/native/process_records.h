// The two records that describe a process: what it is, and the bytecode of its interpreter.
#pragma once

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

// How many units of inline cache follow each opcode; filled by opcodes_record().
extern constinit unsigned char inline_cache_units[256];

// bytes; none, and a Python exception, if something is missing.
PyRef process_record(PyObject* root);
PyRef opcodes_record();

}  // namespace branchlight::collector
