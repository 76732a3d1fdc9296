#include "coverage/collector/native/markers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <initializer_list>  // a header alone; nothing of libstdc++ is linked

#include "coverage/collector/native/code_table.h"
#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/monitor.h"
#include "coverage/collector/native/recorder.h"
#include "coverage/hitlog/writer.h"

namespace branchlight::collector::markers {
namespace {

constexpr uint32_t most_lines = 50'000'000;

char* cache;
PyObject *rewrite_function, *variant_function;
PyObject *loads, *dumps;         // of marshal
PyObject *get_trace, *get_tool;  // sys.gettrace, sys.monitoring.get_tool
PyObject* loader_name;
PyTypeObject* function_type;
system::FileIdentity rewriter_identity;
bool on;

// A code object with markers, and the one that would have run without us.
struct Pair {
  PyObject *marked, *original;  // owned, for good
};
Pair* pairs;
size_t pair_count, pair_room;

void remember_pair(PyObject* marked, PyObject* original) {
  if (pair_count == pair_room) {
    const size_t room = pair_room ? pair_room * 2 : 256;
    auto* larger = static_cast<Pair*>(realloc(pairs, room * sizeof(Pair)));
    if (!larger) return;
    pairs = larger;
    pair_room = room;
  }
  pairs[pair_count++] = {Py_NewRef(marked), Py_NewRef(original)};
}

// Coverage tools and debuggers: sys.settrace, or a tool of sys.monitoring with one of their ids.
bool somebody_watches() {
  PyRef tracer(PyObject_CallNoArgs(get_trace));
  bool watched = tracer && !Py_IsNone(tracer.get());
  for (long id = 0; id < 2 && !watched; ++id) {
    PyRef number(PyLong_FromLong(id));
    PyRef tool(number ? PyObject_CallFunctionObjArgs(get_tool, number.get(), nullptr) : nullptr);
    watched = tool && !Py_IsNone(tool.get()) && PyLong_AsLong(interpreter.tool) != id;
  }
  PyErr_Clear();
  return watched;
}

bool same_attribute(PyObject* one, PyObject* other, PyObject* name) {
  PyRef first(PyObject_GetAttr(one, name)), second(PyObject_GetAttr(other, name));
  return first && second && PyObject_RichCompareBool(first.get(), second.get(), Py_EQ) == 1;
}

bool is_code(PyObject* object) { return Py_TYPE(object) == interpreter.code_type; }

// The next code object among constants from `index` on; `index` moves behind it. Borrowed.
PyObject* next_code(PyObject* constants, Py_ssize_t& index) {
  const Py_ssize_t count = PyTuple_Size(constants);
  while (index < count)
    if (PyObject* constant = PyTuple_GetItem(constants, index++); is_code(constant)) return constant;
  return nullptr;
}

// Calls visit(original, marked) for each pair of code objects nested directly in these two, in order. False where
// they are not the same functions.
template <class Visit>
bool for_each_nested(PyObject* original, PyObject* marked, Visit visit) {
  PyRef before(PyObject_GetAttr(original, interpreter.co_consts));
  PyRef after(PyObject_GetAttr(marked, interpreter.co_consts));
  if (!before || !after) return false;
  Py_ssize_t i = 0, j = 0;
  for (;;) {
    PyObject *one = next_code(before.get(), i), *other = next_code(after.get(), j);
    if (!one || !other) return !one && !other;
    if (!visit(one, other)) return false;
  }
}

bool same_structure(PyObject* original, PyObject* marked) {
  return same_attribute(original, marked, interpreter.co_qualname) &&
         same_attribute(original, marked, interpreter.co_firstlineno) &&
         for_each_nested(original, marked, [](PyObject* one, PyObject* other) { return same_structure(one, other); });
}

void remember_pairs(PyObject* original, PyObject* marked) {
  remember_pair(marked, original);
  for_each_nested(original, marked, [](PyObject* one, PyObject* other) {
    remember_pairs(one, other);
    return true;
  });
}

// Replaces the constants of `code` that are code objects: replacement(constant) is borrowed, or null for none. The
// tuple belongs to the code object alone, else the interpreter refuses.
template <class Replacement>
bool replace_nested(PyObject* code, Replacement replacement) {
  PyRef constants(PyObject_GetAttr(code, interpreter.co_consts));
  if (!constants) return false;
  PyObject* tuple = constants.get();
  const Py_ssize_t count = PyTuple_Size(tuple);
  constants = PyRef();  // PyTuple_SetItem insists on one owner; that is the code object, which lives
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* constant = PyTuple_GetItem(tuple, i);
    PyObject* other = is_code(constant) ? replacement(constant) : nullptr;
    if (!other) continue;
    PyRef kept = PyRef::borrowed(constant);
    if (PyTuple_SetItem(tuple, i, Py_NewRef(other)) != 0) return false;
  }
  return true;
}

// A path need not be UTF-8; a note is.
void note(SourceFile* file, PyObject* reason) {
  PyRef text(PyUnicode_FromFormat("%s: no markers: %S", file->path, reason));
  PyRef utf8(text ? PyUnicode_AsEncodedString(text.get(), "utf-8", "replace") : nullptr);
  if (utf8)
    recorder::note(hitlog::NoteKind::rewriting, PyBytes_AsString(utf8.get()),
                   static_cast<size_t>(PyBytes_Size(utf8.get())));
  else
    PyErr_Clear();
}

// What cached code was made from. It begins its file, so that for a text that was edited the file is written anew.
struct Stamp {
  uint64_t content_hash, size, rewriter_size, rewriter_modified_ns;
};

Stamp stamp_of(const SourceFile& file) {
  return {file.content_hash, file.identity.size, rewriter_identity.size, rewriter_identity.modified_ns};
}

// A file for each name, interpreter, flags and loader. To be given to free().
char* cache_path(PyObject* filename, PyObject* variant) {
  PyRef name(PyUnicode_EncodeFSDefault(filename));
  PyRef rest(PyUnicode_AsEncodedString(variant, "utf-8", "replace"));
  if (!name || !rest) return nullptr;
  XXH3_state_t* state = static_cast<XXH3_state_t*>(aligned_alloc(64, sizeof(XXH3_state_t)));
  if (!state) return nullptr;
  XXH3_128bits_reset(state);
  for (PyObject* bytes : {name.get(), rest.get()})
    XXH3_128bits_update(state, PyBytes_AsString(bytes), static_cast<size_t>(PyBytes_Size(bytes)) + 1);
  const XXH128_hash_t hash = XXH3_128bits_digest(state);
  free(state);
  const size_t room = strlen(cache) + 64;
  char* path = static_cast<char*>(malloc(room));
  if (path)
    snprintf(path, room, "%s/%016llx%016llx.code", cache, static_cast<unsigned long long>(hash.high64),
             static_cast<unsigned long long>(hash.low64));
  return path;
}

PyRef read_cache(const char* path, const Stamp& stamp) {
  size_t size;
  char* data = system::read_file(path, size);
  PyRef found;
  if (data && size > sizeof stamp && memcmp(data, &stamp, sizeof stamp) == 0) {
    PyRef view(PyMemoryView_FromMemory(data + sizeof stamp, static_cast<Py_ssize_t>(size - sizeof stamp), PyBUF_READ));
    found = PyRef(view ? PyObject_CallFunctionObjArgs(loads, view.get(), nullptr) : nullptr);
    if (!found) PyErr_Clear();
  }
  free(data);
  return found;
}

void write_cache(const char* path, const Stamp& stamp, PyObject* result) {
  PyRef marshalled(PyObject_CallFunctionObjArgs(dumps, result, nullptr));
  PyRef head(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(&stamp), sizeof stamp));
  PyRef bytes(marshalled && head ? PySequence_Concat(head.get(), marshalled.get()) : nullptr);
  if (bytes)
    system::write_file_atomically(path, PyBytes_AsString(bytes.get()), static_cast<size_t>(PyBytes_Size(bytes.get())));
  if (PyErr_Occurred()) PyErr_Clear();
}

