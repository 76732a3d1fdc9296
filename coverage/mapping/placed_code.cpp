#include "coverage/mapping/placed_code.h"

namespace branchlight::mapping {

namespace {

constexpr std::uint32_t none = UINT32_MAX;

}  // namespace

PlacedCode::PlacedCode(const hitlog::CodeDefinition& code, const OpcodeTable& opcodes, const text::SourceText& text)
    : text_(text),
      instructions_(decode(code.bytecode, code.locations, code.first_line, opcodes)),
      index_(code.bytecode.size() / 2 + 1, none) {
  for (std::uint32_t i = 0; i < instructions_.size(); ++i)
    index_[instructions_[i].start / 2] = index_[instructions_[i].offset / 2] = i;
}

const Instruction* PlacedCode::at(std::optional<std::uint32_t> offset) const {
  if (!offset || *offset % 2 != 0 || *offset / 2 >= index_.size()) return nullptr;
  const auto index = index_[*offset / 2];
  return index == none ? nullptr : &instructions_[index];
}

std::optional<text::ByteRange> PlacedCode::range_of(const Instruction& instruction) const {
  if (!instruction.position || instruction.position->begin.line == 0) return std::nullopt;
  return text::ByteRange{text_.offset(instruction.position->begin), text_.offset(instruction.position->end)};
}

}  // namespace branchlight::mapping
