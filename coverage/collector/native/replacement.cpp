#include "coverage/collector/native/replacement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace branchlight::collector {
namespace {

// "exec($module, source, …)\n--\n\n" and the documentation: where C functions carry their signature. Some have none.
char* documentation(PyObject* function, const char* name) {
  PyRef signature(PyObject_GetAttrString(function, "__text_signature__"));
  PyRef text(signature ? PyObject_GetAttrString(function, "__doc__") : nullptr);
  const char* words = text ? PyUnicode_AsUTF8AndSize(text.get(), nullptr) : nullptr;
  if (!words) return nullptr;
  if (Py_IsNone(signature.get())) return strdup(words);
  const char* arguments = PyUnicode_AsUTF8AndSize(signature.get(), nullptr);
  if (!arguments) return nullptr;
  const size_t size = strlen(name) + strlen(arguments) + strlen(words) + 16;
  char* all = static_cast<char*>(malloc(size));
  if (all) snprintf(all, size, "%s%s\n--\n\n%s", name, arguments, words);
  return all;
}

}  // namespace

bool replace_function(PyObject* module, PyMethodDef& definition, PyObject*& original) {
  original = PyObject_GetAttrString(module, definition.ml_name);
  if (!original) return false;
  definition.ml_doc = documentation(original, definition.ml_name);
  if (!definition.ml_doc) PyErr_Clear();
  PyRef name(PyModule_GetNameObject(module));
  PyRef function(name ? PyCFunction_NewEx(&definition, module, name.get()) : nullptr);
  return function && PyObject_SetAttrString(module, definition.ml_name, function.get()) == 0;
}

}  // namespace branchlight::collector