// (code, lines, records), or (why there is none, whether that will always be so). An exception is the program's.
PyRef make(PyObject* code, PyObject* filename, const SourceFile& file, PyObject* loader) {
  PyRef path(PyUnicode_DecodeFSDefault(file.path));
  if (!path) PyErr_Clear();
  return PyRef(path ? PyObject_CallFunctionObjArgs(rewrite_function, path.get(), filename, code, loader, nullptr)
                    : nullptr);
}

bool is_refusal(PyObject* result) { return PyTuple_Check(result) && PyTuple_Size(result) == 2; }

// There may be more memory, or stack, later on.
bool is_for_good(PyObject* result) { return !is_refusal(result) || PyObject_IsTrue(PyTuple_GetItem(result, 1)) == 1; }

// From the line of each, 4 bytes, and the record of each.
bool set_markers(SourceFile& file, hitlog::Bytes lines, hitlog::Bytes records) {
  const size_t count = records.size / sizeof(hitlog::MarkerRecord);
  if (lines.size != count * sizeof(uint32_t) || records.size % sizeof(hitlog::MarkerRecord) != 0) return false;
  const auto line_of = [&](size_t marker) {
    uint32_t line;
    memcpy(&line, static_cast<const char*>(lines.data) + marker * sizeof line, sizeof line);
    return line;
  };
  uint32_t last = 0;
  for (size_t i = 0; i < count; ++i)
    if (line_of(i) > last) last = line_of(i);
  if (last > most_lines) return false;
  auto* at = static_cast<uint32_t*>(calloc(size_t{last} + 1, sizeof(uint32_t)));
  auto* copy = static_cast<hitlog::MarkerRecord*>(malloc(records.size + 1));
  if (!at || !copy) {
    free(at);
    free(copy);
    return false;
  }
  memcpy(copy, records.data, records.size);
  for (size_t i = 0; i < count; ++i) at[line_of(i)] = static_cast<uint32_t>(i + 1);
  at[0] = 0;  // those that need no line
  file.marker_at = at;
  file.marker_at_size = last + 1;
  file.markers = copy;
  file.marker_count = static_cast<uint32_t>(count);
  file.defined = 0;  // the definition now has more to it
  return true;
}

