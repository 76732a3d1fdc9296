#include "coverage/collector/native/monitor.h"

#include <stdlib.h>

#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/process_records.h"
#include "coverage/collector/native/recorder.h"

namespace branchlight::collector::monitor {

constinit unsigned exec_depth = 0;

namespace {

Code* silenced;  // the list of those that have an event switched off since arm_again()
uint32_t test;   // how many have begun; 0: none so far
void (*main_script_found)(PyObject* code);
bool handles_async_loops;     // some code that was entered has some
bool async_loop_ends = true;  // and is not left, where one handles an exception

// Of co_flags.
constexpr long optimized = 0x1;              // a function's code, not a module's or a class's
constexpr long asynchronous = 0x80 | 0x200;  // a coroutine, or an asynchronous generator

long full_mask(const Code& code) {
  if (code.inert) return 0;
  long mask = interpreter.mask(Event::py_start) | interpreter.mask(Event::line);
  if (!code.marked)
    mask |= interpreter.has_directions() ? interpreter.mask(Event::branch_left) | interpreter.mask(Event::branch_right)
                                         : interpreter.mask(Event::branch);
  if (code.async_loops && !interpreter.has_directions()) mask |= interpreter.mask(Event::instruction);
  return mask;
}

long current_mask(const Code& code) {
  if (!code.armed) return interpreter.mask(Event::py_start);
  return code.asleep ? full_mask(code) & ~interpreter.mask(Event::line) : full_mask(code);
}

void set_global_events() {
  interpreter.set_events((main_script_found ? interpreter.mask(Event::py_start) : 0) |
                         (handles_async_loops ? interpreter.mask(Event::exception_handled) : 0));
}

void silence(Code& code) {
  if (code.silenced || !code.rearmable) return;
  code.silenced = true;
  code.next_silenced = silenced;
  silenced = &code;
}

PyObject* disable() { return Py_NewRef(interpreter.disable); }
PyObject* call_again() { return Py_None; }  // immortal since 3.12

// Outside of tests an event is switched off at once. In a test that has a price: to switch it on again takes two passes
// over the whole code object, as much as some dozen events. Most functions run but a few times in a test; their events
// stay on until they have cost as much as the passes. Where they did, they will in most tests: the next ones begin
// without any patience, more of them each time.
bool is_patient(const Code& code) {
  return test != 0 && code.rearmable && !code.silenced && code.spent < code.patience;
}

void begin_patience(Code& code) {
  if (code.spent < code.patience) code.hurry = 0;
  code.spent = 0;
  if (code.hurried_tests == 0) return;
  --code.hurried_tests;
  code.spent = code.patience;
}

void spend(Code& code, uint32_t cost) {
  code.spent += cost;
  if (code.spent < code.patience) return;
  constexpr uint8_t longest = 15;
  if (code.hurry < longest) code.hurry = static_cast<uint8_t>(2 * code.hurry + 1);
  code.hurried_tests = code.hurry;
}

PyObject* after_report(Code& code, uint32_t cost = 1) {
  if (is_patient(code)) {
    spend(code, cost);
    return call_again();
  }
  silence(code);
  return disable();
}

// Before 3.14 CPython searches the line table for a line that is far from the code object's first one, as all markers
// are: on average half of the table, a fourteenth of what the passes take.
uint32_t cost_of_line(const Code& code, uint32_t line) {
  constexpr uint32_t near = 100;
  const bool searched = !interpreter.has_directions() && line - code.first_line > near;
  return searched ? 1 + code.patience / 14 : 1;
}

// The code object that an event comes from: mostly the one that the last event came from.
Code* reporting(PyObject* object) {
  static Code* last;
  Code* code = last && last->object == object ? last : code_table::find(object);
  if (!code) return nullptr;
  last = code;
  if (code->reported_in != test) {
    code->reported_in = test;
    begin_patience(*code);
    if (code->flow && code->rearmable) sleeping_lines::forget_lines(*code->flow);
  }
  return code;
}

// The events that cost as much as switching all of them on again.
uint32_t patience(PyObject* code) {
  PyRef bytecode(PyObject_GetAttr(code, interpreter.co_code));
  const Py_ssize_t size = bytecode ? PyBytes_Size(bytecode.get()) : 0;
  if (size <= 0) PyErr_Clear();
  constexpr Py_ssize_t bytes_an_event = 14;
  return size > 0 ? 4 + static_cast<uint32_t>(size / bytes_an_event) : 0;
}

uint32_t first_line(PyObject* code) {
  PyRef line(PyObject_GetAttr(code, interpreter.co_firstlineno));
  if (!line) PyErr_Clear();
  return line ? to_uint32(line.get()) : 0;
}

bool has_flag(PyObject* code, long flag) {
  PyRef flags(PyObject_GetAttr(code, interpreter.co_flags));
  if (!flags) PyErr_Clear();
  return flags && (PyLong_AsLong(flags.get()) & flag) != 0;
}

void enter(Code& code) {
  if (!code.armed) {
    code.armed = true;
    code.flow = sleeping_lines::analyse(code.object, code.marked || !interpreter.has_directions());
    // What hands values through goes round without any event that would use up the patience.
    if (!code.flow || !sleeping_lines::hands_through(*code.flow)) code.patience = patience(code.object);
    if (!interpreter.has_directions()) code.first_line = first_line(code.object);
    if (!code.marked && has_flag(code.object, asynchronous)) code.async_loops = async_loops::find(code.object);
    if (interpreter.owns_tool()) interpreter.set_local_events(code.object, full_mask(code));
    if (code.async_loops && !handles_async_loops) {
      handles_async_loops = true;
      if (interpreter.owns_tool()) set_global_events();
    }
  }
  recorder::call(code);
}

// After an event: takes LINE off where it has nothing more to tell, and puts it back where it has again.
void sleep_or_wake(Code& code) {
  if (is_patient(code)) return;
  const bool nothing = !sleeping_lines::anything_to_come(*code.flow);
  if (nothing == code.asleep || (nothing && !sleeping_lines::may_sleep(*code.flow))) return;
  if (!interpreter.owns_tool()) return;
  code.asleep = nothing;
  if (!nothing) sleeping_lines::woken(*code.flow);
  interpreter.set_local_events(code.object, current_mask(code));
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
  Code* code = reporting(arguments[0]);
  if (code) {
    enter(*code);
  } else if (main_script_found && exec_depth == 0 && is_main_module(arguments[0])) {
    void (*found)(PyObject*) = main_script_found;
    stop_looking_for_main_script();
    found(arguments[0]);
    if (PyErr_Occurred()) return nullptr;  // a signal handler's, see markers.h
    code = reporting(arguments[0]);
    if (code) enter(*code);
  }
  if (PyErr_Occurred()) PyErr_Clear();
  return code ? after_report(*code) : disable();
}

PyObject* on_line(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 2) return disable();
  Code* code = reporting(arguments[0]);
  if (!code) return disable();
  const uint32_t line = to_uint32(arguments[1]);
  recorder::line(*code, line);
  if (code->flow) {
    sleeping_lines::reported(*code->flow, line);
    sleep_or_wake(*code);
  }
  return after_report(*code, cost_of_line(*code, line));
}

PyObject* on_direction(PyObject* const* arguments, Py_ssize_t count, bool jumped) {
  if (count < 2) return disable();
  Code* code = reporting(arguments[0]);
  if (!code) return disable();
  const uint32_t from = to_uint32(arguments[1]);
  // The end of an `async for` reports that it jumps before it looks at the exception.
  if (jumped && !async_loop_ends && code->async_loops && async_loops::item_comes_about(*code->async_loops, from))
    return call_again();
  recorder::jump(*code, from, jumped);
  if (code->flow && count >= 3) {
    sleeping_lines::arm_taken(*code->flow, to_uint32(arguments[2]));
    sleep_or_wake(*code);
  }
  return after_report(*code);
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
  Code* code = reporting(arguments[0]);
  if (!code) return disable();
  if (!code->directions) begin_bookkeeping(*code);
  const uint32_t from = to_uint32(arguments[1]), to = to_uint32(arguments[2]);
  if (!code->directions || from / 2 >= code->units) return disable();
  uint8_t& seen = code->directions[from / 2];
  const bool jumped = to != from + 2 + 2 * (seen >> cache_shift);
  const uint8_t direction = jumped ? jumped_away : fell_through;
  if (!(seen & direction)) {
    seen = static_cast<uint8_t>(seen | direction);
    silence(*code);
    recorder::jump(*code, from, jumped);
  }
  constexpr uint8_t both = fell_through | jumped_away;
  return (seen & both) == both ? disable() : call_again();
}

PyObject* on_instruction(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  if (count < 2 || recorder::stopped()) return disable();
  Code* code = reporting(arguments[0]);
  if (!code || !code->async_loops) return disable();
  const uint32_t offset = to_uint32(arguments[1]);
  if (async_loops::item_comes_at(*code->async_loops, offset)) recorder::jump(*code, offset, false);
  silence(*code);
  return disable();
}

// Of all code, ours or not: it cannot be local, nor switched off. Nothing comes between it and what END_ASYNC_FOR does.
PyObject* on_exception_handled(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
  Code* code = count < 3 || recorder::stopped() ? nullptr : code_table::find(arguments[0]);
  if (!code || !code->async_loops) return call_again();
  const uint32_t items = async_loops::items_of_loop_that_ends_at(*code->async_loops, to_uint32(arguments[1]));
  if (items == async_loops::none) return call_again();
  async_loop_ends = PyErr_GivenExceptionMatches(arguments[2], PyExc_StopAsyncIteration) != 0;
  if (async_loop_ends && !interpreter.has_directions()) recorder::jump(*code, items, true);
  return call_again();
}

PyMethodDef callbacks[] = {
    {"on_py_start", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_py_start)), METH_FASTCALL, nullptr},
    {"on_line", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_line)), METH_FASTCALL, nullptr},
    {"on_branch", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch)), METH_FASTCALL, nullptr},
    {"on_branch_left", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch_left)), METH_FASTCALL,
     nullptr},
    {"on_branch_right", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_branch_right)), METH_FASTCALL,
     nullptr},
    {"on_instruction", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_instruction)), METH_FASTCALL,
     nullptr},
    {"on_exception_handled", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(on_exception_handled)),
     METH_FASTCALL, nullptr},
};
static_assert(sizeof callbacks / sizeof *callbacks == static_cast<size_t>(Event::count));

