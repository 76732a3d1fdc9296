// A code object's instructions, each with its source position: co_code and co_linetable read together.
//
// CPython gives an instruction a range of (line, byte column); the text is what turns it into byte offsets. Bytes
// come from a log and may be anything: decoding stops at what makes no sense, and says so by giving less.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/text/source_text.h"

namespace branchlight::mapping {

// What matters for following control flow; all others are `other`.
enum class Op : std::uint8_t {
  other,
  nop,
  extended_arg,
  not_taken,
  pop_jump_if_true,
  pop_jump_if_false,
  pop_jump_if_none,
  pop_jump_if_not_none,
  for_iter,
  jump_forward,
  jump_backward,
  jump_backward_no_interrupt,
  send,
  end_send,
  cleanup_throw,
  end_async_for,
  get_anext,
  return_value,
  raise,
  check_exc_match,
  with_except_start,
};

struct CodePosition {
  text::Position begin;
  text::Position end;
};

struct Instruction {
  std::uint32_t start = 0;   // in bytes, of its first EXTENDED_ARG: where jumps to it lead
  std::uint32_t offset = 0;  // of the instruction itself: what events and tables name
  std::uint32_t next = 0;    // of the instruction after it, inline caches skipped
  Op op = Op::other;
  std::uint32_t argument = 0;
  std::optional<CodePosition> position;  // none: the compiler's own, or a line without columns

  bool is_conditional_jump() const { return op >= Op::pop_jump_if_true && op <= Op::for_iter; }
  bool is_unconditional_jump() const { return op >= Op::jump_forward && op <= Op::jump_backward_no_interrupt; }
  // Where it jumps to, if it jumps; none where that would be before the beginning.
  std::optional<std::uint32_t> target() const;
};

// The names of an interpreter's opcodes, made ready for decoding.
class OpcodeTable {
 public:
  explicit OpcodeTable(const hitlog::OpcodesDefinition& definition);
  Op op(std::uint8_t number) const { return ops_[number]; }
  std::uint8_t cache_units(std::uint8_t number) const { return cache_units_[number]; }

 private:
  std::array<Op, 256> ops_{};
  std::array<std::uint8_t, 256> cache_units_{};
};

std::vector<Instruction> decode(std::string_view bytecode, std::string_view locations, std::uint32_t first_line,
                                const OpcodeTable& opcodes);

// One entry for each code unit (two bytes). The format is CPython's InternalDocs/code_objects.md, 3.11 and later.
std::vector<std::optional<CodePosition>> decode_locations(std::string_view table, std::uint32_t first_line,
                                                          std::size_t code_units);

}  // namespace branchlight::mapping
