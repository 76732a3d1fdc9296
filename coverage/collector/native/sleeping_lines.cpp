#include "coverage/collector/native/sleeping_lines.h"

#include <stdlib.h>
#include <string.h>

#include "coverage/collector/native/exception_table.h"
#include "coverage/collector/native/interpreter.h"
#include "coverage/collector/native/process_records.h"

namespace branchlight::collector {

// Everything by code unit (two bytes), or by line counted from first_line.
struct Flow {
  uint32_t units, first_line, lines;
  uint32_t pending;  // lines that are within reach and have not been reported
  uint32_t wakes;
  bool hands_through;
  struct Unit {
    uint32_t line;  // from 1: an index into line_states, plus 1; 0: no LINE event starts here
    uint32_t next;  // where it goes on; none: it does not, or says so with an event
    uint32_t jump;  // and where else
    bool reached;
  };
  Unit* by_unit;
  uint32_t* way;  // room for reach()
  enum class LineState : uint8_t { out_of_reach, pending, reported };
  LineState* line_states;
};

namespace sleeping_lines {
namespace {

constexpr uint32_t none = UINT32_MAX;
constexpr uint32_t max_units = 50'000, max_lines = 50'000, max_wakes = 20;

enum class Kind : uint8_t {
  goes_on,
  lineless,  // goes on, and never starts a line's event
  resume,    // lineless; nothing before the first one reports
  extends,   // EXTENDED_ARG: the upper bits of the next one's argument
  ends,      // returns or raises
  reports,   // a jump with an event for each direction
  forward,
  backward,
  hands_through,  // SEND: a jump without events, both ways are within reach
  unknown_jump,
};
Kind kinds[256];

struct Named {
  const char* name;
  Kind kind;
};
constexpr Named named[] = {
    {"RESUME", Kind::resume},
    {"EXTENDED_ARG", Kind::extends},
    {"CACHE", Kind::lineless},
    {"END_FOR", Kind::lineless},
    {"END_SEND", Kind::lineless},
    {"POP_ITER", Kind::lineless},
    {"END_ASYNC_FOR", Kind::lineless},
    {"NOT_TAKEN", Kind::lineless},
    {"RETURN_VALUE", Kind::ends},
    {"RETURN_CONST", Kind::ends},
    {"RERAISE", Kind::ends},
    {"RAISE_VARARGS", Kind::ends},
    {"FOR_ITER", Kind::reports},
    {"POP_JUMP_IF_TRUE", Kind::reports},
    {"POP_JUMP_IF_FALSE", Kind::reports},
    {"POP_JUMP_IF_NONE", Kind::reports},
    {"POP_JUMP_IF_NOT_NONE", Kind::reports},
    {"JUMP_FORWARD", Kind::forward},
    {"JUMP_BACKWARD", Kind::backward},
    {"JUMP_BACKWARD_NO_INTERRUPT", Kind::backward},
    {"SEND", Kind::hands_through},
};

// Only what loops, or hands values through, can have lines that cost again and again.
bool loops(const unsigned char* bytes, uint32_t units) {
  bool found = false;
  for (uint32_t i = 0; i < units; ++i) {
    const Kind kind = kinds[bytes[2 * i]];
    if (kind == Kind::unknown_jump) return false;
    found = found || kind == Kind::backward;
    i += inline_cache_units[bytes[2 * i]];
  }
  return found;
}

// Where each unit goes on. The first one that can report; none where that cannot be told.
uint32_t lay_out(Flow& flow, const unsigned char* bytes, bool silent_jumps) {
  uint32_t start = none, extended = 0;
  for (uint32_t i = 0; i < flow.units;) {
    const unsigned opcode = bytes[2 * i];
    const Kind kind = kinds[opcode];
    const uint32_t argument = extended << 8 | bytes[2 * i + 1];
    const uint32_t after = i + 1 + inline_cache_units[opcode];
    extended = kind == Kind::extends ? argument : 0;
    Flow::Unit& unit = flow.by_unit[i];
    unit.next = unit.jump = none;
    const bool forks = kind == Kind::hands_through || (kind == Kind::reports && silent_jumps);
    if (kind == Kind::hands_through) flow.hands_through = true;
    if (kind == Kind::forward || forks) unit.jump = after + argument;
    if (kind == Kind::backward) unit.jump = argument <= after ? after - argument : flow.units;
    if (forks || kind == Kind::goes_on || kind == Kind::lineless || kind == Kind::resume || kind == Kind::extends)
      unit.next = after;
    if ((unit.next != none && unit.next >= flow.units) || (unit.jump != none && unit.jump >= flow.units)) return none;
    if (kind == Kind::resume && start == none) start = after;
    i = after;
  }
  return start;
}

// The lines at which events can start. False where they cannot be told.
bool lay_lines(Flow& flow, PyObject* code, const unsigned char* bytes) {
  PyRef ranges(PyObject_CallMethod(code, "co_lines", nullptr));
  PyRef all(ranges ? PySequence_List(ranges.get()) : nullptr);
  const Py_ssize_t count = all ? PyList_Size(all.get()) : 0;
  uint32_t last = 0;
  flow.first_line = none;
  for (int turn = 0; turn < 2; ++turn) {
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* range = PyList_GetItem(all.get(), i);
      PyObject* number = PyTuple_GetItem(range, 2);
      if (!number || number == Py_None) continue;
      const uint32_t line = to_uint32(number);
      if (turn == 0) {
        if (line < flow.first_line) flow.first_line = line;
        if (line > last) last = line;
        continue;
      }
      const uint32_t end = to_uint32(PyTuple_GetItem(range, 1)) / 2;
      for (uint32_t unit = to_uint32(PyTuple_GetItem(range, 0)) / 2; unit < end && unit < flow.units; ++unit) {
        const Kind kind = kinds[bytes[2 * unit]];
        if (kind != Kind::lineless && kind != Kind::resume) flow.by_unit[unit].line = line - flow.first_line + 1;
      }
    }
    if (flow.first_line == none || last - flow.first_line >= max_lines) return false;
    flow.lines = last - flow.first_line + 1;
  }
  return !PyErr_Occurred();
}

// Whether some way back leads to where the line is the same as before the jump: there LINE is armed and never reports.
bool stays_on_a_line(const Flow& flow, const unsigned char* bytes) {
  for (uint32_t i = 0; i < flow.units; ++i) {
    const Kind kind = kinds[bytes[2 * i]];
    if (kind == Kind::backward) {
      uint32_t to = flow.by_unit[i].jump;
      while (to < i && flow.by_unit[to].line == 0) ++to;
      if (flow.by_unit[i].line == 0 || flow.by_unit[to].line == flow.by_unit[i].line) return true;
    }
    i += inline_cache_units[bytes[2 * i]];
  }
  return false;
}

void reach(Flow& flow, uint32_t from) {
  uint32_t waiting = 0;
  const auto go = [&](uint32_t unit) {
    if (unit == none || unit >= flow.units || flow.by_unit[unit].reached) return;
    flow.by_unit[unit].reached = true;
    flow.way[waiting++] = unit;
  };
  go(from);
  while (waiting) {
    const Flow::Unit unit = flow.by_unit[flow.way[--waiting]];
    if (unit.line && flow.line_states[unit.line - 1] == Flow::LineState::out_of_reach) {
      flow.line_states[unit.line - 1] = Flow::LineState::pending;
      ++flow.pending;
    }
    go(unit.next);
    go(unit.jump);
  }
}

bool reach_handlers(Flow& flow, PyObject* code) {
  bool sound = true;
  const bool read = for_each_handler(code, [&](uint32_t, uint32_t, uint32_t handler) {
    sound = sound && handler < flow.units;
    if (sound) reach(flow, handler);
  });
  return read && sound;
}

void release(Flow* flow) {
  free(flow->by_unit);
  free(flow->way);
  free(flow->line_states);
  free(flow);
}

bool fill(Flow& flow, PyObject* code, const unsigned char* bytes, bool silent_jumps) {
  flow.by_unit = static_cast<Flow::Unit*>(calloc(flow.units, sizeof(Flow::Unit)));
  flow.way = static_cast<uint32_t*>(calloc(flow.units, sizeof(uint32_t)));
  if (!flow.by_unit || !flow.way) return false;
  const uint32_t start = lay_out(flow, bytes, silent_jumps);
  if (start == none || !lay_lines(flow, code, bytes) || !stays_on_a_line(flow, bytes)) return false;
  flow.line_states = static_cast<Flow::LineState*>(calloc(flow.lines, sizeof(Flow::LineState)));
  if (!flow.line_states) return false;
  reach(flow, start);
  return reach_handlers(flow, code);
}

}  // namespace

void learn(unsigned number, const char* name) {
  if (number > 255) return;
  kinds[number] = strstr(name, "JUMP") ? Kind::unknown_jump : Kind::goes_on;
  for (const Named& one : named)
    if (strcmp(one.name, name) == 0) kinds[number] = one.kind;
}

Flow* analyse(PyObject* code, bool silent_jumps) {
  PyRef bytecode(PyObject_GetAttr(code, interpreter.co_code));
  const Py_ssize_t size = bytecode ? PyBytes_Size(bytecode.get()) : -1;
  Flow* flow = nullptr;
  if (size > 0 && size / 2 <= max_units) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(PyBytes_AsString(bytecode.get()));
    const auto units = static_cast<uint32_t>(size / 2);
    if (loops(bytes, units)) flow = static_cast<Flow*>(calloc(1, sizeof(Flow)));
    if (flow) {
      flow->units = units;
      if (!fill(*flow, code, bytes, silent_jumps)) {
        release(flow);
        flow = nullptr;
      }
    }
  }
  if (PyErr_Occurred()) PyErr_Clear();
  return flow;
}

void reported(Flow& flow, uint32_t line) {
  if (line < flow.first_line || line - flow.first_line >= flow.lines) return;
  Flow::LineState& state = flow.line_states[line - flow.first_line];
  if (state == Flow::LineState::pending) --flow.pending;
  state = Flow::LineState::reported;
}

void arm_taken(Flow& flow, uint32_t destination) { reach(flow, destination / 2); }

void forget_lines(Flow& flow) {
  flow.pending = flow.wakes = 0;
  memset(flow.line_states, 0, flow.lines * sizeof(Flow::LineState));
  for (uint32_t i = 0; i < flow.units; ++i) {
    const Flow::Unit& unit = flow.by_unit[i];
    if (!unit.reached || !unit.line || flow.line_states[unit.line - 1] == Flow::LineState::pending) continue;
    flow.line_states[unit.line - 1] = Flow::LineState::pending;
    ++flow.pending;
  }
}

bool hands_through(const Flow& flow) { return flow.hands_through; }
bool anything_to_come(const Flow& flow) { return flow.pending != 0; }
bool may_sleep(const Flow& flow) { return flow.wakes < max_wakes; }
void woken(Flow& flow) { ++flow.wakes; }

}  // namespace sleeping_lines
}  // namespace branchlight::collector
