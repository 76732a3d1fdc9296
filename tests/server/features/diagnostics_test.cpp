#include "server/features/diagnostics.h"

#include <doctest/doctest.h>

#include "server/features/status.h"
#include "tests/server/features/page.h"

using namespace branchlight;
using test::marks_of;
using test::measured;

TEST_CASE("a diagnostic points to the place that was not reached") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        return 2

    def g(x):
        if x:    # arms: True
            return 1
  )");
  const auto diagnostics = features::diagnostics(marks_of(given));
  REQUIRE(diagnostics.size() == 2);
  REQUIRE(diagnostics[0].related.size() == 1);
  CHECK(given.fixture.slice(diagnostics[0].related[0].range) == "return 2");
  REQUIRE(diagnostics[1].related.size() == 1);
  CHECK(given.fixture.slice(diagnostics[1].related[0].range) == "g");
}

TEST_CASE("each kind of destination has its words and its place") {
  const auto given = measured(R"(
    class C:
        if a:            # arms: True
            b = 3
        def f(self):
            if a:        # arms: True
                b = 6
            if a: return # arms: False
            for b in a: b()   # arms: completes
    while a:             # arms: True
        a -= 1
  )");
  const auto diagnostics = features::diagnostics(marks_of(given));
  REQUIRE(diagnostics.size() == 5);
  const auto check = [&](std::size_t index, const char* message, const char* place) {
    CHECK(diagnostics[index].message == message);
    REQUIRE(diagnostics[index].related.size() == 1);
    CHECK(std::string(message).ends_with(": " + diagnostics[index].related[0].message));
    CHECK(given.fixture.slice(diagnostics[index].related[0].range) == place);
  };
  check(0, "never False: would go to line 4", "def f(self):");
  check(1, "never False: would go to line 7", "if a: return");
  check(2, "never True: would leave f()", "f");
  check(3, "loop never starts: would stay on line 8", "b()");
  check(4, "never False: would leave the module", "");
  CHECK(diagnostics[4].related[0].range.begin == given.fixture.source->bytes().find("a -= 1") + 6);
}

TEST_CASE("the last choice of a class leaves the class") {
  const auto given = measured(R"(
    class Price:
        if a:            # arms: True
            b = 3
  )");
  const auto diagnostics = features::diagnostics(marks_of(given));
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "never False: would leave class Price");
  CHECK(given.fixture.slice(diagnostics[0].related[0].range) == "Price");
}

TEST_CASE("what surrounds the program is no finding") {
  const auto given = measured(R"(
    import sys
    if sys.version_info >= (3, 12):    # arms: True
        x = 1
    if __name__ == "__main__":         # arms: False
        x = 2
  )");
  CHECK(features::diagnostics(marks_of(given)).empty());
}

TEST_CASE("the status says 100 % only of what is whole") {
  CHECK(features::status_text({}) == "run tests");
  CHECK(features::status_text(
            {.arms = 1000, .arms_taken = 999, .statements = 5, .statements_executed = 5, .partial_sites = 1}) ==
        "99 % · 1 partial");
  CHECK(features::status_text({.arms = 2, .arms_taken = 2, .statements = 5, .statements_executed = 5}) ==
        "100 % · 0 partial");
  CHECK(features::status_text({.statements = 4, .statements_executed = 3}) == "75 % · 0 partial");
}

TEST_CASE("the status and the diagnostics say what is not live") {
  using features::Live;
  const model::Totals totals{.arms = 4, .arms_taken = 2, .statements = 4, .statements_executed = 3, .partial_sites = 2};
  CHECK(features::status_text(totals, Live::none) == "50 % · 2 partial · not live");
  CHECK(features::status_text(totals, Live::partly) == "50 % · 2 partial · partly not live");
  auto given = measured("if x:    # arms: True\n    y = 1\n");
  given.file.imported = model::Import{".coverage", 0, true};
  const auto diagnostics = features::diagnostics(marks_of(given));
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message == "never False: would leave the module (not live: imported)");
}

TEST_CASE("what does not count has no mark, in the buffer as it is now") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        while x:    # arms: False
            x = 2
        return 2

    def g():    # called: no
        return 1
  )");
  CHECK(features::diagnostics(marks_of(given)).size() == 2);
  auto buffer = std::string(given.file.syntax->text->bytes());
  const auto put_after = [&](const std::string& header, const std::string& pragma) {
    buffer.insert(buffer.find(header) + header.size(), "  # pragma: " + pragma + " #");
  };
  put_after("if x:", "no branch");
  put_after("def g():", "no cover");
  const auto marks = marks_of(given, buffer);
  CHECK(features::diagnostics(marks).size() == 1);
  CHECK(features::inlay_hints(marks, given.file, {}, {0, UINT32_MAX}).size() == 1);
  put_after("while x:", "no cover");
  CHECK(features::diagnostics(marks_of(given, buffer)).empty());
  CHECK(marks_of(given, buffer).statements.size() == 4);  // `def f`, `if` and both returns
}
