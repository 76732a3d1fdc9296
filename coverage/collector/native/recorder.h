// Turns what happened into records of the hit log, each definition before its first use. Runs inside of monitoring
// callbacks: it never raises, imports nothing, and takes no lock. Touched only with the GIL held.
#pragma once

#include "coverage/collector/native/code_table.h"
#include "coverage/hitlog/format.h"

namespace branchlight::collector::recorder {

// `process` is the JSON of the process record, `opcodes` the payload of the opcodes record; both are copied.
bool configure(const char* runs, const uint8_t run[16], hitlog::Backend backend, PyObject* process, PyObject* opcodes);
bool stopped();
void close();

void line(Code& code, uint32_t line);  // a line of the text, or a marker's
void jump(Code& code, uint32_t offset, bool jumped);
void call(Code& code);
void note(hitlog::NoteKind kind, const char* text, size_t size);

// Tests do not nest: one that begins inside of another belongs to it.
void begin_test(const char* id, size_t size);
void end_test(hitlog::Outcome outcome);
bool test_is_running();

// What runs once for several tests; see docs/hit-log.md. Within a test that runs inside of another none of it is noted.
// `part`: one that begins again; 0: a new one, whose number comes back.
uint32_t begin_shared(uint32_t part);
void end_shared(uint32_t part);
void use_shared(uint32_t part);
void begin_import();
void end_import();

}  // namespace branchlight::collector::recorder
