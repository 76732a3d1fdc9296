// A function in the place of `builtins.exec`, through which every module's code passes that is not the main script:
// imports, -m, pytest's rewritten modules. It is not to be told from the original, except that code of ours is
// measured.
#pragma once

#include "coverage/collector/native/source_files.h"

namespace branchlight::collector::exec_hook {

// `after`: a dict from a module's name to what is called with its namespace when it has been executed.
bool install(PyObject* after);

}  // namespace branchlight::collector::exec_hook
