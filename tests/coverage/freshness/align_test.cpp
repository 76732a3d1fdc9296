#include "coverage/freshness/align.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using branchlight::freshness::Item;

namespace {
// "aX bY": items named a and b that hold X and Y. The result names for each item of the first text its place in the
// second, or "-".
std::vector<Item> items(std::string_view text) {
  std::vector<Item> result;
  for (std::size_t i = 0; i + 1 < text.size(); i += 3) {
    const auto name = static_cast<std::uint64_t>(text[i]);
    result.push_back({name * 1000 + static_cast<std::uint64_t>(text[i + 1]), name});
  }
  return result;
}

std::string align(std::string_view before, std::string_view after) {
  std::string result;
  for (const auto& place : branchlight::freshness::align(items(before), items(after))) {
    if (!result.empty()) result += ' ';
    result += place ? std::to_string(*place) : "-";
  }
  return result;
}
}  // namespace

TEST_CASE("what is the same is found, wherever it moved") {
  CHECK(align("a1 b1 c1", "a1 b1 c1") == "0 1 2");
  CHECK(align("a1 b1", "x1 a1 y1 b1 z1") == "1 3");
  CHECK(align("a1 b1 c1", "a1 c1") == "0 - 1");
  CHECK(align("", "a1") == "");
  CHECK(align("a1", "") == "-");
}

TEST_CASE("an item with something else inside is found by its name, when it is the only one between its neighbours") {
  CHECK(align("a1 b1 c1", "a1 b2 c1") == "0 1 2");
  CHECK(align("a1 b1 c1", "a2 b2 c2") == "0 1 2");
  CHECK(align("a1 b1 a2 c1", "a1 b1 a3 c1") == "0 1 2 3");
}

TEST_CASE("two of a kind that stay two are found in their order") {
  CHECK(align("a1 a1 b1", "a1 a1 b2") == "0 1 2");
  CHECK(align("a1 a1", "x1 a1 a1") == "1 2");
}

TEST_CASE("of two of a kind that became one, or three, none is guessed") {
  CHECK(align("a1 a1", "a1") == "- -");
  CHECK(align("a1", "a1 a1") == "-");
  CHECK(align("a1 a1 b1", "a1 a1 a1 b1") == "- - 3");
}

TEST_CASE("a namesake does not take the place of what went away") {
  CHECK(align("a1 a2", "a2 a3") == "- 0");
  CHECK(align("a1 a2", "a3 a1") == "1 -");
  CHECK(align("a1 m1 a2", "a3 m1 a1") == "- 1 -");
}

TEST_CASE("of two that changed places one is let go") {
  const auto result = align("a1 a2", "a2 a1");
  CHECK((result == "- 0" || result == "1 -"));
}
