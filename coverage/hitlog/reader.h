// Reads hit logs while they are being written, or after. Treats their bytes as hostile: a length is checked before
// it is used, a number before it is an index, and nothing is mapped, so that a log that shrinks cannot kill us.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coverage/hitlog/format.h"

namespace branchlight::hitlog {

// One decoded record. Strings are copies.
struct LineHit {
  std::uint32_t file, line;
};
struct ArmHit {
  std::uint32_t file, marker;
};
struct JumpHit {
  std::uint32_t code, offset;
  bool jumped;
};
struct CallHit {
  std::uint32_t code;
};
struct TestBegin {
  std::uint32_t test;
  bool inherited = false;
};  // inherited: by a fork, whose parent's log has the outcome
struct TestEnd {
  std::uint32_t test;
  Outcome outcome;
};
// Of a fixture of several tests; 0: an import.
struct SharedBegin {
  std::uint32_t shared;
};
struct SharedEnd {
  std::uint32_t shared;
};
struct SharedUse {
  std::uint32_t shared;
};
struct ProcessDefinition {
  std::string json;
};
struct FileDefinition {
  std::uint32_t file;
  std::uint64_t content_hash, size;
  std::string path;
};
struct CodeDefinition {
  std::uint32_t code, file, first_line;
  std::string qualified_name, bytecode, locations;
};
struct OpcodeDefinition {
  std::uint8_t number, cache_units;
  std::string name;
};
struct OpcodesDefinition {
  std::vector<OpcodeDefinition> opcodes;
};
struct MarkersDefinition {
  std::uint32_t file;
  std::vector<MarkerRecord> markers;
};
struct TestDefinition {
  std::uint32_t test;
  std::string id;
};
struct Note {
  NoteKind kind;
  std::string text;
};
using Record = std::variant<LineHit, ArmHit, JumpHit, CallHit, TestBegin, TestEnd, SharedBegin, SharedEnd, SharedUse,
                            ProcessDefinition, FileDefinition, CodeDefinition, OpcodesDefinition, MarkersDefinition,
                            TestDefinition, Note>;

// Why a log cannot be read on, in words for a person ("written by a machine of the other byte order").
struct LogError {
  std::string reason;
  bool early = false;  // its header is still to come: try again later
};

class LogReader {
 public:
  enum class Wanted { all, files };  // files: their definitions, and nothing else
  // Opens without reading records.
  static std::variant<LogReader, LogError> open(const std::filesystem::path& path, Wanted wanted = Wanted::all);
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  ~LogReader();

  const Header& header() const;  // as it was when opened
  LogState state() const;        // read anew
  // Whether the writing process still lives (its id and start time, in this process's pid namespace).
  bool writer_lives() const;

  // Appends what has been written since the last call, up to `limit` records; true if anything came. Costs one
  // 8-byte read where nothing did. After an error the same error comes again and nothing more is read.
  bool read(std::vector<Record>& out, std::size_t limit = 65536);
  const std::optional<LogError>& error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit LogReader(std::unique_ptr<State> state);
};

}  // namespace branchlight::hitlog
