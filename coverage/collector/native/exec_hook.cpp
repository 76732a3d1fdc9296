#include "coverage/collector/native/exec_hook.h"

#include "coverage/collector/native/code_table.h"
#include "coverage/collector/native/inert_code.h"
#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/markers.h"
#include "coverage/collector/native/monitor.h"
#include "coverage/collector/native/recorder.h"
#include "coverage/collector/native/replacement.h"

namespace branchlight::collector::exec_hook {
namespace {

PyObject* original;  // builtins.exec as it was
PyObject* after_by_name;

// Which namespace the code will run in, where that can be told without the caller's frame; borrowed.
PyObject* namespace_of(PyObject* const* arguments, Py_ssize_t positional, PyObject* keywords) {
  PyObject* found = positional >= 2 ? arguments[1] : nullptr;
  const Py_ssize_t count = keywords ? PyTuple_Size(keywords) : 0;
  for (Py_ssize_t i = 0; i < count; ++i)
    if (PyUnicode_CompareWithASCIIString(PyTuple_GetItem(keywords, i), "globals") == 0)
      found = arguments[positional + i];
  return found && PyDict_Check(found) ? found : nullptr;
}

// `python archive.zip` and `python folder` look like scripts, but their __main__ comes through here.
void notice_main(PyObject* globals) {
  PyObject* name = PyDict_GetItemWithError(globals, interpreter.name);
  if (name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "__main__") == 0)
    monitor::stop_looking_for_main_script();
  if (PyErr_Occurred()) PyErr_Clear();  // a key of the program's that cannot be compared
}

// Leaves an exception set if a handler of the program's has raised one meanwhile.
void call_after(PyObject* globals) {
  PyObject* name = PyDict_GetItemWithError(globals, interpreter.name);
  PyObject* function = name && PyUnicode_Check(name) ? PyDict_GetItemWithError(after_by_name, name) : nullptr;
  if (!function) return PyErr_Clear();
  PyRef held = PyRef::borrowed(function);
  PyRef done(PyObject_CallFunctionObjArgs(function, globals, nullptr));
}

// Measures code of ours; gives other code to run in its place, or none. `plainly`: in a dict, without locals of its
// own. An exception that is set is the program's; see markers.h.
PyRef measure(PyObject* code, PyObject* globals, bool plainly) {
  PyRef replacement;
  if (code_table::find(code)) return replacement;
  PyRef filename(PyObject_GetAttr(code, interpreter.co_filename));
  SourceFile* file = filename ? source_files::find(filename.get(), false) : nullptr;
  if (file && plainly && inert_code::is_inert(code)) {
    monitor::leave_alone(code, file);
  } else if (file) {
    replacement = markers::marked_module(code, file, globals);
    if (PyErr_Occurred()) return PyRef();
    if (!replacement) monitor::measure(code, file, false);
  }
  if (PyErr_Occurred()) PyErr_Clear();
  return replacement;
}

// A module that is imported while a test runs is there for all tests that come after.
class ImportInTest {
 public:
  ImportInTest(PyObject* code, PyObject* globals)
      : noted_(depth == 0 && recorder::test_is_running() && code_table::find(code) && is_module(globals)) {
    depth += noted_;
    if (!noted_) return;
    monitor::arm_again();
    recorder::begin_import();
  }
  ~ImportInTest() {
    depth -= noted_;
    if (noted_) recorder::end_import();
  }
  ImportInTest(const ImportInTest&) = delete;
  ImportInTest& operator=(const ImportInTest&) = delete;

 private:
  static bool is_module(PyObject* globals) { return globals && PyDict_GetItemString(globals, "__spec__") != nullptr; }
  static constinit inline unsigned depth = 0;
  bool noted_;
};

// Without a Python frame of our own, the original finds its default namespaces in the caller's frame.
PyObject* call_original(PyObject* const* arguments, Py_ssize_t positional, PyObject* keywords) {
  ++monitor::exec_depth;
  PyObject* result = PyObject_Vectorcall(original, arguments, static_cast<size_t>(positional), keywords);
  --monitor::exec_depth;
  return result;
}

PyObject* exec(PyObject*, PyObject* const* arguments, Py_ssize_t positional, PyObject* keywords) {
  const bool is_code = positional >= 1 && Py_TYPE(arguments[0]) == interpreter.code_type;
  if (!is_code) return call_original(arguments, positional, keywords);
  PyObject* globals = namespace_of(arguments, positional, keywords);
  if (globals) notice_main(globals);
  const bool plainly = positional == 2 && !keywords && PyDict_CheckExact(arguments[1]);
  PyRef replacement = recorder::stopped() ? PyRef() : measure(arguments[0], globals, plainly);
  if (PyErr_Occurred()) return nullptr;
  const ImportInTest shared(replacement ? replacement.get() : arguments[0], globals);
  constexpr Py_ssize_t most = 8;  // exec takes four at the most
  const Py_ssize_t count = positional + (keywords ? PyTuple_Size(keywords) : 0);
  PyObject* result;
  if (replacement && count <= most) {
    PyObject* changed[most] = {replacement.get()};
    for (Py_ssize_t i = 1; i < count; ++i) changed[i] = arguments[i];
    result = call_original(changed, positional, keywords);
  } else {
    result = call_original(arguments, positional, keywords);
    if (Code* code = code_table::find(arguments[0]); code && code->inert) inert_code::record(*code);
  }
  if (result && globals) {
    call_after(globals);
    if (PyErr_Occurred()) {
      Py_DECREF(result);
      return nullptr;
    }
  }
  return result;
}

PyMethodDef definition = {"exec", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(exec)),
                          METH_FASTCALL | METH_KEYWORDS, nullptr};

}  // namespace

bool install(PyObject* after) {
  after_by_name = Py_NewRef(after);
  PyRef builtins(PyImport_ImportModule("builtins"));
  return builtins && replace_function(builtins.get(), definition, original);
}

}  // namespace branchlight::collector::exec_hook
