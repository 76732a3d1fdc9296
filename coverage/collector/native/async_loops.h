// The loops of `async for` in a code object. From 3.14 on they have branch events, of which the one at the end comes
// before END_ASYNC_FOR looks at the exception: it says nothing unless that is StopAsyncIteration (EXCEPTION_HANDLED).
// 3.12 and 3.13 have no such events. For bookkeeping:
//
// That an item came is that END_SEND runs, behind the awaiting of `__anext__()`: an INSTRUCTION event. That the
// iterator was exhausted is that END_ASYNC_FOR handles StopAsyncIteration: EXCEPTION_HANDLED, which cannot be local.
// Both are recorded as 3.14 reports them: at END_SEND, the one falling through, the other jumping.
//
// Touched only with the GIL held.
#pragma once

#include <stdint.h>

#include "coverage/collector/native/python_ref.h"

namespace branchlight::collector {

struct AsyncLoops;

namespace async_loops {

constexpr uint32_t none = UINT32_MAX;

// An opcode of this interpreter; each is to be told before the first find().
void learn(unsigned number, const char* name);

// Those of a code object, asynchronous comprehensions included; null where there are none. For good.
AsyncLoops* find(PyObject* code);

// Whether an item of one of them comes at this byte of the bytecode.
bool item_comes_at(const AsyncLoops& loops, uint32_t offset);
// At this one or next to it: CPython names one or the other.
bool item_comes_about(const AsyncLoops& loops, uint32_t offset);

// The byte at which the items come of the loop that ends at this one; none where no loop does.
uint32_t items_of_loop_that_ends_at(const AsyncLoops& loops, uint32_t offset);

}  // namespace async_loops
}  // namespace branchlight::collector
