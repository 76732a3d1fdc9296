// A log with a record of each kind, and what reads it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "tests/coverage/hitlog/log_builder.h"

namespace branchlight::test {

inline hitlog::LogReader open_sound(const TemporaryLog& log) {
  auto opened = hitlog::LogReader::open(log.path());
  if (const auto* error = std::get_if<hitlog::LogError>(&opened)) FAIL(error->reason);
  return std::move(std::get<hitlog::LogReader>(opened));
}

inline std::vector<hitlog::Record> read_all(hitlog::LogReader& reader) {
  std::vector<hitlog::Record> records;
  while (reader.read(records)) {
  }
  return records;
}

// A record of each kind.
inline std::string sound_log(const hitlog::Header& header = sound_header()) {
  using hitlog::Tag;
  LogBuilder log(header);
  log.payload(Tag::process, 0, R"({"argv": ["pytest"], "cwd": "/w"})");
  log.payload(Tag::opcodes, 0,
              opcode_entry(0x64, 1, "NOP") + opcode_entry(300, 0, "PSEUDO") + opcode_entry(0x65, 0, "XY"));
  log.file(1, "/w/a.py").code(1, 1, 3, "f", "ab", "xyz").word(Tag::call, 1, 0).word(Tag::line, 1, 3);
  log.word(Tag::left, 1, 10).word(Tag::right, 1, 12);
  log.payload(Tag::markers, 1, LogBuilder::text_of(hitlog::MarkerRecord{3, 7, 0, 1, 1, 0})).word(Tag::arm, 1, 0);
  log.test(1, "a.py::test").word(Tag::test_begin, 1, 0).word(Tag::line, 1, 4).word(Tag::test_end, 1, 2);
  log.payload(Tag::note, 1, "no room");
  log.word(Tag::shared_begin, 1, 0).word(Tag::shared_end, 1, 0).word(Tag::shared_use, 1, 0);
  return log.bytes();
}

}  // namespace branchlight::test
