// Anchors first: items whose whole is found once on either side, in the same order. Then the gaps between the anchors,
// each in the same way. In a gap without anchors: wholes that are there equally often, one after the other; at last
// names that are there once on either side, unless either item's whole stands anywhere else (then it may have moved
// there, and this is another).
#include "coverage/freshness/align.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace branchlight::freshness {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

struct Range {
  std::uint32_t begin = 0, end = 0;
};

struct Gap {
  Range before, after;
};

struct Occurrences {
  std::vector<std::uint32_t> before, after;
};

class Aligner {
 public:
  Aligner(std::span<const Item> before, std::span<const Item> after)
      : before_(before), after_(after), result_(before.size()) {
    for (const auto& item : before) wholes_before_.insert(item.whole);
    for (const auto& item : after) wholes_after_.insert(item.whole);
  }

  std::vector<std::optional<std::uint32_t>> run() {
    std::vector<Gap> gaps{
        {{0, static_cast<std::uint32_t>(before_.size())}, {0, static_cast<std::uint32_t>(after_.size())}}};
    while (!gaps.empty()) {
      const auto gap = gaps.back();
      gaps.pop_back();
      if (gap.before.begin == gap.before.end || gap.after.begin == gap.after.end) continue;
      auto anchors = longest_in_order(same_wholes(gap, true));
      if (anchors.empty()) anchors = longest_in_order(same_wholes(gap, false));
      if (anchors.empty()) anchors = longest_in_order(same_names(gap));
      if (anchors.empty()) continue;
      auto rest = gap;
      for (const auto& [before, after] : anchors) {
        result_[before] = after;
        gaps.push_back({{rest.before.begin, before}, {rest.after.begin, after}});
        rest.before.begin = before + 1;
        rest.after.begin = after + 1;
      }
      gaps.push_back(rest);
    }
    return std::move(result_);
  }

 private:
  std::unordered_map<std::uint64_t, Occurrences> occurrences(const Gap& gap, std::uint64_t Item::* key) const {
    std::unordered_map<std::uint64_t, Occurrences> result;
    for (auto i = gap.before.begin; i < gap.before.end; ++i) result[before_[i].*key].before.push_back(i);
    for (auto i = gap.after.begin; i < gap.after.end; ++i) {
      if (const auto found = result.find(after_[i].*key); found != result.end()) found->second.after.push_back(i);
    }
    return result;
  }

  std::vector<Pair> same_wholes(const Gap& gap, bool only_single) const {
    std::vector<Pair> pairs;
    for (const auto& [key, at] : occurrences(gap, &Item::whole)) {
      if (at.before.size() != at.after.size() || (only_single && at.before.size() != 1)) continue;
      for (std::size_t i = 0; i < at.before.size(); ++i) pairs.emplace_back(at.before[i], at.after[i]);
    }
    return pairs;
  }

  std::vector<Pair> same_names(const Gap& gap) const {
    std::vector<Pair> pairs;
    for (const auto& [key, at] : occurrences(gap, &Item::name)) {
      if (at.before.size() != 1 || at.after.size() != 1) continue;
      const bool elsewhere =
          wholes_after_.contains(before_[at.before[0]].whole) || wholes_before_.contains(after_[at.after[0]].whole);
      if (!elsewhere) pairs.emplace_back(at.before[0], at.after[0]);
    }
    return pairs;
  }

  // The longest run of pairs that ascends on both sides.
  static std::vector<Pair> longest_in_order(std::vector<Pair> pairs) {
    std::sort(pairs.begin(), pairs.end());
    std::vector<std::size_t> tails;  // by length - 1: the pair that ends such a run with the smallest `after`
    std::vector<std::size_t> previous(pairs.size(), SIZE_MAX);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto at =
          std::lower_bound(tails.begin(), tails.end(), pairs[i].second,
                           [&](std::size_t tail, std::uint32_t after) { return pairs[tail].second < after; });
      if (at != tails.begin()) previous[i] = *std::prev(at);
      if (at == tails.end())
        tails.push_back(i);
      else
        *at = i;
    }
    std::vector<Pair> result(tails.size());
    auto pair = tails.empty() ? SIZE_MAX : tails.back();
    for (auto i = result.size(); i-- > 0; pair = previous[pair]) result[i] = pairs[pair];
    return result;
  }

  std::span<const Item> before_, after_;
  std::vector<std::optional<std::uint32_t>> result_;
  std::unordered_set<std::uint64_t> wholes_before_, wholes_after_;
};

}  // namespace

std::vector<std::optional<std::uint32_t>> align(std::span<const Item> before, std::span<const Item> after) {
  return Aligner(before, after).run();
}

}  // namespace branchlight::freshness
