// The lines of an open buffer by state, for gutters.
#pragma once

#include <cstdint>
#include <vector>

#include "server/features/marks.h"

namespace branchlight::features {

// From 1, in order, each line in at most one list: what is stale says nothing else, a partial line is not covered.
struct LineStates {
  std::vector<std::uint32_t> covered, partial, missing, stale;
  friend bool operator==(const LineStates&, const LineStates&) = default;
};

LineStates line_states(const Marks& marks);

}  // namespace branchlight::features
