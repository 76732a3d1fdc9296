#include "coverage/collector/native/monitor.h"

#include <stdlib.h>

#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/process_records.h"
#include "coverage/collector/native/recorder.h"

namespace branchlight::collector::monitor {

constinit unsigned exec_depth = 0;

namespace {

Code* fired;  // the list of those that have reported since arm_again()
void (*main_script_found)(PyObject* code);

constexpr long optimized = 0x1;  // CO_OPTIMIZED: a function's code, not a module's or a class's

long full_mask(const Code& code) {
  long mask = interpreter.mask(Event::py_start) | interpreter.mask(Event::line);
  if (!code.marked)
    mask |= interpreter.has_directions() ? interpreter.mask(Event::branch_left) | interpreter.mask(Event::branch_right)
                                         : interpreter.mask(Event::branch);
  return mask;
}

void remember_fired(Code& code) {
  if (code.fired || !code.rearmable) return;
  code.fired = true;
  code.next_fired = fired;
  fired = &code;
}

PyObject* disable() { return Py_NewRef(interpreter.disable); }

void enter(Code& code) {
  remember_fired(code);
  if (!code.armed) {
    code.armed = true;
    if (interpreter.has_directions() && !code.marked) code.flow = sleeping_lines::analyse(code.object);
    interpreter.set_local_events(code.object, full_mask(code));
  }
  recorder::call(code);
}

// After an event: takes LINE off where it has nothing more to tell, and puts it back where it has again.
void sleep_or_wake(Code& code) {
  const bool nothing = !sleeping_lines::anything_to_come(*code.flow);
  if (nothing == code.asleep || (nothing && !sleeping_lines::may_sleep(*code.flow))) return;
  code.asleep = nothing;
  if (!nothing) sleeping_lines::woken(*code.flow);
  interpreter.set_local_events(code.object,
                               nothing ? full_mask(code) & ~interpreter.mask(Event::line) : full_mask(code));
}

bool is_main_module(PyObject* code) {
  PyRef name(PyObject_GetAttr(code, interpreter.co_qualname));
  PyRef file(PyObject_GetAttr(code, interpreter.co_filename));
  if (!name || !file) PyErr_Clear();
  return name && file && PyUnicode_CompareWithASCIIString(name.get(), "<module>") == 0 &&
         PyUnicode_ReadChar(file.get(), 0) != '<';
}

PyObject* on_py_start(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 1 || recorder::stopped()) return disable();
  if (Code* code = code_table::find(arguments[0])) {
    enter(*code);
  } else if (main_script_found && exec_depth == 0 && is_main_module(arguments[0])) {
    void (*found)(PyObject*) = main_script_found;
    stop_looking_for_main_script();
    found(arguments[0]);
    if (Code* main = code_table::find(arguments[0])) enter(*main);
  }
  if (PyErr_Occurred()) PyErr_Clear();
  return disable();
}

PyObject* on_line(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 2) return disable();
  if (Code* code = code_table::find(arguments[0])) {
    const uint32_t line = to_uint32(arguments[1]);
    remember_fired(*code);
    // after waking, a line may come a second time
    if (!code->flow || sleeping_lines::reported(*code->flow, line)) recorder::line(*code, line);
    if (code->flow) sleep_or_wake(*code);
  }
  return disable();
}

PyObject* on_direction(PyObject* const* arguments, Py_ssize_t count, bool jumped) {
  if (count < 2) return disable();
  if (Code* code = code_table::find(arguments[0])) {
    remember_fired(*code);
    recorder::jump(*code, to_uint32(arguments[1]), jumped);
    if (code->flow && count >= 3) {
      sleeping_lines::arm_taken(*code->flow, to_uint32(arguments[2]));
      sleep_or_wake(*code);
    }
  }
  return disable();
}

PyObject* on_branch_left(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  return on_direction(arguments, count, false);
}

PyObject* on_branch_right(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  return on_direction(arguments, count, true);
}

// What bookkeeping remembers of a code unit.
constexpr uint8_t fell_through = 1, jumped_away = 2, cache_shift = 2;

