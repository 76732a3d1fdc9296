#include "coverage/exchange/imported_file.h"

#include <doctest/doctest.h>

#include "coverage/model/verdicts.h"
#include "tests/support/fixture.h"

using namespace branchlight;
using exchange::Branch;
using syntax::Arm;

namespace {

const model::Import with_branches{".coverage", 0, true}, lines_alone{".coverage", 0, false};

syntax::SharedSyntax parsed(std::string_view source) { return syntax::parse(test::parse_fixture(source, {}).source); }

std::optional<model::FileKnowledge> imported(const syntax::SharedSyntax& syntax, const std::set<Branch>& arcs,
                                             const model::Import& import = with_branches) {
  return exchange::imported_file(syntax, "/w/a.py", {{"", arcs}}, import);
}

// Of the only owner.
model::Evidence evidence(std::string_view source, const std::set<Branch>& arcs) {
  const auto file = imported(parsed(source), arcs);
  REQUIRE(file);
  REQUIRE(file->settled.size() == 1);
  return file->settled.begin()->second;
}

using Arms = decltype(model::Evidence::arms);

}  // namespace

TEST_CASE("what a data file of ours says comes back") {
  const auto syntax = parsed(R"(
    def pick(items, vip):
        with open(items):
            for i in items:
                if (i
                        and vip): break
                while vip:
                    try:
                        vip = False
                    finally:
                        if i:
                            return i
        match items:
            case []: return 0
            case [1, *_]:
                return 1
    class Shop:
        if pick:
            open = True
  )");
  REQUIRE(syntax->sites.size() == 7);
  for (std::uint32_t site = 0; site < syntax->sites.size(); ++site) {
    for (const Arm arm : {Arm::no, Arm::yes}) {
      CAPTURE(site);
      model::Evidence taken;
      taken.arms.insert({site, arm});
      const auto file = imported(syntax, exchange::arcs(*syntax, taken));
      REQUIRE(file);
      CHECK(file->settled.begin()->second.arms == taken.arms);
    }
  }
}

TEST_CASE("from 3.10 on the end of a with visits its header, and the arm was taken all the same") {
  constexpr const char* source = R"(
    def f(x, a, b):
        with a:
            with b:
                if x:
                    x = 1
        return x
  )";
  const Arms no{{0, Arm::no}}, yes{{0, Arm::yes}};
  CHECK(evidence(source, {{-1, 2}, {2, 3}, {3, 4}, {4, 3}, {3, 2}, {2, 6}, {6, -1}}).arms == no);
  CHECK(evidence(source, {{-1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 3}, {3, 2}, {2, 6}, {6, -1}}).arms == yes);
  CHECK(evidence(source, {{-1, 2}, {2, 3}, {3, 4}, {4, 6}, {6, -1}}).arms == no);  // up to 3.9
}

TEST_CASE("a test that raised in a with has taken no arm") {
  CHECK(evidence(R"(
    def f(x, a):
        with a:
            if x:
                return 1
            x = 2
        return x
  )",
                 {{-1, 2}, {2, 3}, {3, 2}, {2, 6}, {6, -1}})
            .arms.empty());
}

TEST_CASE("an exception that leaves an endless loop has taken no arm") {
  CHECK(evidence("while True:\n    f()\n", {{-1, 1}, {1, 2}, {2, 1}, {1, -1}}).arms == Arms{{0, Arm::yes}});
}

TEST_CASE("up to 3.9 a module is left at its first statement") {
  constexpr const char* source = "# about\n\nif x:\n    y = 1\n";
  const Arms no{{0, Arm::no}};
  CHECK(evidence(source, {{-3, 3}, {3, -3}}).arms == no);
  CHECK(evidence(source, {{-1, 3}, {3, -1}}).arms == no);
  CHECK(evidence("# about\n\nif (lambda: x)():\n    y = 1\n", {{-1, 3}, {-3, 3}, {3, -3}}).arms.empty());
}

