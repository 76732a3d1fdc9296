#include "coverage/mapping/bytecode.h"

#include <algorithm>
#include <utility>

namespace branchlight::mapping {

namespace {

constexpr std::pair<std::string_view, Op> named_ops[] = {
    {"NOP", Op::nop},
    {"EXTENDED_ARG", Op::extended_arg},
    {"NOT_TAKEN", Op::not_taken},
    {"POP_JUMP_IF_TRUE", Op::pop_jump_if_true},
    {"POP_JUMP_IF_FALSE", Op::pop_jump_if_false},
    {"POP_JUMP_IF_NONE", Op::pop_jump_if_none},
    {"POP_JUMP_IF_NOT_NONE", Op::pop_jump_if_not_none},
    {"FOR_ITER", Op::for_iter},
    {"JUMP_FORWARD", Op::jump_forward},
    {"JUMP_BACKWARD", Op::jump_backward},
    {"JUMP_BACKWARD_NO_INTERRUPT", Op::jump_backward_no_interrupt},
    {"SEND", Op::send},
    {"END_SEND", Op::end_send},
    {"CLEANUP_THROW", Op::cleanup_throw},
    {"END_ASYNC_FOR", Op::end_async_for},
    {"GET_ANEXT", Op::get_anext},
    {"RETURN_VALUE", Op::return_value},
    {"RETURN_CONST", Op::return_value},
    {"RAISE_VARARGS", Op::raise},
    {"RERAISE", Op::raise},
    {"CHECK_EXC_MATCH", Op::check_exc_match},
    {"CHECK_EG_MATCH", Op::check_exc_match},
    {"WITH_EXCEPT_START", Op::with_except_start},
};

// Reads the location table's numbers: six bits a byte, the lowest first, bit 6 says that more follow.
class LocationReader {
 public:
  explicit LocationReader(std::string_view table) : table_(table) {}

  bool at_end() const { return at_ >= table_.size(); }
  std::uint8_t byte() { return at_end() ? std::uint8_t{0} : static_cast<std::uint8_t>(table_[at_++]); }

  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 6) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint32_t>(next & 0x3F) << shift;
      if (!(next & 0x40)) break;
    }
    return value;
  }

  std::int64_t signed_number() {
    const std::uint32_t value = number();
    const auto magnitude = static_cast<std::int64_t>(value >> 1);
    return value & 1 ? -magnitude : magnitude;
  }

 private:
  std::string_view table_;
  std::size_t at_ = 0;
};

std::optional<CodePosition> position(std::int64_t line, std::int64_t end_line, std::uint32_t column,
                                     std::uint32_t end_column) {
  if (line < 0 || end_line < line || end_line > UINT32_MAX) return std::nullopt;
  return CodePosition{{static_cast<std::uint32_t>(line), column}, {static_cast<std::uint32_t>(end_line), end_column}};
}

}  // namespace

OpcodeTable::OpcodeTable(const hitlog::OpcodesDefinition& definition) {
  for (const auto& opcode : definition.opcodes) {
    cache_units_[opcode.number] = opcode.cache_units;
    for (const auto& [name, op] : named_ops)
      if (opcode.name == name) ops_[opcode.number] = op;
  }
}

std::optional<std::uint32_t> Instruction::target() const {
  const std::uint64_t distance = std::uint64_t{argument} * 2;
  const bool backward = op == Op::jump_backward || op == Op::jump_backward_no_interrupt || op == Op::end_async_for;
  if (backward) return distance <= next ? std::optional(static_cast<std::uint32_t>(next - distance)) : std::nullopt;
  const std::uint64_t to = next + distance;
  return to <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(to)) : std::nullopt;
}

std::vector<std::optional<CodePosition>> decode_locations(std::string_view table, std::uint32_t first_line,
                                                          std::size_t code_units) {
  std::vector<std::optional<CodePosition>> positions;
  positions.reserve(code_units);
  LocationReader reader(table);
  std::int64_t line = first_line;
  while (!reader.at_end() && positions.size() < code_units) {
    const std::uint8_t head = reader.byte();
    if (!(head & 0x80)) break;  // not the head of an entry
    const unsigned kind = (head >> 3) & 0x0F;
    const std::size_t length = (head & 7u) + 1;
    std::optional<CodePosition> here;
    if (kind < 10) {  // on the same line as before, short columns
      const std::uint8_t columns = reader.byte();
      const std::uint32_t column = kind << 3 | ((columns >> 4) & 7u);
      here = position(line, line, column, column + (columns & 15u));
    } else if (kind < 13) {  // on one of the next lines, columns of a byte each
      line += kind - 10;
      const std::uint32_t column = reader.byte();
      here = position(line, line, column, reader.byte());
    } else if (kind == 13) {  // a line without columns: nothing that someone wrote
      line += reader.signed_number();
    } else if (kind == 14) {
      line += reader.signed_number();
      const std::int64_t end_line = line + reader.number();
      const std::uint32_t column = reader.number();  // both one more than the column; 0: none
      const std::uint32_t end_column = reader.number();
      if (column != 0 && end_column != 0) here = position(line, end_line, column - 1, end_column - 1);
    }
    positions.insert(positions.end(), std::min(length, code_units - positions.size()), here);
  }
  positions.resize(code_units);
  return positions;
}

std::vector<Instruction> decode(std::string_view bytecode, std::string_view locations, std::uint32_t first_line,
                                const OpcodeTable& opcodes) {
  const auto positions = decode_locations(locations, first_line, bytecode.size() / 2);
  std::vector<Instruction> instructions;
  std::uint32_t extended = 0;
  std::size_t start = 0;
  for (std::size_t unit = 0; unit < positions.size();) {
    const auto number = static_cast<std::uint8_t>(bytecode[unit * 2]);
    const auto low = static_cast<std::uint8_t>(bytecode[unit * 2 + 1]);
    const std::uint32_t argument = extended << 8 | low;
    const std::size_t next = unit + 1 + opcodes.cache_units(number);
    if (opcodes.op(number) == Op::extended_arg) {
      extended = argument;
    } else {
      instructions.push_back({static_cast<std::uint32_t>(start * 2), static_cast<std::uint32_t>(unit * 2),
                              static_cast<std::uint32_t>(next * 2), opcodes.op(number), argument, positions[unit]});
      extended = 0;
      start = next;
    }
    unit = next;
  }
  return instructions;
}

}  // namespace branchlight::mapping
