#include "coverage/collector/native/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "coverage/collector/native/interpreter.h"
#include "coverage/hitlog/writer.h"

namespace branchlight::collector::recorder {
namespace {

using hitlog::Bytes;
using hitlog::Tag;
using hitlog::word;

hitlog::Writer log;
uint32_t introduced;  // the generation of the log that has the process, opcodes and inherited test records

struct Text {
  char* data;
  size_t size;
};
Text process_record, opcodes_record, test_id;
uint32_t tests;         // numbered so far
uint32_t test_depth;    // above 0: a test is running
uint32_t shared_parts;  // numbered so far
uint32_t period;        // grows when a test begins, or what several tests share

Text copy(const void* data, size_t size) {
  Text text{static_cast<char*>(malloc(size + 1)), size};
  if (!text.data) return {nullptr, 0};
  memcpy(text.data, data, size);
  return text;
}

bool copy_bytes(PyObject* bytes, Text& to) {
  char* data;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize(bytes, &data, &size) != 0) return false;
  to = copy(data, static_cast<size_t>(size));
  return to.data != nullptr;
}

bool put(Tag tag, uint32_t small, Text text) {
  const Bytes part{text.data, text.size};
  return log.put(tag, small, &part, 1);
}

// What stands at the head of every log of this process, and of each of its forked children.
bool introduce() {
  if (!log.ready()) return false;
  if (introduced == log.generation()) return true;
  if (!put(Tag::process, 0, process_record)) return false;
  if (opcodes_record.size && !put(Tag::opcodes, 0, opcodes_record)) return false;
  if (test_depth > 0) {  // begun by the parent, whose log will have its outcome
    if (!put(Tag::test, tests, test_id) || !log.put(word(Tag::test_begin, tests, hitlog::test_inherited))) return false;
  }
  introduced = log.generation();
  return true;
}

bool define(SourceFile& file) {
  if (!introduce()) return false;
  if (file.defined != log.generation()) {
    const hitlog::FileRecord record{file.content_hash, file.identity.size};
    const Bytes parts[] = {{&record, sizeof record}, {file.path, strlen(file.path)}};
    if (!log.put(Tag::file, file.number, parts, 2)) return false;
    file.defined = log.generation();
  }
  if (file.markers && file.markers_defined != log.generation()) {
    const Bytes part{file.markers, file.marker_count * sizeof *file.markers};
    if (!log.put(Tag::markers, file.number, &part, 1)) return false;
    file.markers_defined = log.generation();
  }
  return true;
}

Bytes bytes_of(PyObject* bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || PyBytes_AsStringAndSize(bytes, &data, &size) != 0) PyErr_Clear();
  return {data, static_cast<size_t>(size)};
}

bool define(Code& code) {
  if (!define(*code.file)) return false;
  const Interpreter& names = interpreter;
  PyRef first_line(PyObject_GetAttr(code.object, names.co_firstlineno));
  PyRef name(PyObject_GetAttr(code.object, names.co_qualname));
  PyRef utf8(name ? PyUnicode_AsEncodedString(name.get(), "utf-8", "replace") : nullptr);
  PyRef bytecode, locations;
  if (!code.marked && !code.inert) {  // what has no jumps needs none, and may be large
    bytecode = PyRef(PyObject_GetAttr(code.object, names.co_code));
    locations = PyRef(PyObject_GetAttr(code.object, names.co_linetable));
  }
  if (PyErr_Occurred()) PyErr_Clear();
  const Bytes parts[] = {bytes_of(utf8.get()), bytes_of(bytecode.get()), bytes_of(locations.get())};
  hitlog::CodeRecord record{};
  record.file = code.file->number;
  record.first_line = first_line ? to_uint32(first_line.get()) : 0;
  record.name_bytes = static_cast<uint32_t>(parts[0].size);
  record.bytecode_bytes = static_cast<uint32_t>(parts[1].size);
  record.location_bytes = static_cast<uint32_t>(parts[2].size);
  const Bytes all[] = {{&record, sizeof record}, parts[0], parts[1], parts[2]};
  if (!log.put(Tag::code, code.number, all, 4)) return false;
  code.defined = log.generation();
  return true;
}

// What was said in this period already, as far as it was not crowded out: saying it twice would do no harm.
struct Said {
  uint64_t one_word;
  uint32_t period;
};
constexpr unsigned said_bits = 12;
Said said[1u << said_bits];

// A log that was deleted under us is begun anew, which needs the definitions once more.
template <class Defined>
void hit(Defined& what, uint64_t one_word) {
  Said& before = said[one_word * 0x9E3779B97F4A7C15u >> (64 - said_bits)];
  if (before.one_word == one_word && before.period == period) return;
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (__builtin_expect(what.defined == log.generation() || define(what), 1) && log.put(one_word)) {
      before = {one_word, period};
      return;
    }
    if (log.stopped()) return;
  }
}

void put_shared(Tag tag, uint32_t part) {
  if (test_depth <= 1 && part <= hitlog::max_number && introduce()) log.put(word(tag, part, 0));
}

}  // namespace

bool configure(const char* runs, const uint8_t run[16], hitlog::Backend backend, PyObject* process, PyObject* opcodes) {
  if (!copy_bytes(process, process_record) || !copy_bytes(opcodes, opcodes_record)) return false;
  log.configure(runs, run, interpreter.hexversion, backend);
  system::on_fork([] { log.forget(); });
  return !log.stopped();
}

bool stopped() { return log.stopped(); }

void close() { log.close(); }

void line(Code& code, uint32_t number) {
  SourceFile& file = *code.file;
  const uint32_t marker = number < file.marker_at_size ? file.marker_at[number] : 0;
  if (marker)
    hit(file, word(Tag::arm, file.number, marker - 1));
  else
    hit(file, word(Tag::line, file.number, number));
}

void jump(Code& code, uint32_t offset, bool jumped) {
  hit(code, word(jumped ? Tag::right : Tag::left, code.number, offset));
}

void call(Code& code) { hit(code, word(Tag::call, code.number, 0)); }

void note(hitlog::NoteKind kind, const char* text, size_t size) {
  const Bytes part{text, size};
  if (introduce()) log.put(Tag::note, static_cast<uint32_t>(kind), &part, 1);
}

void begin_test(const char* id, size_t size) {
  if (test_depth++ > 0) return;
  free(test_id.data);
  test_id = copy(id, size);
  ++period;
  if (++tests > hitlog::max_number) return;
  test_depth = 0;  // introduce() must not take it for a parent's
  const bool ready = introduce();
  test_depth = 1;
  if (ready && put(Tag::test, tests, test_id)) log.put(word(Tag::test_begin, tests, 0));
}

void end_test(hitlog::Outcome outcome) {
  if (test_depth == 0) return;
  --test_depth;
  if (test_depth > 0) return;
  if (tests <= hitlog::max_number && introduced == log.generation())
    log.put(word(Tag::test_end, tests, static_cast<uint32_t>(outcome)));
}

bool test_is_running() { return test_depth > 0; }

uint32_t begin_shared(uint32_t part) {
  if (part == 0) part = ++shared_parts;
  ++period;
  put_shared(Tag::shared_begin, part);
  return part;
}

void end_shared(uint32_t part) { put_shared(Tag::shared_end, part); }

void use_shared(uint32_t part) { put_shared(Tag::shared_use, part); }

void begin_import() {
  ++period;
  put_shared(Tag::shared_begin, 0);
}

void end_import() { put_shared(Tag::shared_end, 0); }

}  // namespace branchlight::collector::recorder
