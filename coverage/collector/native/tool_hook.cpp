#include "coverage/collector/native/tool_hook.h"

#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/markers.h"
#include "coverage/collector/native/monitor.h"
#include "coverage/collector/native/replacement.h"

namespace branchlight::collector::tool_hook {
namespace {

PyObject* original;  // sys.monitoring.use_tool_id as it was

constexpr uint32_t profiler = 2;  // sys.monitoring.PROFILER_ID: it looks at calls

PyObject* use_tool_id(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  const bool sound = count == 2 && PyLong_CheckExact(arguments[0]) && PyUnicode_Check(arguments[1]);
  if (sound && PyObject_RichCompareBool(arguments[0], interpreter.tool, Py_EQ) == 1 && interpreter.owns_tool())
    monitor::change_tool_id();
  PyObject* result = PyObject_Vectorcall(original, arguments, static_cast<size_t>(count), nullptr);
  if (result && sound && to_uint32(arguments[0]) != profiler) markers::withdraw();
  return result;
}

PyMethodDef definition = {"use_tool_id", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(use_tool_id)),
                          METH_FASTCALL, nullptr};

}  // namespace

bool install() {
  PyObject* monitoring = PySys_GetObject("monitoring");
  return monitoring && replace_function(monitoring, definition, original);
}

}  // namespace branchlight::collector::tool_hook
