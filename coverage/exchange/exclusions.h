// What coverage.py leaves out unless told otherwise: `# pragma: no cover`, bodies that are `...`, TYPE_CHECKING blocks.
#pragma once

#include <cstdint>
#include <set>

#include "coverage/syntax/syntax.h"

namespace branchlight::exchange {

struct Exclusions {
  std::set<std::uint32_t> lines;      // first lines of statements that do not count
  std::set<std::uint32_t> no_branch;  // lines whose branches may be partial
};

Exclusions find_exclusions(const syntax::Syntax& syntax);

}  // namespace branchlight::exchange
