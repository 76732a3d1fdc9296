// The markers backend's code: for a module of ours the same module with no-op lines at the heads of its branches'
// arms. It comes from a cache in `.branchlight/cache`, or is made there by the Python side (rewriting.py).
//
// Somebody else who watches lines in this process would see the markers' lines: from then on there are none, and
// functions that have them get their original code back.
#pragma once

#include "coverage/collector/native/source_files.h"

namespace branchlight::collector::markers {

// `rewrite(path, filename, code, loader)` gives (code, lines, records), or raises. `variant(loader, module's
// name)` gives a str that tells apart what else the result depends on, or None where the loader's text is not the
// file's. `rewriter` is the file of rewriting.py: other rules make other code.
bool configure(const char* cache, PyObject* rewrite, PyObject* variant, const char* rewriter);
bool enabled();

// The code to run in the place of a module's; none: its own. Its nested code objects are measured already. Both this
// and mark_nested() call Python code, in which a signal handler of the program's may run: what that raises is left set.
PyRef marked_module(PyObject* code, SourceFile* file, PyObject* globals);

// For the script of `python script.py`, whose code is running already: puts marked code in the place of that which
// is nested in it, before any of it is used.
void mark_nested(PyObject* code, SourceFile* file);

// No more markers in this process; see above.
void withdraw();

}  // namespace branchlight::collector::markers
