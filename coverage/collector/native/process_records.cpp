#include "coverage/collector/native/process_records.h"

#include "coverage/collector/native/async_loops.h"
#include "coverage/collector/native/inert_code.h"
#include "coverage/collector/native/sleeping_lines.h"
#include "coverage/collector/native/system.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace branchlight::collector {

constinit unsigned char inline_cache_units[256] = {};

namespace {

constexpr size_t entry_head = 2 * sizeof(uint16_t) + 1;  // of an opcode: its number, its cache units, its name's length

// A Python list of str, joined at the end; the first failure makes all that follows do nothing.
class TextBuilder {
 public:
  TextBuilder() : parts_(PyList_New(0)) {}

  void add(const char* text) { add(PyRef(PyUnicode_FromString(text))); }

  void add_json(PyObject* text) {
    PyRef escaped = text ? escape(text) : PyRef(PyUnicode_FromString("\"\""));
    add(static_cast<PyRef&&>(escaped));
  }

  PyRef utf8() {
    PyRef empty(PyUnicode_FromString(""));
    PyRef text(empty && parts_ && !failed_ ? PyUnicode_Join(empty.get(), parts_.get()) : nullptr);
    return PyRef(text ? PyUnicode_AsEncodedString(text.get(), "utf-8", "replace") : nullptr);
  }

 private:
  void add(PyRef text) {
    if (!text || !parts_ || PyList_Append(parts_.get(), text.get()) != 0) failed_ = true;
  }

  // The json module is not worth its import.
  static PyRef escape(PyObject* object) {
    PyRef text(PyObject_Str(object));
    const Py_ssize_t length = text ? PyUnicode_GetLength(text.get()) : -1;
    PyRef parts(PyList_New(0));
    if (length < 0 || !parts) return PyRef();
    for (Py_ssize_t i = -1; i <= length; ++i) {
      PyRef part;
      if (i < 0 || i == length) {
        part = PyRef(PyUnicode_FromString("\""));
      } else {
        const Py_UCS4 character = PyUnicode_ReadChar(text.get(), i);
        if (character < 0x20 || character == '"' || character == '\\') {
          constexpr const char* digits = "0123456789abcdef";
          const char code[] = {'\\', 'u', '0', '0', digits[character >> 4], digits[character & 15], 0};
          part = PyRef(PyUnicode_FromString(code));
        } else {
          part = PyRef(PyUnicode_Substring(text.get(), i, i + 1));
        }
      }
      if (!part || PyList_Append(parts.get(), part.get()) != 0) return PyRef();
    }
    PyRef empty(PyUnicode_FromString(""));
    return PyRef(empty ? PyUnicode_Join(empty.get(), parts.get()) : nullptr);
  }

  PyRef parts_;
  bool failed_ = false;
};

PyRef working_directory() {
  PyRef os(PyImport_ImportModule("os"));
  PyRef path(os ? PyObject_CallMethod(os.get(), "getcwd", nullptr) : nullptr);
  if (!path) PyErr_Clear();
  return path;
}

// 3.12 has a list by opcode, 3.13 and 3.14 a dict by name, 3.15 a frozendict, which is no dict.
long cache_units(PyObject* caches, PyObject* name, long number) {
  PyRef units(PyList_Check(caches) ? PySequence_GetItem(caches, number) : PyObject_GetItem(caches, name));
  if (!units) PyErr_Clear();  // most have none
  return units ? PyLong_AsLong(units.get()) : 0;
}

// Tells everybody of each opcode in a record as docs/hit-log.md has it. False where it is none.
bool learn(PyObject* record) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(record));
  const auto size = static_cast<size_t>(PyBytes_Size(record));
  size_t at = 0;
  while (at + entry_head <= size) {
    uint16_t pair[2];
    memcpy(pair, bytes + at, sizeof pair);
    const size_t length = bytes[at + sizeof pair];
    at += entry_head;
    if (pair[0] > 255 || pair[1] > 255 || at + length > size) return false;
    char name[256];
    memcpy(name, bytes + at, length);
    name[length] = 0;
    at += length;
    inline_cache_units[pair[0]] = static_cast<unsigned char>(pair[1]);
    sleeping_lines::learn(pair[0], name);
    inert_code::learn(pair[0], name);
    async_loops::learn(pair[0], name);
  }
  return at == size;
}

