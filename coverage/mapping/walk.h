// Where a direction of a conditional jump leads. The rules are in mapping.cpp. Private to the mapping.
#pragma once

#include <cstdint>
#include <optional>

#include "coverage/mapping/placed_code.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::mapping {

struct Walk {
  enum class End : std::uint8_t { body, elsewhere, leaves, short_circuit, nowhere } end = End::nowhere;
  std::uint32_t at = 0;                     // the offset that decided
  std::uint32_t line = 0;                   // its line, if it has one
  std::uint32_t last_in_test = UINT32_MAX;  // the last instruction of the test on the way that is no jump
  bool past_constant = false;               // an operand was on the way that the compiler has folded away
  bool out_of_test() const { return end == End::elsewhere || end == End::leaves; }
  bool same_way(const Walk& other) const { return at == other.at && last_in_test == other.last_in_test; }
};

// From `offset` on, which is the one direction of a jump in the test of `site`.
Walk walk(const PlacedCode& code, const Instruction& jump, std::optional<std::uint32_t> offset,
          const syntax::Site& site);

// Whether the compiler has turned the jump round, so that it jumps to where its test holds.
bool turned_round(const PlacedCode& code, const Instruction& jump, const syntax::Site& site);

}  // namespace branchlight::mapping