void say_that_the_tool_is_lost() {
  static bool said;
  constexpr char text[] = "the program has taken our id of sys.monitoring away: what it imported later is not measured";
  if (!said) recorder::note(hitlog::NoteKind::tool_id, text, sizeof text - 1);
  said = true;
}

bool set_callbacks(bool on) {
  for (int i = 0; i < static_cast<int>(Event::count); ++i) {
    const auto event = static_cast<Event>(i);
    const bool bookkeeping = event == Event::branch || event == Event::instruction;
    if (interpreter.mask(event) == 0 || (bookkeeping && interpreter.has_directions())) continue;
    PyRef function(on ? PyCFunction_NewEx(&callbacks[i], nullptr, nullptr) : Py_NewRef(Py_None));
    if (!function || !interpreter.set_callback(event, function.get())) return false;
  }
  return true;
}

}  // namespace

bool start() { return interpreter.take_tool_id() && set_callbacks(true); }

// Before 3.14 the local events of an id outlive its being freed: they are switched off one by one.
void change_tool_id() {
  code_table::for_each([](Code& code) { interpreter.set_local_events(code.object, 0); });
  interpreter.set_events(0);
  set_callbacks(false);
  PyErr_Clear();
  const Interpreter before = interpreter;
  const bool taken = interpreter.take_tool_id();
  Interpreter(before).free_tool_id();
  if (taken && set_callbacks(true)) {
    code_table::for_each([](Code& code) { interpreter.set_local_events(code.object, current_mask(code)); });
    set_global_events();
  }
  PyErr_Clear();
}

