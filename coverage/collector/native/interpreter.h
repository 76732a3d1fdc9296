// What we hold of CPython: its monitoring functions, and the names of the attributes that we read.
#pragma once

#include <stdint.h>

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

enum class Event : uint8_t { py_start, line, branch, branch_left, branch_right, instruction, exception_handled, count };

struct Interpreter {
  // Interned, and never released: threads may run longer than any destructor of ours.
  PyObject *co_filename, *co_consts, *co_code, *co_linetable, *co_qualname, *co_firstlineno, *co_flags, *name;
  PyTypeObject* code_type;
  PyObject* disable;  // sys.monitoring.DISABLE; compared by identity
  PyObject *set_events_function, *set_local_events_function, *get_tool_function, *use_tool_id_function;
  PyObject *tool, *tool_name;                  // our tool id, and the very str that we took it with
  long masks[static_cast<int>(Event::count)];  // 0: this version has no such event
  uint32_t hexversion;

  long mask(Event event) const { return masks[static_cast<int>(event)]; }
  bool has_directions() const { return mask(Event::branch_left) != 0; }

  // False, and a Python exception, where sys.monitoring is not what we know or no tool id is free.
  bool load();
  bool take_tool_id();
  void free_tool_id();
  bool set_callback(Event event, PyObject* function);

  // False where the program has freed the id, and maybe taken it itself: its events are no business of ours then.
  bool owns_tool() const;

  // Only where owns_tool(). Errors are swallowed: an object that only looks like code stays unmeasured.
  void set_events(long mask) const;
  void set_local_events(PyObject* code, long mask) const;
};

extern constinit Interpreter interpreter;

// A Python int that is known to be small and not negative.
uint32_t to_uint32(PyObject* number);

}  // namespace branchlight::collector
