// What an edit leaves standing. Compares two texts function by function, by their tokens; never by line deltas.
// So an edit that is undone, and a reformatting, bring everything back, and a hint never moves to a wrong line.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coverage/syntax/syntax.h"

namespace branchlight::freshness {

enum class Age : std::uint8_t {
  fresh,  // its scope has the same tokens in both texts
  stale,  // its scope was touched, but this very site's header was not
};

struct Carried {
  std::uint32_t index = 0;  // in the new text
  Age age{};
};

// For each site, scope and statement of the old text: where it stands in the new one. None: gone, or edited itself.
struct Carry {
  std::vector<std::optional<Carried>> sites;
  std::vector<std::optional<Carried>> scopes;
  std::vector<std::optional<Carried>> statements;
};

Carry carry(const syntax::Syntax& old_syntax, const syntax::Syntax& new_syntax);

}  // namespace branchlight::freshness