// What the cache or the Python side gives, if it fits to `code`, with the file's markers set. Borrowed from `kept`.
// An exception that is set is the program's: a handler of its own was called, for a signal.
PyObject* fitting_code(PyObject* code, SourceFile* file, PyObject* loader, PyObject* module_name, PyRef& kept) {
  PyRef filename(PyObject_GetAttr(code, interpreter.co_filename));
  if (!filename) PyErr_Clear();
  PyRef variant(filename ? PyObject_CallFunctionObjArgs(variant_function, loader, module_name, nullptr) : nullptr);
  if (!variant || !PyUnicode_Check(variant.get())) return nullptr;
  char* path = cache_path(filename.get(), variant.get());
  if (PyErr_Occurred()) PyErr_Clear();
  if (!path) return nullptr;
  const Stamp stamp = stamp_of(*file);
  kept = read_cache(path, stamp);
  if (!kept) {
    kept = make(code, filename.get(), *file, loader);
    if (kept && is_for_good(kept.get())) write_cache(path, stamp, kept.get());
  }
  free(path);
  if (!kept) return nullptr;
  if (is_refusal(kept.get())) note(file, PyTuple_GetItem(kept.get(), 0));
  PyObject* marked;
  const char *lines, *records;
  Py_ssize_t lines_size, records_size;
  if (!PyTuple_Check(kept.get()) ||
      !PyArg_ParseTuple(kept.get(), "Oy#y#", &marked, &lines, &lines_size, &records, &records_size) ||
      !is_code(marked) || !same_structure(code, marked)) {
    PyErr_Clear();
    return nullptr;
  }
  if (!file->markers &&
      !set_markers(*file, {lines, static_cast<size_t>(lines_size)}, {records, static_cast<size_t>(records_size)}))
    return nullptr;
  return marked;
}

bool is_whole_module(PyObject* code) {
  PyRef name(PyObject_GetAttr(code, interpreter.co_qualname));
  if (!name) PyErr_Clear();
  return name && PyUnicode_CompareWithASCIIString(name.get(), "<module>") == 0;
}

}  // namespace

bool configure(const char* cache_folder, PyObject* rewrite, PyObject* variant, const char* rewriter) {
  cache = strdup(cache_folder);
  rewrite_function = Py_NewRef(rewrite);
  variant_function = Py_NewRef(variant);
  PyRef marshal(PyImport_ImportModule("marshal"));
  loads = marshal ? PyObject_GetAttrString(marshal.get(), "loads") : nullptr;
  dumps = marshal ? PyObject_GetAttrString(marshal.get(), "dumps") : nullptr;
  get_trace = Py_XNewRef(PySys_GetObject("gettrace"));
  PyObject* monitoring = PySys_GetObject("monitoring");
  get_tool = monitoring ? PyObject_GetAttrString(monitoring, "get_tool") : nullptr;
  loader_name = PyUnicode_InternFromString("__loader__");
  on = cache && loads && dumps && get_trace && get_tool && loader_name;
  if (!system::identify(rewriter, rewriter_identity)) on = false;
  if (on) system::make_folder(cache);
  function_type = reinterpret_cast<PyTypeObject*>(Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(rewrite))));
  return on;
}

