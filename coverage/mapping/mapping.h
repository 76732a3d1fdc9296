// Joins what the interpreter reports to what the text says: a jump's direction, or a marker, to an arm of a site.
// The rules, and what they rest on, are in mapping.cpp. Pure; no state.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/mapping/bytecode.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::mapping {

struct ArmRef {
  std::uint32_t site = 0;  // index into Syntax::sites
  syntax::Arm arm{};
  friend auto operator<=>(const ArmRef&, const ArmRef&) = default;
};

// One direction of one conditional jump of a code object.
struct Trail {
  std::uint32_t offset = 0;  // of the jump, bytes into the bytecode
  bool jumped = false;
  std::optional<ArmRef> arm;          // none: no statement arm
  std::optional<std::uint32_t> site;  // whose test the jump stands in, also where it decides no arm
  std::uint32_t line = 0;             // of the jump; 0: it has no position
  std::string reason;                 // in words, why none; or how it was decided. For `report --explain`
  bool orphan = false;                // no arm, and nothing explains that: counted and listed
};

struct MappedCode {
  std::optional<std::uint32_t> scope;  // index into Syntax::scopes; none: a generator expression, or no match
  std::vector<Trail> trails;           // ordered by offset, fall-through first
  std::vector<ArmRef> arms;            // the statement arms that this code object has, in order
  const Trail* find(std::uint32_t offset, bool jumped) const;
};

// `code` must be of the very text that `syntax` is of (compare content hashes first).
MappedCode map_code(const hitlog::CodeDefinition& code, const OpcodeTable& opcodes, const syntax::Syntax& syntax);
MappedCode map_code(const hitlog::CodeDefinition& code, const hitlog::OpcodesDefinition& opcodes,
                    const syntax::Syntax& syntax);

// By marker index; none where no site holds the marker's position.
std::vector<std::optional<ArmRef>> map_markers(std::span<const hitlog::MarkerRecord> markers,
                                               const syntax::Syntax& syntax);

}  // namespace branchlight::mapping