void look_for_main_script(void (*found)(PyObject* code)) {
  main_script_found = found;
  set_global_events();
}

void stop_looking_for_main_script() {
  if (!main_script_found) return;
  main_script_found = nullptr;
  if (interpreter.owns_tool()) set_global_events();
}

void measure(PyObject* object, SourceFile* file, bool marked, bool in_function) {
  if (Py_TYPE(object) != interpreter.code_type || code_table::find(object)) return;
  if (!interpreter.owns_tool()) return say_that_the_tool_is_lost();
  Code* code = code_table::add(object, file);
  if (!code) return;
  code->marked = marked;
  code->rearmable = in_function || has_flag(object, optimized);
  interpreter.set_local_events(object, interpreter.mask(Event::py_start));
  PyRef constants(PyObject_GetAttr(object, interpreter.co_consts));
  const Py_ssize_t count = constants ? PyTuple_Size(constants.get()) : 0;
  for (Py_ssize_t i = 0; i < count; ++i) measure(PyTuple_GetItem(constants.get(), i), file, marked, code->rearmable);
  if (PyErr_Occurred()) PyErr_Clear();
}

void leave_alone(PyObject* object, SourceFile* file) {
  Code* code = code_table::add(object, file);
  if (code) code->inert = code->armed = true;
}

void arm_again() {
  ++test;
  if (!interpreter.owns_tool()) return;
  while (Code* code = silenced) {
    silenced = code->next_silenced;
    code->silenced = false;
    code->next_silenced = nullptr;
    if (code->directions)
      for (uint32_t i = 0; i < code->units; ++i) code->directions[i] &= static_cast<uint8_t>(~0u << cache_shift);
    code->asleep = false;
    interpreter.set_local_events(code->object, 0);
    interpreter.set_local_events(code->object, full_mask(*code));
  }
}

}  // namespace branchlight::collector::monitor