TEST_CASE("a header over several lines is its first line") {
  const Arms yes{{0, Arm::yes}};
  const auto found = evidence("if (x\n        and y):\n    z = (1,\n         2)\n", {{-1, 1}, {1, 2}, {2, 4}, {4, -1}});
  CHECK(found.arms == yes);
  CHECK(found.lines.contains(4));
}

TEST_CASE("who was called is known by the entries, and not claimed where there are none") {
  constexpr const char* source = "def f(): return 1\ndef g(): return 2\ndef h():\n    return 3\n";
  const auto called = [&](const std::set<Branch>& arcs, const model::Import& import) {
    return model::verdicts(*imported(parsed(source), arcs, import)).called;
  };
  CHECK(called({{-1, 1}, {1, 2}, {2, 3}, {3, -1}, {-2, 2}, {2, -2}}, with_branches) ==
        std::vector<bool>{true, true, true, false});  // the module's entry is f's as well
  CHECK(called({{1, 1}, {2, 2}, {3, 3}}, lines_alone) == std::vector<bool>{true, true, true, false});
}

TEST_CASE("where there are lines alone nothing is said of any branch") {
  const auto file = imported(parsed("if x:\n    y = 1\nz = 2\n"), {{1, 1}, {3, 3}}, lines_alone);
  REQUIRE(file);
  const auto verdicts = model::verdicts(*file);
  CHECK(verdicts.executed == std::vector<bool>{true, false, true});
  CHECK(verdicts.sites[0].exists == std::array{false, false});
  CHECK(model::totals(*file).arms == 0);
  CHECK(model::totals(*file).statements == 3);
}

TEST_CASE("lines that the text does not have are another text's") {
  const auto syntax = parsed("x = 1\ny = 2\n");
  const std::int64_t last = syntax->text->line_count();
  CHECK(imported(syntax, {{-1, 1}, {1, last}, {last, -1}}));
  for (const std::int64_t line : {last + 1, -last - 1, INT64_MIN, INT64_MAX}) {
    CHECK(!imported(syntax, {{1, line}}));
    CHECK(!imported(syntax, {{line, 1}}));
  }
}

TEST_CASE("a class that ran without its bare annotations was run by 3.14 or later") {
  constexpr const char* source = R"(
    class A:
        if y:
            z = 1
        x: int
        w = 2
  )";
  const auto run = [&](const std::set<Branch>& arcs) { return *imported(parsed(source), arcs); };
  const auto later = run({{1, 1}, {2, 2}, {2, 5}, {5, 5}});
  CHECK(later.since_3_14);
  CHECK(later.settled.begin()->second.arms == Arms{{0, Arm::no}});
  const auto earlier = run({{-1, 1}, {1, 2}, {2, 4}, {4, 5}, {5, -1}});
  CHECK(!earlier.since_3_14);
  CHECK(earlier.settled.begin()->second.arms == Arms{{0, Arm::no}});
  CHECK(!run({}).since_3_14);
  std::vector<model::FileKnowledge> files{run({}), earlier};
  exchange::share_since_3_14(files);
  CHECK(!files[0].since_3_14);
  files.push_back(later);
  exchange::share_since_3_14(files);
  CHECK(files[0].since_3_14);
  CHECK(!files[1].since_3_14);
}

TEST_CASE("a context that names a test is that test") {
  using Kind = model::Owner::Kind;
  const auto test = [](const char* name) { return model::Owner{Kind::test, name}; };
  CHECK(exchange::owner_of("tests/test_a.py::test_b[x|y]|run") == test("tests/test_a.py::test_b[x|y]"));
  CHECK(exchange::owner_of("tests/test_a.py::test_b|setup") == test("tests/test_a.py::test_b"));
  CHECK(exchange::owner_of("py39|test_a.T.test_b") == test("test_a.T.test_b"));
  CHECK(exchange::owner_of("test_a.test_b") == test("test_a.test_b"));
  CHECK(exchange::owner_of("") == model::Owner{Kind::imported, ""});
  CHECK(exchange::owner_of("py39") == model::Owner{Kind::imported, "py39"});
  CHECK(exchange::context_of(test("a.py::t")) == "a.py::t");
  CHECK(exchange::context_of({Kind::command, "pytest (in /w)"}).empty());
}
