#include "coverage/collector/native/trace_hook.h"

#include "coverage/collector/native/markers.h"
#include "coverage/collector/native/replacement.h"

namespace branchlight::collector::trace_hook {
namespace {

PyObject* original;  // sys.settrace as it was

PyObject* settrace(PyObject*, PyObject* function) {
  if (!Py_IsNone(function)) markers::withdraw();
  return PyObject_CallFunctionObjArgs(original, function, nullptr);
}

PyMethodDef definition = {"settrace", settrace, METH_O, nullptr};

}  // namespace

bool install() {
  PyRef sys(PyImport_ImportModule("sys"));
  return sys && replace_function(sys.get(), definition, original);
}

}  // namespace branchlight::collector::trace_hook