void begin_bookkeeping(Code& code) {
  PyRef bytecode(PyObject_GetAttr(code.object, interpreter.co_code));
  const Py_ssize_t size = bytecode ? PyBytes_Size(bytecode.get()) : 0;
  if (size <= 0) return PyErr_Clear();
  const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(bytecode.get()));
  code.units = static_cast<uint32_t>(size / 2);
  code.directions = static_cast<uint8_t*>(malloc(code.units));
  for (uint32_t i = 0; code.directions && i < code.units; ++i)
    code.directions[i] = static_cast<uint8_t>(inline_cache_units[bytes[2 * i]] << cache_shift);
}

// 3.12 and 3.13 have one event for both directions, which is silent in both once it is disabled: it stays on until
// both were seen. What falls through goes on behind the jump's inline caches.
PyObject* on_branch(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 3 || recorder::stopped()) return disable();
  Code* code = code_table::find(arguments[0]);
  if (!code) return disable();
  if (!code->directions) begin_bookkeeping(*code);
  const uint32_t from = to_uint32(arguments[1]), to = to_uint32(arguments[2]);
  if (!code->directions || from / 2 >= code->units) return disable();
  uint8_t& seen = code->directions[from / 2];
  const bool jumped = to != from + 2 + 2 * (seen >> cache_shift);
  const uint8_t direction = jumped ? jumped_away : fell_through;
  if (!(seen & direction)) {
    seen = static_cast<uint8_t>(seen | direction);
    remember_fired(*code);
    recorder::jump(*code, from, jumped);
  }
  constexpr uint8_t both = fell_through | jumped_away;
  return (seen & both) == both ? disable() : Py_NewRef(Py_None);
}

PyMethodDef callbacks[] = {
    {"on_py_start", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_py_start)), METH_FASTCALL, nullptr},
    {"on_line", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_line)), METH_FASTCALL, nullptr},
    {"on_branch", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch)), METH_FASTCALL, nullptr},
    {"on_branch_left", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch_left)), METH_FASTCALL,
     nullptr},
    {"on_branch_right", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch_right)), METH_FASTCALL,
     nullptr},
};
static_assert(sizeof callbacks / sizeof *callbacks == static_cast<size_t>(Event::count));

bool has_flag(PyObject* code, long flag) {
  PyRef flags(PyObject_GetAttr(code, interpreter.co_flags));
  if (!flags) PyErr_Clear();
  return flags && (PyLong_AsLong(flags.get()) & flag) != 0;
}

}  // namespace

bool start() {
  if (!interpreter.take_tool_id()) return false;
  for (int i = 0; i < static_cast<int>(Event::count); ++i) {
    const auto event = static_cast<Event>(i);
    if (interpreter.mask(event) == 0 || (event == Event::branch && interpreter.has_directions())) continue;
    PyRef function(PyCFunction_NewEx(&callbacks[i], nullptr, nullptr));
    if (!function || !interpreter.set_callback(event, function.get())) return false;
  }
  return true;
}

void look_for_main_script(void (*found)(PyObject* code)) {
  main_script_found = found;
  interpreter.set_events(interpreter.mask(Event::py_start));
}

void stop_looking_for_main_script() {
  if (!main_script_found) return;
  main_script_found = nullptr;
  interpreter.set_events(0);
}

void measure(PyObject* object, SourceFile* file, bool marked) {
  if (Py_TYPE(object) != interpreter.code_type || code_table::find(object)) return;
  Code* code = code_table::add(object, file);
  if (!code) return;
  code->marked = marked;
  code->rearmable = has_flag(object, optimized);
  interpreter.set_local_events(object, interpreter.mask(Event::py_start));
  PyRef constants(PyObject_GetAttr(object, interpreter.co_consts));
  const Py_ssize_t count = constants ? PyTuple_Size(constants.get()) : 0;
  for (Py_ssize_t i = 0; i < count; ++i) measure(PyTuple_GetItem(constants.get(), i), file, marked);
  if (PyErr_Occurred()) PyErr_Clear();
}

void arm_again() {
  while (Code* code = fired) {
    fired = code->next_fired;
    code->fired = false;
    code->next_fired = nullptr;
    if (code->directions)
      for (uint32_t i = 0; i < code->units; ++i) code->directions[i] &= static_cast<uint8_t>(~0u << cache_shift);
    if (code->flow) sleeping_lines::forget_lines(*code->flow);
    code->asleep = false;
    interpreter.set_local_events(code->object, 0);
    interpreter.set_local_events(code->object, full_mask(*code));
  }
}

}  // namespace branchlight::collector::monitor