bool enabled() { return on; }

PyRef marked_module(PyObject* code, SourceFile* file, PyObject* globals) {
  if (!on || !globals || !is_whole_module(code)) return PyRef();
  if (somebody_watches()) {
    withdraw();
    return PyRef();
  }
  PyObject* loader = PyDict_GetItemWithError(globals, loader_name);
  PyObject* name = PyDict_GetItemWithError(globals, interpreter.name);
  if (PyErr_Occurred()) PyErr_Clear();
  PyRef kept;
  PyObject* marked = fitting_code(code, file, loader ? loader : Py_None, name ? name : Py_None, kept);
  if (!marked) return PyRef();
  monitor::measure(marked, file, true);
  remember_pairs(code, marked);
  if (PyErr_Occurred()) PyErr_Clear();
  return PyRef::borrowed(marked);
}

void mark_nested(PyObject* code, SourceFile* file) {
  if (!on || somebody_watches()) return;
  PyRef name(PyUnicode_FromString("__main__")), kept;
  PyObject* marked = name ? fitting_code(code, file, Py_None, name.get(), kept) : nullptr;
  if (!marked) return;
  const size_t first = pair_count;
  for_each_nested(code, marked, [](PyObject* one, PyObject* other) {
    remember_pairs(one, other);
    return true;
  });
  const size_t end = pair_count;
  size_t next = first;
  const bool replaced = replace_nested(code, [&next, end](PyObject* constant) -> PyObject* {
    while (next < end && pairs[next].original != constant) ++next;
    return next < end ? pairs[next].marked : nullptr;
  });
  if (!replaced) {
    PyErr_Clear();
    return;
  }
  for_each_nested(marked, marked, [file](PyObject* nested, PyObject*) {
    monitor::measure(nested, file, true);
    return true;
  });
  if (PyErr_Occurred()) PyErr_Clear();
}

void withdraw() {
  if (!on) return;
  on = false;
  PyRef collector(PyImport_ImportModule("gc"));
  PyRef objects(collector ? PyObject_CallMethod(collector.get(), "get_objects", nullptr) : nullptr);
  PyRef dunder_code(PyUnicode_InternFromString("__code__"));
  PyRef original_of(PyDict_New());  // address of the marked code -> original
  if (!objects || !dunder_code || !original_of) return PyErr_Clear();
  for (size_t i = 0; i < pair_count; ++i) {
    PyRef address(PyLong_FromVoidPtr(pairs[i].marked));
    if (!address || PyDict_SetItem(original_of.get(), address.get(), pairs[i].original) != 0) return PyErr_Clear();
    if (Code* marked = code_table::find(pairs[i].marked))
      monitor::measure(pairs[i].original, marked->file, false, marked->rearmable);
  }
  const auto original = [&original_of](PyObject* code) -> PyObject* {
    PyRef address(PyLong_FromVoidPtr(code));
    return address ? PyDict_GetItemWithError(original_of.get(), address.get()) : nullptr;
  };
  // What runs already goes on as it is; what it defines and calls from here on is the original.
  for (size_t i = 0; i < pair_count; ++i)
    if (!replace_nested(pairs[i].marked, original)) PyErr_Clear();
  const Py_ssize_t count = PyList_Size(objects.get());
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* object = PyList_GetItem(objects.get(), i);
    if (Py_TYPE(object) != function_type) continue;
    PyRef code(PyObject_GetAttr(object, dunder_code.get()));
    PyObject* other = code && is_code(code.get()) ? original(code.get()) : nullptr;
    if (other && PyObject_SetAttr(object, dunder_code.get(), other) != 0) PyErr_Clear();
  }
  if (PyErr_Occurred()) PyErr_Clear();
  const char reason[] = "another tool watches lines in this process: no markers, so that its numbers stay its own";
  recorder::note(hitlog::NoteKind::warning, reason, sizeof reason - 1);
}

}  // namespace branchlight::collector::markers
