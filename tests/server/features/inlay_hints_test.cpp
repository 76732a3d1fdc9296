#include "server/features/inlay_hints.h"

#include <doctest/doctest.h>

#include "tests/server/features/page.h"

using namespace branchlight;
using features::HintsShown;
using test::drawn;
using test::marks_of;
using test::measured;

namespace {

// What the test of a golden file looks like: the fixture's common indentation is taken off both.
std::string page(std::string_view text) { return std::string(test::parse_fixture(text, {}).source->bytes()); }

}  // namespace

TEST_CASE("each kind of site says what never happened, at the end of its header line") {
  CHECK(drawn(R"(
    def f(x, items):
        if x > 0:             # arms: True
            x += 1
        elif x < -5:
            x -= 1
        while x:              # arms: True
            x -= 1
        for item in items:    # arms: starts
            return item
        match x:
            case 1:           # arms: does not match
                return 1
            case 2:           # arms: matches
                return 2
        if x:                 # arms: False
            return 3
        if x:                 # arms: True, False
            return 4
  )") == page(R"(
    def f(x, items):
        if x > 0:  «never False»
           ~~~~~ never False: would go to line 4
            x += 1
        elif x < -5:
            x -= 1
        while x:  «never False»
              ~ never False: would go to line 8
            x -= 1
        for item in items:  «loop never completes»
                    ~~~~~ loop never completes: would go to line 10
            return item
        match x:
            case 1:  «never matches»
                 ~ never matches: would go to line 12
                return 1
            case 2:  «always matches»
                 ~ always matches: would go to line 15
                return 2
        if x:  «never True»
           ~ never True: would go to line 16
            return 3
        if x:
            return 4
  )"));
}

TEST_CASE("a header of several lines has its hint at its end, behind a comment") {
  CHECK(drawn(R"(
    def f(a, b):
        if (a and
                b):  # both     # arms: True
            return 1
        return 2
  )") == page(R"(
    def f(a, b):
        if (a and
                b):  # both
            return 1
        return 2
  )"));
  CHECK(drawn(R"(
    def f(a, b):
        if (a and    # arms: True
                b):  # both
            return 1
        return 2
  )") == page(R"(
    def f(a, b):
        if (a and
           ~~~~~~ never False: would go to line 5
                b):  # both  «never False»
            return 1
        return 2
  )"));
}

TEST_CASE("a function that nothing called says so, and what is inside it says nothing") {
  CHECK(drawn(R"(
    def used(x):
        return x

    def unused(x):      # called: no
        def inner():    # called: no
            return 1
        if x:
            return 1

    class Price:
        @property
        def total(self):    # called: no
            return 1
  )") == page(R"(
    def used(x):
        return x

    def unused(x):  «never called»
        def inner():
            return 1
        if x:
            return 1

    class Price:
        @property
        def total(self):  «never called»
            return 1
  )"));
}

TEST_CASE("an arm that leads out of the function names where it would have gone") {
  CHECK(drawn(R"(
    def total(x):
        if x:    # arms: True
            print(x)
    if total(1):    # arms: False
        print()
  )") == page(R"(
    def total(x):
        if x:  «never False»
           ~ never False: would leave total()
            print(x)
    if total(1):  «never True»
       ~~~~~~~~ never True: would go to line 5
        print()
  )"));
}

TEST_CASE("while a run goes on, only what has been one-sided for long says `not yet`") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        return 2
    def g():     # called: no
        return 1
  )",
                              test::When::running);
  CHECK(drawn(given, marks_of(given)) == given.fixture.source->bytes());
  CHECK(drawn(given, marks_of(given, std::nullopt, true)) == page(R"(
    def f(x):
        if x:  «not yet False»
           ~ not yet False: would go to line 4
            return 1
        return 2
    def g():
        return 1
  )"));
}

TEST_CASE("in a function that was edited hints speak of the past and diagnostics go; others only move") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        return 2

    def g(x):
        if x:    # arms: True
            return 1
        return 2
  )");
  const std::string edited = page(R"(
    def f(x):
        print(x)
        if x:
            return 1
        return 2

    def g(x):
        if x:
            return 1
        return 2
  )");
  CHECK(drawn(given, marks_of(given, edited)) == page(R"(
    def f(x):
        print(x)
        if x:  «was never False»
            return 1
        return 2

    def g(x):
        if x:  «never False»
           ~ never False: would go to line 10
            return 1
        return 2
  )"));
}

TEST_CASE("a site whose own test was edited says nothing, and an edit that is undone brings it back") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        return 2
  )");
  const std::string edited = "def f(x):\n    if x + 1:\n        return 1\n    return 2\n";
  CHECK(drawn(given, marks_of(given, edited)) == edited);
  const std::string undone(given.fixture.source->bytes());
  CHECK(drawn(given, marks_of(given, undone)) == drawn(given, marks_of(given)));
}

