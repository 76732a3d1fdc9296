#include "coverage/collector/native/code_table.h"

#include <stdlib.h>

namespace branchlight::collector::code_table {
namespace {

struct Slot {
  PyObject* object;
  Code* code;
};
Slot* slots;
size_t mask;  // slots - 1, a power of two less one
size_t used;

size_t first_slot(PyObject* object) {
  // Objects are 16-byte aligned; the multiplication spreads the rest into the upper bits.
  return static_cast<size_t>((reinterpret_cast<uintptr_t>(object) >> 4) * 0x9E3779B97F4A7C15u >> 20) & mask;
}

void insert(Code* code) {
  size_t i = first_slot(code->object);
  while (slots[i].object) i = (i + 1) & mask;
  slots[i] = {code->object, code};
}

bool make_room() {
  if (slots && used * 2 <= mask) return true;
  Slot* old = slots;
  const size_t old_count = slots ? mask + 1 : 0;
  const size_t count = old_count ? old_count * 2 : 1024;
  auto* larger = static_cast<Slot*>(calloc(count, sizeof(Slot)));
  if (!larger) return false;
  slots = larger;
  mask = count - 1;
  for (size_t i = 0; i < old_count; ++i)
    if (old[i].object) insert(old[i].code);
  free(old);
  return true;
}

}  // namespace

Code* find(PyObject* object) {
  if (!slots) return nullptr;
  for (size_t i = first_slot(object); slots[i].object; i = (i + 1) & mask)
    if (slots[i].object == object) return slots[i].code;
  return nullptr;
}

Code* add(PyObject* object, SourceFile* file) {
  if (used >= hitlog::max_number || !make_room()) return nullptr;
  auto* code = static_cast<Code*>(calloc(1, sizeof(Code)));
  if (!code) return nullptr;
  code->object = Py_NewRef(object);
  code->file = file;
  code->number = static_cast<uint32_t>(++used);
  insert(code);
  return code;
}

void for_each(void (*visit)(Code& code)) {
  for (size_t i = 0; slots && i <= mask; ++i)
    if (slots[i].code) visit(*slots[i].code);
}

}  // namespace branchlight::collector::code_table
