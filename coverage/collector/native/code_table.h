// The code objects that we measure, found by address. A Python dict keyed by code objects would be a hundred times
// slower and would merge *equal* ones. Each is owned, or its address would be used again.
//
// Touched only with the GIL held.
#pragma once

#include "coverage/collector/native/async_loops.h"
#include "coverage/collector/native/sleeping_lines.h"
#include "coverage/collector/native/source_files.h"

namespace branchlight::collector {

struct Code {
  PyObject* object;  // owned, for good
  SourceFile* file;
  uint32_t number;
  uint32_t defined;     // the generation of the log that has its definition
  bool marked;          // compiled from a text with markers: needs no bytecode in the log, and no branch events
  bool inert;           // has no events, see inert_code.h
  bool armed;           // all its events are on, not only PY_START
  bool rearmable;       // a function, or something in one: the next test may run it again
  Code* next_silenced;  // the list of those that have events switched off since the last test
  bool silenced;
  uint32_t reported_in;          // a test
  uint32_t spent, patience;      // what its events have cost in it, and may cost before they are switched off
  uint32_t first_line;           // before 3.14; see cost_of_line()
  uint8_t hurry, hurried_tests;  // for so many tests they have none, and so many of these are left
  Flow* flow;                    // what is left for LINE to tell; none: it stays on. See sleeping_lines.h
  bool asleep;                   // LINE is off
  uint8_t* directions;           // bookkeeping: for each code unit what was seen of it; see monitor.cpp
  uint32_t units;
  AsyncLoops* async_loops;  // bookkeeping; none: it has none
};

namespace code_table {

Code* find(PyObject* object);
// `object` must not be in the table. Null where there is no memory or no number left.
Code* add(PyObject* object, SourceFile* file);
void for_each(void (*visit)(Code& code));

}  // namespace code_table
}  // namespace branchlight::collector