TEST_CASE("hints can be asked for where all is well, and can be off") {
  const auto given = measured(R"(
    def f(x):
        if x:               # arms: True, False
            return 1
        for i in x:         # arms: starts, completes
            if i:
                return 2
  )");
  const auto marks = marks_of(given);
  CHECK(drawn(given, marks) == given.fixture.source->bytes());
  CHECK(drawn(given, marks, {.shown = HintsShown::all}) == page(R"(
    def f(x):
        if x:  «True and False»
            return 1
        for i in x:  «loop starts and completes»
            if i:  «never reached»
                return 2
  )"));
  CHECK(drawn(given, marks, {.shown = HintsShown::off}) == given.fixture.source->bytes());
}

TEST_CASE("only the hints of the range that was asked for come") {
  const auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        if x:    # arms: True
            return 2
  )");
  const auto marks = marks_of(given);
  const auto& text = *given.fixture.source;
  CHECK(features::inlay_hints(marks, given.file, {}, {0, text.line(3).end}).size() == 1);
  CHECK(features::inlay_hints(marks, given.file, {}, {text.line(3).begin, text.line(3).end}).empty());
  CHECK(features::inlay_hints(marks, given.file, {}, {text.line(4).end, text.line(4).end}).size() == 1);
}

TEST_CASE("a tooltip names the tests that took each arm, ten and a count, and the label leads to the missing line") {
  auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1
        return 2
  )");
  for (int i = 10; i < 22; ++i)
    given.file.settled[{model::Owner::Kind::test, "test_f.py::test_" + std::to_string(i)}].arms.insert(
        {0, syntax::Arm::yes});
  const auto hints = features::inlay_hints(marks_of(given), given.file, {}, {0, UINT32_MAX});
  REQUIRE(hints.size() == 1);
  CHECK(hints[0].tooltip.starts_with("**True**, leads to line 3: taken by 13 tests\n- `test_f.py::test_10`\n"));
  CHECK(hints[0].tooltip.find("- `test_f.py::test_19`\n- and 3 more\n\n**False**, leads to line 4: not taken") !=
        std::string::npos);
  REQUIRE(hints[0].parts.size() == 1);
  REQUIRE(hints[0].parts[0].target);
  CHECK(given.fixture.slice(*hints[0].parts[0].target) == "return 2");
}

TEST_CASE("what was imported says so in every tooltip, and only there") {
  auto given = measured(R"(
    def f(x):
        if x:    # arms: True
            return 1

    def g():    # called: no
        return 2
  )");
  const auto live = drawn(given, marks_of(given));
  CHECK(live.find("not live") == std::string::npos);
  given.file.imported = model::Import{"ci/.coverage", 0, true};
  given.file.settled[{model::Owner::Kind::imported, ""}].arms.insert({0, syntax::Arm::yes});
  const auto hints = features::inlay_hints(marks_of(given), given.file, {}, {0, UINT32_MAX});
  REQUIRE(hints.size() == 2);
  for (const auto& hint : hints) {
    CHECK(hint.tooltip.find("\n\nNot live: imported from `ci/.coverage, measured ") != std::string::npos);
    CHECK(hint.label().find("live") == std::string::npos);
  }
  CHECK(hints[0].tooltip.find("taken by 1 test\n- `test_price.py::test_total`\n\n**False**") != std::string::npos);
  given.file.settled.erase({model::Owner::Kind::test, "test_price.py::test_total"});
  const auto alone = features::inlay_hints(marks_of(given), given.file, {}, {0, UINT32_MAX});
  CHECK(alone[0].tooltip.starts_with("**True**, leads to line 3: taken\n\n**False**"));
}

TEST_CASE("of a site of which nothing can be known nothing is said") {
  auto given = measured(R"(
    def f(x):
        if x:
            return 1
  )");
  given.file.imported = model::Import{".coverage", 0, false};
  const auto marks = marks_of(given);
  CHECK(drawn(given, marks, {.shown = HintsShown::all}).find("«") == std::string::npos);
}
