// The two records that describe a process: what it is, and the bytecode of its interpreter.
#pragma once

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

// bytes; none, and a Python exception, if something is missing.
PyRef process_record(PyObject* root);
PyRef opcodes_record();

}  // namespace branchlight::collector
