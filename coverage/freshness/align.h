// Finds in a sequence after an edit the items that were there before it. What could be one of several is left out:
// an item without a counterpart costs a mark until the tests run again, a wrong counterpart would be a false claim.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace branchlight::freshness {

struct Item {
  std::uint64_t whole = 0;  // the same: hardly another than this one, whatever is around it
  std::uint64_t name = 0;   // the same: perhaps this one, with something else inside
};

// For each item of `before` its index in `after`. What is found keeps its order.
std::vector<std::optional<std::uint32_t>> align(std::span<const Item> before, std::span<const Item> after);

}  // namespace branchlight::freshness
