// The exception table of a code object, in the format of CPython's InternalDocs/exception_handling.md: six bits a byte,
// the highest bit begins an entry, the next one says that the number goes on.
#pragma once

#include <stdint.h>

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

// Calls visit(start, length, handler), in code units, for each entry. False where the table cannot be read.
template <class Visit>
bool for_each_handler(PyObject* code, Visit visit) {
  PyRef table(PyObject_GetAttrString(code, "co_exceptiontable"));
  const Py_ssize_t size = table ? PyBytes_Size(table.get()) : -1;
  if (size < 0) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(table.get()));
  for (Py_ssize_t at = 0; at < size;) {
    uint32_t numbers[4];  // start, length, handler, depth and lasti
    for (uint32_t& number : numbers) {
      if (at >= size) return false;
      number = bytes[at] & 0x3F;
      while (bytes[at++] & 0x40) {
        if (at >= size) return false;
        number = number << 6 | (bytes[at] & 0x3F);
      }
    }
    visit(numbers[0], numbers[1], numbers[2]);
  }
  return true;
}

}  // namespace branchlight::collector
