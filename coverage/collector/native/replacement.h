// Puts a function of ours in the place of one of the interpreter's. It is not to be told from the original: it has its
// name, module, signature and documentation, and no Python frame.
#pragma once

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

// `definition` names the function, and lives as long as the process. False, and a Python exception, if it cannot be
// done.
bool replace_function(PyObject* module, PyMethodDef& definition, PyObject*& original);

}  // namespace branchlight::collector
