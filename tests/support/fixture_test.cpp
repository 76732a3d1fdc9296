#include "tests/support/fixture.h"

#include <doctest/doctest.h>

#include <stdexcept>

using branchlight::test::parse_fixture;
using branchlight::test::render;

TEST_CASE("a fixture gives the program without what is said about it") {
  const auto fixture = parse_fixture(R"(
    def f(x):
        if x:          # arms: True
    #      ^ partial: never False
            return 1
  )");
  CHECK(fixture.source->bytes() == "def f(x):\n    if x:\n        return 1\n");
  REQUIRE(fixture.notes.size() == 1);
  CHECK(fixture.notes[0].line == 2);
  CHECK(fixture.notes[0].key == "arms");
  CHECK(fixture.notes[0].value == "True");
  REQUIRE(fixture.carets.size() == 1);
  CHECK(fixture.carets[0].line == 2);
  CHECK(fixture.slice(fixture.carets[0].range) == "x");
  CHECK(fixture.carets[0].text == "partial: never False");
}

TEST_CASE("several carets may follow one line, and a run of carets is a range") {
  const auto fixture = parse_fixture(R"(
    if one: two
    #  ^^^ test
    #       ^^^ body
    three
  )");
  CHECK(fixture.source->bytes() == "if one: two\nthree\n");
  REQUIRE(fixture.carets.size() == 2);
  CHECK(fixture.slice(fixture.carets[0].range) == "one");
  CHECK(fixture.slice(fixture.carets[1].range) == "two");
}

TEST_CASE("carets count characters and give bytes") {
  const auto fixture = parse_fixture(R"(
    if é and ü:
    #        ^ u
  )");
  CHECK(fixture.slice(fixture.carets.at(0).range) == "ü");
}

TEST_CASE("a caret may point at the end of its line") {
  const auto fixture = parse_fixture(R"(
    if x:
    #    ^ hint: never False
  )");
  CHECK(fixture.carets.at(0).range.begin == 5);
  CHECK(fixture.slice(fixture.carets.at(0).range) == "");
}

TEST_CASE("a line may carry several notes; other comments stay") {
  const auto fixture = parse_fixture(R"(
    if x:  # pragma: no cover  # arms: True, False  # leads: 2
        pass  # arms? no
  )",
                                     {"arms", "leads"});
  CHECK(fixture.source->bytes() == "if x:  # pragma: no cover\n    pass  # arms? no\n");
  CHECK(fixture.values("arms", 1) == std::vector<std::string>{"True", "False"});
  CHECK(fixture.values("leads", 1) == std::vector<std::string>{"2"});
  CHECK(fixture.values("arms", 2).empty());
}

TEST_CASE("blank lines and inner indentation stay") {
  const auto fixture = parse_fixture("\n  a\n\n    b\n");
  CHECK(fixture.source->bytes() == "a\n\n  b\n");
}

TEST_CASE("a caret that points at nothing is refused") {
  CHECK_THROWS_AS(parse_fixture("# ^ above nothing\n"), std::invalid_argument);
  CHECK_THROWS_WITH_AS(parse_fixture("if x:\n#          ^ too far\n"),
                       "fixture line 2: the caret points past the end of the line above", std::invalid_argument);
}

TEST_CASE("rendering a fixture gives it back") {
  const char* annotated =
      "def f(é):\n"
      "    if é:\n"
      "#      ^ never False\n"
      "        return 1\n";
  CHECK(render(parse_fixture(annotated)) == annotated);
}
