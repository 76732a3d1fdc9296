// A code object's instructions, each with its place in the text. Private to the mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/mapping/bytecode.h"
#include "coverage/text/source_text.h"

namespace branchlight::mapping {

class PlacedCode {
 public:
  PlacedCode(const hitlog::CodeDefinition& code, const OpcodeTable& opcodes, const text::SourceText& text);

  const std::vector<Instruction>& instructions() const { return instructions_; }
  // Null: none begins there.
  const Instruction* at(std::optional<std::uint32_t> offset) const;
  std::optional<text::ByteRange> range_of(const Instruction& instruction) const;

 private:
  const text::SourceText& text_;
  std::vector<Instruction> instructions_;
  std::vector<std::uint32_t> index_;  // of the instruction that begins at a code unit
};

}  // namespace branchlight::mapping
