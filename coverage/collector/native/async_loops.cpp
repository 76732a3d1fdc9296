#include "coverage/collector/native/async_loops.h"

#include <stdlib.h>
#include <string.h>

#include "coverage/collector/native/exception_table.h"
#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/process_records.h"

namespace branchlight::collector {

// By code unit.
struct AsyncLoops {
  uint32_t count;
  struct Loop {
    uint32_t next;  // GET_ANEXT
    uint32_t item;  // END_SEND
    uint32_t end;   // END_ASYNC_FOR; none: not found
  } loops[];
};

namespace async_loops {
namespace {

constexpr unsigned unknown = 256;
unsigned get_anext = unknown, send = unknown, extended_arg = unknown;

// Where the SEND behind GET_ANEXT jumps when the awaiting is over.
uint32_t item_of(const unsigned char* bytes, uint32_t units, uint32_t next) {
  uint32_t extended = 0;
  for (uint32_t i = next + 1; i < units && i < next + 8;) {
    const unsigned opcode = bytes[2 * i];
    const uint32_t argument = extended << 8 | bytes[2 * i + 1], after = i + 1 + inline_cache_units[opcode];
    if (opcode == send) return after + argument;
    extended = opcode == extended_arg ? argument : 0;
    i = after;
  }
  return none;
}

}  // namespace

void learn(unsigned number, const char* name) {
  if (strcmp(name, "GET_ANEXT") == 0) get_anext = number;
  if (strcmp(name, "SEND") == 0) send = number;
  if (strcmp(name, "EXTENDED_ARG") == 0) extended_arg = number;
}

AsyncLoops* find(PyObject* code) {
  PyRef bytecode(PyObject_GetAttr(code, interpreter.co_code));
  const Py_ssize_t size = bytecode ? PyBytes_Size(bytecode.get()) : -1;
  if (PyErr_Occurred()) PyErr_Clear();
  if (size <= 0) return nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(bytecode.get()));
  const auto units = static_cast<uint32_t>(size / 2);
  const auto for_each_next = [&](auto visit) {
    for (uint32_t i = 0; i < units; i += 1 + inline_cache_units[bytes[2 * i]])
      if (bytes[2 * i] == get_anext) visit(i);
  };
  uint32_t count = 0;
  for_each_next([&](uint32_t) { ++count; });
  if (count == 0) return nullptr;
  auto* found = static_cast<AsyncLoops*>(malloc(sizeof(AsyncLoops) + count * sizeof(AsyncLoops::Loop)));
  if (!found) return nullptr;
  found->count = 0;
  for_each_next([&](uint32_t next) { found->loops[found->count++] = {next, item_of(bytes, units, next), none}; });
  for_each_handler(code, [&](uint32_t start, uint32_t length, uint32_t handler) {
    for (uint32_t i = 0; i < found->count; ++i)
      if (found->loops[i].next >= start && found->loops[i].next - start < length) found->loops[i].end = handler;
  });
  if (PyErr_Occurred()) PyErr_Clear();
  return found;
}

bool item_comes_at(const AsyncLoops& loops, uint32_t offset) {
  for (uint32_t i = 0; i < loops.count; ++i)
    if (loops.loops[i].item == offset / 2) return true;
  return false;
}

bool item_comes_about(const AsyncLoops& loops, uint32_t offset) {
  return item_comes_at(loops, offset) || item_comes_at(loops, offset + 2) ||
         (offset >= 2 && item_comes_at(loops, offset - 2));
}

uint32_t items_of_loop_that_ends_at(const AsyncLoops& loops, uint32_t offset) {
  for (uint32_t i = 0; i < loops.count; ++i)
    if (loops.loops[i].end == offset / 2 && loops.loops[i].item != none) return 2 * loops.loops[i].item;
  return none;
}

}  // namespace async_loops
}  // namespace branchlight::collector
