// The two records that describe a process: what it is, and the bytecode of its interpreter.
#pragma once

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

// How many units of inline cache follow each opcode; filled by opcodes_record().
extern constinit unsigned char inline_cache_units[256];

// bytes; none, and a Python exception, if something is missing.
PyRef process_record(PyObject* root);

// From the folder `cache`, which need not exist, or from what `import_opcode` gives, the library's module `opcode`: to
// import that takes a third of our start.
PyRef opcodes_record(const char* cache, PyObject* import_opcode);

}  // namespace branchlight::collector
