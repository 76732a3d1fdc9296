#include "coverage/collector/native/interpreter.h"

#include <initializer_list>  // a header alone; nothing of libstdc++ is linked

namespace branchlight::collector {

constinit Interpreter interpreter{};

namespace {

constexpr const char* event_names[] = {"PY_START",     "LINE",        "BRANCH",           "BRANCH_LEFT",
                                       "BRANCH_RIGHT", "INSTRUCTION", "EXCEPTION_HANDLED"};

PyRef monitoring() {
  PyObject* found = PySys_GetObject("monitoring");
  if (!found) PyErr_SetString(PyExc_RuntimeError, "this interpreter has no sys.monitoring");
  return PyRef::borrowed(found);
}

}  // namespace

bool Interpreter::load() {
  const struct {
    PyObject*& to;
    const char* text;
  } names[] = {{co_filename, "co_filename"}, {co_consts, "co_consts"},
               {co_code, "co_code"},         {co_linetable, "co_linetable"},
               {co_qualname, "co_qualname"}, {co_firstlineno, "co_firstlineno"},
               {co_flags, "co_flags"},       {name, "__name__"}};
  for (const auto& each : names)
    if (each.to = PyUnicode_InternFromString(each.text); !each.to) return false;

  PyRef code(Py_CompileString("0", "<branchlight>", Py_eval_input));
  if (!code) return false;
  code_type = reinterpret_cast<PyTypeObject*>(Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(code.get()))));

  PyRef module = monitoring();
  if (!module) return false;
  disable = PyObject_GetAttrString(module.get(), "DISABLE");
  set_events_function = PyObject_GetAttrString(module.get(), "set_events");
  set_local_events_function = PyObject_GetAttrString(module.get(), "set_local_events");
  get_tool_function = PyObject_GetAttrString(module.get(), "get_tool");
  use_tool_id_function = PyObject_GetAttrString(module.get(), "use_tool_id");
  tool_name = PyUnicode_FromString("branchlight");
  PyRef events(PyObject_GetAttrString(module.get(), "events"));
  if (!disable || !set_events_function || !set_local_events_function || !get_tool_function || !use_tool_id_function ||
      !tool_name || !events)
    return false;
  for (int i = 0; i < static_cast<int>(Event::count); ++i) {
    PyRef mask(PyObject_GetAttrString(events.get(), event_names[i]));
    if (!mask) PyErr_Clear();
    masks[i] = mask ? PyLong_AsLong(mask.get()) : 0;
  }
  PyObject* version = PySys_GetObject("hexversion");
  hexversion = version ? to_uint32(version) : 0;
  return true;
}

// The debugger's, coverage's and the profiler's ids come last: whoever starts after us will look for them.
bool Interpreter::take_tool_id() {
  for (long id : {4, 3, 5, 2, 1, 0}) {
    PyRef number(PyLong_FromLong(id));
    PyRef done(number ? PyObject_CallFunctionObjArgs(use_tool_id_function, number.get(), tool_name, nullptr) : nullptr);
    if (!done) {
      PyErr_Clear();
      continue;
    }
    tool = PyLong_FromLong(id);
    return tool != nullptr;
  }
  PyErr_SetString(PyExc_RuntimeError, "all six ids of sys.monitoring are in use by other tools");
  return false;
}

void Interpreter::free_tool_id() {
  PyRef module = monitoring();
  if (!module || !PyRef(PyObject_CallMethod(module.get(), "free_tool_id", "O", tool))) PyErr_Clear();
}

bool Interpreter::set_callback(Event event, PyObject* function) {
  PyRef module = monitoring();
  if (!module) return false;
  return static_cast<bool>(
      PyRef(PyObject_CallMethod(module.get(), "register_callback", "OlO", tool, mask(event), function)));
}

bool Interpreter::owns_tool() const {
  PyObject* arguments[] = {tool};
  PyRef held_by(PyObject_Vectorcall(get_tool_function, arguments, 1, nullptr));
  if (!held_by) PyErr_Clear();
  return held_by.get() == tool_name;
}

void Interpreter::set_events(long mask) const {
  PyRef number(PyLong_FromLong(mask));
  PyObject* arguments[] = {tool, number.get()};
  if (!number || !PyRef(PyObject_Vectorcall(set_events_function, arguments, 2, nullptr))) PyErr_Clear();
}

void Interpreter::set_local_events(PyObject* code, long mask) const {
  PyRef number(PyLong_FromLong(mask));
  PyObject* arguments[] = {tool, code, number.get()};
  if (!number || !PyRef(PyObject_Vectorcall(set_local_events_function, arguments, 3, nullptr))) PyErr_Clear();
}

uint32_t to_uint32(PyObject* number) {
  const unsigned long value = PyLong_AsUnsignedLong(number);
  if (value == static_cast<unsigned long>(-1) && PyErr_Occurred()) PyErr_Clear();
  return static_cast<uint32_t>(value);
}

}  // namespace branchlight::collector
