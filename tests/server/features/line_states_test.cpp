#include "server/features/line_states.h"

#include <doctest/doctest.h>

#include "tests/server/features/page.h"

using namespace branchlight;
using features::LineStates;
using test::marks_of;
using test::measured;

namespace {

constexpr const char* program = R"(
  def f(x):
      if x:           # arms: True
          return 1
      return (2 +     # ran: no
              3)

  def g(x):
      return x
)";

}  // namespace

TEST_CASE("each line is in one state: partial before covered, and what did not run is missing") {
  const auto given = measured(program);
  CHECK(features::line_states(marks_of(given)) == LineStates{{1, 3, 7, 8}, {2}, {4, 5}, {}});
}

TEST_CASE("before any run has ended nothing is missing") {
  const auto given = measured(program, test::When::running);
  CHECK(features::line_states(marks_of(given)) == LineStates{{1, 2, 3, 7, 8}, {}, {}, {}});
}

TEST_CASE("a function that was edited is stale, others keep their states and move") {
  const auto given = measured(program);
  const auto marks = marks_of(
      given,
      "x = 1\ndef f(x):\n    if x:\n        return 10\n    return (2 +\n            3)\n\ndef g(x):\n    return x\n");
  const auto lines = features::line_states(marks);
  CHECK(lines.partial.empty());
  CHECK(std::find(lines.stale.begin(), lines.stale.end(), 3) != lines.stale.end());
  CHECK(std::find(lines.covered.begin(), lines.covered.end(), 9) != lines.covered.end());
}
