// The extension module `_collector`: what the Python side of the collector calls.
//
// It holds its state in plain globals, one for each process, which live until the process is gone: threads and late
// finalizers may run when the interpreter is already being torn down. It therefore refuses subinterpreters.
#include <stdlib.h>
#include <string.h>

#include "coverage/collector/native/exec_hook.h"
#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/markers.h"
#include "coverage/collector/native/monitor.h"
#include "coverage/collector/native/process_records.h"
#include "coverage/collector/native/recorder.h"
#include "coverage/collector/native/tool_hook.h"
#include "coverage/collector/native/trace_hook.h"

namespace branchlight::collector {
namespace {

bool started;

bool parse_run(const char* text, uint8_t run[16]) {
  if (strlen(text) != 32) return false;
  for (int i = 0; i < 16; ++i) {
    char pair[3] = {text[2 * i], text[2 * i + 1], 0};
    char* end;
    run[i] = static_cast<uint8_t>(strtoul(pair, &end, 16));
    if (end != pair + 2) return false;
  }
  return true;
}

void measure_main_script(PyObject* code) {
  PyRef filename(PyObject_GetAttr(code, interpreter.co_filename));
  SourceFile* file = filename ? source_files::find(filename.get(), true) : nullptr;
  if (file) {
    markers::mark_nested(code, file);
    if (PyErr_Occurred()) return;
    monitor::measure(code, file, false);
  }
  if (PyErr_Occurred()) PyErr_Clear();
}

constexpr const char* start_documentation =
    "start(runs, cache, root, run, backend, libraries, environments, main_script, after, import_opcode)\n--\n\n"
    "Begin to measure this process. `after` maps a module's name to what is called with its namespace once it has run.";

PyObject* start(PyObject*, PyObject* arguments) {
  PyObject *runs, *cache, *root, *libraries, *environments, *after, *import_opcode;
  const char* run_text;
  int backend, main_script;
  if (!PyArg_ParseTuple(arguments, "UUUsiO!O!pO!O", &runs, &cache, &root, &run_text, &backend, &PyTuple_Type,
                        &libraries, &PyTuple_Type, &environments, &main_script, &PyDict_Type, &after, &import_opcode))
    return nullptr;
  uint8_t run[16];
  if (started || !parse_run(run_text, run)) {
    PyErr_SetString(PyExc_ValueError, started ? "the collector has been started already" : "not a run id");
    return nullptr;
  }
  PyRef runs_path(PyUnicode_EncodeFSDefault(runs));
  PyRef cache_path(PyUnicode_EncodeFSDefault(cache));
  PyRef root_path(PyUnicode_EncodeFSDefault(root));
  if (!runs_path || !cache_path || !root_path || !interpreter.load()) return nullptr;
  PyRef process = process_record(root);
  PyRef opcodes = process ? opcodes_record(PyBytes_AsString(cache_path.get()), import_opcode) : PyRef();
  if (!opcodes) return nullptr;
  if (!recorder::configure(PyBytes_AsString(runs_path.get()), run, static_cast<hitlog::Backend>(backend), process.get(),
                           opcodes.get()))
    return PyErr_NoMemory();
  if (!source_files::configure(PyBytes_AsString(root_path.get()), libraries, environments) || !monitor::start())
    return nullptr;
  if (!exec_hook::install(after) || (markers::enabled() && !trace_hook::install()) || !tool_hook::install()) {
    PyObject* reason = PyErr_GetRaisedException();
    interpreter.free_tool_id();
    PyErr_SetRaisedException(reason);
    return nullptr;
  }
  started = true;
  if (main_script) monitor::look_for_main_script(measure_main_script);
  Py_AtExit(recorder::close);
  return Py_NewRef(Py_None);
}

constexpr const char* use_markers_documentation =
    "use_markers(cache, rewrite, variant, rewriter)\n--\n\n"
    "Run modules with markers. See coverage/collector/native/markers.h.";

PyObject* use_markers(PyObject*, PyObject* arguments) {
  PyObject *cache, *rewrite, *variant, *rewriter;
  if (!PyArg_ParseTuple(arguments, "UOOU", &cache, &rewrite, &variant, &rewriter)) return nullptr;
  PyRef cache_path(PyUnicode_EncodeFSDefault(cache)), rewriter_path(PyUnicode_EncodeFSDefault(rewriter));
  if (!cache_path || !rewriter_path) return nullptr;
  const bool on =
      markers::configure(PyBytes_AsString(cache_path.get()), rewrite, variant, PyBytes_AsString(rewriter_path.get()));
  return PyBool_FromLong(on);
}

PyObject* withdraw_markers(PyObject*, PyObject*) {
  markers::withdraw();
  return Py_NewRef(Py_None);
}

PyObject* begin_test(PyObject*, PyObject* id) {
  PyRef utf8(PyUnicode_AsEncodedString(id, "utf-8", "replace"));
  if (!utf8) return nullptr;
  if (started) {
    monitor::arm_again();
    recorder::begin_test(PyBytes_AsString(utf8.get()), static_cast<size_t>(PyBytes_Size(utf8.get())));
  }
  return Py_NewRef(Py_None);
}

PyObject* end_test(PyObject*, PyObject* outcome) {
  const uint32_t number = to_uint32(outcome);
  if (started) recorder::end_test(static_cast<hitlog::Outcome>(number));
  return Py_NewRef(Py_None);
}

PyObject* begin_shared(PyObject*, PyObject* part) {
  uint32_t number = to_uint32(part);
  if (started) {
    monitor::arm_again();
    number = recorder::begin_shared(number);
  }
  return PyLong_FromUnsignedLong(number);
}

PyObject* end_shared(PyObject*, PyObject* part) {
  if (started) recorder::end_shared(to_uint32(part));
  return Py_NewRef(Py_None);
}

PyObject* use_shared(PyObject*, PyObject* part) {
  if (started) recorder::use_shared(to_uint32(part));
  return Py_NewRef(Py_None);
}

PyObject* note(PyObject*, PyObject* arguments) {
  int kind;
  const char* text;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(arguments, "is#", &kind, &text, &size)) return nullptr;
  if (started) recorder::note(static_cast<hitlog::NoteKind>(kind), text, static_cast<size_t>(size));
  return Py_NewRef(Py_None);
}

PyMethodDef methods[] = {
    {"start", start, METH_VARARGS, start_documentation},
    {"use_markers", use_markers, METH_VARARGS, use_markers_documentation},
    {"withdraw_markers", withdraw_markers, METH_NOARGS,
     "withdraw_markers()\n--\n\nSomebody else begins to watch lines."},
    {"begin_test", begin_test, METH_O, "begin_test(id)\n--\n\nWhat runs from here on belongs to this test."},
    {"end_test", end_test, METH_O, "end_test(outcome)\n--\n\n1 passed, 2 failed, 3 skipped."},
    {"begin_shared", begin_shared, METH_O,
     "begin_shared(part)\n--\n\nWhat runs from here on belongs to every test that uses it. 0: a new one; its number."},
    {"end_shared", end_shared, METH_O, "end_shared(part)\n--\n\nThe end of what begin_shared() began."},
    {"use_shared", use_shared, METH_O, "use_shared(part)\n--\n\nThe test that is running uses it."},
    {"note", note, METH_VARARGS, "note(kind, text)\n--\n\nSay in the log what could not be recorded."},
    {nullptr, nullptr, 0, nullptr},
};

int execute(PyObject*) {
  PyInterpreterState* state = PyInterpreterState_Get();
  if (PyInterpreterState_GetID(state) == 0) return 0;
  PyErr_SetString(PyExc_ImportError, "subinterpreters are not measured");
  return -1;
}

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {0, nullptr},
};

PyModuleDef module = {PyModuleDef_HEAD_INIT,
                      "_collector",
                      "The native part of Branchlight's collector.",
                      0,
                      methods,
                      slots,
                      nullptr,
                      nullptr,
                      nullptr};

}  // namespace
}  // namespace branchlight::collector

// The name is how CPython finds it. NOLINTNEXTLINE(bugprone-reserved-identifier)
PyMODINIT_FUNC PyInit__collector() { return PyModuleDef_Init(&branchlight::collector::module); }