PyRef read_from_library(PyObject* import_opcode) {
  PyRef module(PyObject_CallNoArgs(import_opcode));
  PyRef numbers(module ? PyObject_GetAttrString(module.get(), "opmap") : nullptr);
  PyRef caches(numbers ? PyObject_GetAttrString(module.get(), "_inline_cache_entries") : nullptr);
  PyRef items(caches ? PyMapping_Items(numbers.get()) : nullptr);
  PyRef parts(items ? PyList_New(0) : nullptr);
  if (!parts) return PyRef();
  for (Py_ssize_t i = 0; i < PyList_Size(items.get()); ++i) {
    PyObject* item = PyList_GetItem(items.get(), i);
    PyObject* name = PyTuple_GetItem(item, 0);
    const long number = PyLong_AsLong(PyTuple_GetItem(item, 1));
    if (number < 0 || number > 255) continue;  // pseudo instructions never reach the bytecode
    Py_ssize_t length;
    const char* text = PyUnicode_AsUTF8AndSize(name, &length);
    if (!text || length > 255) return PyRef();
    const uint16_t pair[] = {static_cast<uint16_t>(number),
                             static_cast<uint16_t>(cache_units(caches.get(), name, number))};
    char part[entry_head + 255];
    memcpy(part, pair, sizeof pair);
    part[sizeof pair] = static_cast<char>(length);
    memcpy(part + entry_head, text, static_cast<size_t>(length));
    PyRef bytes(PyBytes_FromStringAndSize(part, static_cast<Py_ssize_t>(entry_head) + length));
    if (!bytes || PyList_Append(parts.get(), bytes.get()) != 0) return PyRef();
  }
  PyRef empty(PyBytes_FromStringAndSize("", 0));
  return PyRef(empty ? PyObject_CallMethod(empty.get(), "join", "O", parts.get()) : nullptr);
}

// A file for each build of an interpreter: the hash of the rest, then the record.
char* path_in_cache(const char* cache) {
  PyObject* version = PySys_GetObject("version");
  Py_ssize_t size = 0;
  const char* text = version ? PyUnicode_AsUTF8AndSize(version, &size) : nullptr;
  const size_t room = strlen(cache) + 32;
  char* path = text ? static_cast<char*>(malloc(room)) : nullptr;
  if (!text) PyErr_Clear();
  if (path)
    snprintf(path, room, "%s/opcodes-%016llx", cache,
             static_cast<unsigned long long>(XXH3_64bits(text, static_cast<size_t>(size))));
  return path;
}

PyRef read_from_cache(const char* path) {
  size_t size;
  char* data = system::read_file(path, size);
  uint64_t hash;
  PyRef record;
  if (data && size > sizeof hash) {
    memcpy(&hash, data, sizeof hash);
    if (hash == XXH3_64bits(data + sizeof hash, size - sizeof hash))
      record = PyRef(PyBytes_FromStringAndSize(data + sizeof hash, static_cast<Py_ssize_t>(size - sizeof hash)));
  }
  free(data);
  PyErr_Clear();
  return record && learn(record.get()) ? static_cast<PyRef&&>(record) : PyRef();
}

void write_to_cache(const char* cache, const char* path, PyObject* record) {
  const auto size = static_cast<size_t>(PyBytes_Size(record));
  uint64_t hash = XXH3_64bits(PyBytes_AsString(record), size);
  auto* data = static_cast<char*>(malloc(sizeof hash + size));
  if (!data) return;
  memcpy(data, &hash, sizeof hash);
  memcpy(data + sizeof hash, PyBytes_AsString(record), size);
  system::make_folder(cache);
  system::write_file_atomically(path, data, sizeof hash + size);
  free(data);
}

}  // namespace

PyRef process_record(PyObject* root) {
  TextBuilder json;
  json.add("{\"argv\": [");
  PyObject* argv = PySys_GetObject("orig_argv");
  const Py_ssize_t count = argv && PyList_Check(argv) ? PyList_Size(argv) : 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (i > 0) json.add(", ");
    json.add_json(PyList_GetItem(argv, i));
  }
  json.add("], \"cwd\": ");
  json.add_json(working_directory().get());
  json.add(", \"root\": ");
  json.add_json(root);
  json.add(", \"executable\": ");
  json.add_json(PySys_GetObject("executable"));
  json.add(", \"version\": ");
  json.add_json(PySys_GetObject("version"));
  json.add("}");
  return json.utf8();
}

PyRef opcodes_record(const char* cache, PyObject* import_opcode) {
  char* path = path_in_cache(cache);
  PyRef record = path ? read_from_cache(path) : PyRef();
  if (!record) {
    record = read_from_library(import_opcode);
    if (record && !learn(record.get())) record = PyRef();
    if (record && path) write_to_cache(cache, path, record.get());
  }
  free(path);
  if (!record && !PyErr_Occurred()) PyErr_SetString(PyExc_RuntimeError, "this interpreter's opcodes cannot be read");
  return record;
}

}  // namespace branchlight::collector
