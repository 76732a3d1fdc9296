#include "coverage/collector/native/inert_code.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/process_records.h"
#include "coverage/collector/native/recorder.h"

namespace branchlight::collector::inert_code {
namespace {

constexpr Py_ssize_t least_locations = 4096;  // bytes of co_linetable: some hundred lines

constexpr const char* names[] = {
    "RESUME",       "CACHE",
    "EXTENDED_ARG", "NOP",
    "LOAD_CONST",   "LOAD_SMALL_INT",
    "BUILD_LIST",   "BUILD_MAP",
    "BUILD_SET",    "BUILD_TUPLE",
    "MAP_ADD",      "BUILD_CONST_KEY_MAP",
    "LIST_APPEND",  "LIST_EXTEND",
    "SET_ADD",      "SET_UPDATE",
    "DICT_UPDATE",  "POP_TOP",
    "STORE_NAME",   "RETURN_CONST",
    "RETURN_VALUE", "LOAD_COMMON_CONSTANT",
};
bool inert[256];

PyObject* as_object(PyCodeObject* code) { return reinterpret_cast<PyObject*>(code); }
PyFrameObject* as_frame(PyObject* frame) { return reinterpret_cast<PyFrameObject*>(frame); }

// How far code got that ended with the exception that is set: a byte of its bytecode, -1 where it did not begin.
long last_byte(PyObject* code) {
  PyRef exception(PyErr_GetRaisedException());
  long found = -1;
  PyRef trace(PyException_GetTraceback(exception.get()));
  while (trace && !Py_IsNone(trace.get()) && found < 0) {
    PyRef frame(PyObject_GetAttrString(trace.get(), "tb_frame"));
    PyRef running(frame ? as_object(PyFrame_GetCode(as_frame(frame.get()))) : nullptr);
    PyRef last(PyObject_GetAttrString(trace.get(), "tb_lasti"));
    if (last && running.get() == code) found = PyLong_AsLong(last.get());
    trace = PyRef(PyObject_GetAttrString(trace.get(), "tb_next"));
  }
  PyErr_Clear();
  PyErr_SetRaisedException(exception.release());
  return found;
}

// Those of the bytecode up to this byte. The format is that of CPython's InternalDocs/code_objects.md: the highest bit
// begins an entry, then come its kind in four bits and its code units, less one, in three; numbers have six bits a
// byte, and one more that says that they go on. Not by co_lines(), whose tuples would take as long as the import.
void record_lines(Code& code, long last) {
  PyRef table(PyObject_GetAttr(code.object, interpreter.co_linetable));
  PyRef first_line(PyObject_GetAttr(code.object, interpreter.co_firstlineno));
  const Py_ssize_t size = table && first_line ? PyBytes_Size(table.get()) : 0;
  if (size <= 0) return;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(table.get()));
  constexpr unsigned same_line = 10, no_columns = 13, long_form = 14, no_location = 15;  // the first: all below it
  int64_t line = to_uint32(first_line.get()), before = 0;
  long start = 0;
  for (Py_ssize_t at = 0; at < size && start <= last;) {
    const unsigned kind = bytes[at] >> 3 & 15;
    start += 2 * ((bytes[at] & 7) + 1);
    ++at;
    if (kind == no_columns || kind == long_form) {
      uint64_t delta = 0;
      for (unsigned shift = 0; at < size && shift < 36; shift += 6) {
        delta |= uint64_t{bytes[at] & 0x3Fu} << shift;
        if (!(bytes[at++] & 0x40)) break;
      }
      line += delta & 1 ? -static_cast<int64_t>(delta >> 1) : static_cast<int64_t>(delta >> 1);
    } else if (kind >= same_line && kind < no_columns) {
      line += kind - same_line;
    }
    while (at < size && !(bytes[at] & 0x80)) ++at;
    if (line == before || kind == no_location) continue;
    before = line;
    if (line > 0 && line <= INT32_MAX) recorder::line(code, static_cast<uint32_t>(line));
  }
}

}  // namespace

void learn(unsigned number, const char* name) {
  if (number > 255) return;
  for (const char* one : names) inert[number] = inert[number] || strcmp(one, name) == 0;
}

bool is_inert(PyObject* code) {
  PyRef locations(PyObject_GetAttr(code, interpreter.co_linetable));
  const bool large = locations && PyBytes_Size(locations.get()) >= least_locations;
  // CPython makes co_code slowly, and keeps it. In code that has not run yet this is the same, but for inline caches.
  PyRef bytecode(large ? PyObject_GetAttrString(code, "_co_code_adaptive") : nullptr);
  const Py_ssize_t size = bytecode ? PyBytes_Size(bytecode.get()) : 0;
  if (PyErr_Occurred()) PyErr_Clear();
  if (size <= 0) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(bytecode.get()));
  for (Py_ssize_t at = 0; at < size; at += 2 + 2 * inline_cache_units[bytes[at]])
    if (!inert[bytes[at]]) return false;
  return true;
}

void record(Code& code) {
  const bool failed = PyErr_Occurred() != nullptr;
  const long last = failed ? last_byte(code.object) : LONG_MAX;
  if (last < 0) return;
  PyRef exception(failed ? PyErr_GetRaisedException() : nullptr);
  recorder::call(code);
  record_lines(code, last);
  if (PyErr_Occurred()) PyErr_Clear();
  if (failed) PyErr_SetRaisedException(exception.release());
}

}  // namespace branchlight::collector::inert_code
