// Tests that the compiler folds, so that no choice is left in the code.
#pragma once

#include <cstdint>
#include <optional>

#include "coverage/syntax/tree.h"

namespace branchlight::syntax {

// The truth of an expression that is the same however the program runs; none where it is not known. `not`, `and` and
// `or` count by what they lead to: `x or True` is always true, although x is evaluated.
std::optional<bool> constant_truth(const Tree& tree, std::uint32_t expression);

}  // namespace branchlight::syntax
