#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "coverage/configuration/exclusions.h"
#include "coverage/exchange/analysis.h"
#include "coverage/exchange/json_report.h"
#include "coverage/model/verdicts.h"
#include "tests/support/fixture.h"

using namespace branchlight;
using nlohmann::json;

namespace {

// A file of which the lines with a note `ran` were executed, and of whose sites the arms in a note `arms` were taken.
model::FileKnowledge known(std::string_view annotated) {
  const test::Fixture fixture = test::parse_fixture(annotated, {"ran", "arms"});
  model::FileKnowledge file;
  file.path = "/w/a.py";
  file.syntax = syntax::parse(fixture.source);
  model::Evidence evidence;
  for (const test::Note& note : fixture.notes) evidence.lines.insert(note.line);
  for (std::uint32_t site = 0; site < file.syntax->sites.size(); ++site) {
    const std::uint32_t line = fixture.source->position(file.syntax->sites[site].header.begin).line;
    for (const std::string& value : fixture.values("arms", line))
      evidence.arms.insert({site, value == "yes" ? syntax::Arm::yes : syntax::Arm::no});
  }
  file.settled[{model::Owner::Kind::test, "test_it"}] = evidence;
  return file;
}

exchange::Analysis analyze(const model::FileKnowledge& file) {
  return exchange::analyze(file,
                           configuration::find_exclusions(*file.syntax, *configuration::read_settings("/none", {})));
}

constexpr const char* price = R"(
    import os                # ran: 1
    def total(items, vip):   # ran: 1
        s = 0                # ran: 1
        for i in items:      # arms: yes, no
            if i > 10:       # arms: yes
                s += i       # ran: 1
            else:
                s += 1
        if vip:              # arms: no
            s //= 2
        return s             # ran: 1
    class Shop:              # ran: 1
        def open(self):      # ran: 1
            return True
        class Inner:         # ran: 1
            def close(self): # ran: 1
                pass         # ran: 1
)";

}  // namespace

TEST_CASE("a branch goes from a keyword's line to the line that an arm leads to") {
  const exchange::Analysis analysis = analyze(known(price));
  CHECK(analysis.missing() == std::vector<std::uint32_t>{8, 10, 14});
  CHECK(analysis.executed_branches() == std::vector<exchange::Branch>{{4, 5}, {4, 9}, {5, 6}, {9, 11}});
  CHECK(analysis.missing_branches() == std::vector<exchange::Branch>{{5, 8}, {9, 10}});
  const exchange::Numbers numbers = exchange::numbers(analysis);
  CHECK(numbers.statements == 16);
  CHECK(numbers.branches == 6);
  CHECK(numbers.missing_branches == 2);
  CHECK(numbers.partial_branches == 2);
  CHECK(numbers.percent() == doctest::Approx(100.0 * (13 + 4) / 22));
}

TEST_CASE("a branch that leaves a function goes to minus its first line") {
  const exchange::Analysis analysis = analyze(known(R"(
    @decorator           # ran: 1
    def f(x):            # ran: 1
        if x:            # arms: yes
            x += 1       # ran: 1
  )"));
  CHECK(analysis.missing_branches() == std::vector<exchange::Branch>{{3, -1}});
  CHECK(exchange::missing_text(analysis) == "3->exit");
}

TEST_CASE("a body on its header's line is a branch where it leads elsewhere, as coverage.py sees it") {
  const exchange::Analysis analysis = analyze(known(R"(
    def f(x):            # ran: 1
        if x: return 1   # arms: no
        if x: x = 2      # arms: no
        return x         # ran: 1
  )"));
  CHECK(analysis.missing_branches() == std::vector<exchange::Branch>{{2, -1}});
  CHECK(exchange::numbers(analysis).branches == 2);
}

TEST_CASE("missing lines are joined over what is no statement, and explain the branches that lead to them") {
  CHECK(exchange::missing_text(analyze(known(R"(
    def f(x):            # ran: 1
        if x:            # arms: no
            a = 1

            # of no account
            b = 2
        c = 3            # ran: 1
        while x:         # arms: yes
            x -= 1       # ran: 1
  )"))) == "3-6, 8->exit");
}

TEST_CASE("a percentage never claims to be all or nothing when it is not") {
  CHECK(exchange::display(100) == "100");
  CHECK(exchange::display(99.99) == "99");
  CHECK(exchange::display(0.01) == "1");
  CHECK(exchange::display(0) == "0");
  CHECK(exchange::display(50.5) == "50");
  CHECK(exchange::display(51.5) == "52");
}

TEST_CASE("an arm to a line that is excluded is no exit, and a line of one exit is no branch") {
  const exchange::Numbers numbers = exchange::numbers(analyze(known(R"(
    def f(x):                        # ran: 1
        if x:                        # arms: no
            a = 1  # pragma: no cover
        return 1                     # ran: 1
  )")));
  CHECK(numbers.branches == 0);
  CHECK(numbers.excluded == 1);
  CHECK(numbers.percent() == 100);
}

TEST_CASE("`pragma: no branch` lets a branch be partial") {
  const exchange::Numbers numbers = exchange::numbers(analyze(known(R"(
    def f(x):                        # ran: 1
        if x:  # pragma: no branch   # arms: yes
            a = 1                    # ran: 1
        return 1                     # ran: 1
  )")));
  CHECK(numbers.branches == 2);
  CHECK(numbers.missing_branches == 0);
}

TEST_CASE("a body on the line of its header leads where it goes on to, and to nowhere else") {
  const exchange::Analysis analysis = analyze(known(R"(
    def f(x):                     # ran: 1
        for i in x:               # arms: yes
            if i: return 1        # arms: no
            if i: i = 2           # arms: yes
            while i: i -= 1       # arms: no
            if i: break           # arms: yes
  )"));
  CHECK(analysis.executed_branches() == std::vector<exchange::Branch>{{2, 3}, {3, 4}, {6, -1}});
  CHECK(analysis.missing_branches() == std::vector<exchange::Branch>{{2, -1}, {3, -1}, {6, 2}});
}

TEST_CASE("an annotation in a class is no statement where 3.14 has run") {
  model::FileKnowledge file = known("class C:     # ran: 1\n    x: int\n    y = 1    # ran: 1\n");
  CHECK(analyze(file).statements == std::set<std::uint32_t>{1, 2, 3});
  CHECK(model::totals(file).statements == 3);
  file.since_3_14 = true;
  CHECK(analyze(file).statements == std::set<std::uint32_t>{1, 3});
  CHECK(model::totals(file).statements == 2);
}

TEST_CASE("a line has statements on 3.14 as long as one of them is no bare annotation") {
  model::FileKnowledge file = known("if x:       # ran: 1\n    class C: y: int\nz = 1       # ran: 1\n");
  file.since_3_14 = true;
  CHECK(analyze(file).possible == std::set<exchange::Branch>{{1, 2}, {1, 3}});
}

TEST_CASE("the JSON report has coverage.py's shape, format 3") {
  const model::FileKnowledge file = known(price);
  const exchange::Analysis analysis = analyze(file);
  const json report =
      json::parse(exchange::json_report({{&file, &analysis, "src/a.py"}}, {"0.1", "2026-01-01T00:00:00"}));
  CHECK(report["meta"]["format"] == 3);
  CHECK(report["meta"]["branch_coverage"] == true);
  const json& content = report["files"]["src/a.py"];
  CHECK(content["missing_lines"] == json::array({8, 10, 14}));
  CHECK(content["missing_branches"] == json::array({{5, 8}, {9, 10}}));
  CHECK(content["summary"]["num_branches"] == 6);
  CHECK(content["summary"]["percent_covered_display"] == "77");
  CHECK(report["totals"]["missing_branches"] == 2);
}

TEST_CASE("the JSON report names the contexts of each line where they are asked for") {
  model::FileKnowledge file = known(price);
  model::Evidence more;
  more.lines = {1, 6};
  file.settled[{model::Owner::Kind::command, "pytest"}] = more;
  file.running["r1"][{model::Owner::Kind::test, "test_a"}] = more;
  const exchange::Analysis analysis = analyze(file);
  const auto report = [&](bool show) {
    return json::parse(exchange::json_report({{&file, &analysis, "a.py"}}, {"0.1", "", show}));
  };
  CHECK(report(false)["meta"]["show_contexts"] == false);
  CHECK_FALSE(report(false)["files"]["a.py"].contains("contexts"));
  const json shown = report(true);
  CHECK(shown["meta"]["show_contexts"] == true);
  const json& content = shown["files"]["a.py"];
  CHECK(content["contexts"]["1"] == json::array({"", "test_a", "test_it"}));
  CHECK(content["contexts"]["3"] == json::array({"test_it"}));
  CHECK_FALSE(content["contexts"].contains("8"));
  const json& total = content["functions"]["total"]["contexts"];
  CHECK(total.size() == 6);
  CHECK(total["6"] == json::array({"", "test_a", "test_it"}));
  CHECK_FALSE(total.contains("1"));
  CHECK(content["functions"]["Shop.open"]["contexts"] == json::object());
}

TEST_CASE("the JSON report tells functions and classes apart") {
  const model::FileKnowledge file = known(price);
  const exchange::Analysis analysis = analyze(file);
  const json report = json::parse(exchange::json_report({{&file, &analysis, "a.py"}}, {"0.1", ""}));
  const json& content = report["files"]["a.py"];
  CHECK(content["functions"]["total"]["missing_lines"] == json::array({8, 10}));
  CHECK(content["functions"]["total"]["start_line"] == 2);
  CHECK(content["functions"]["Shop.open"]["missing_lines"] == json::array({14}));
  CHECK(content["functions"]["Shop.Inner.close"]["executed_lines"] == json::array({17}));
  CHECK(content["functions"][""]["executed_lines"] == json::array({1, 2, 12, 13, 15, 16}));
  CHECK(content["classes"]["Shop"]["missing_lines"] == json::array({14}));
  CHECK(content["classes"]["Shop.Inner"]["executed_lines"] == json::array({17}));
  CHECK(content["classes"][""]["missing_branches"] == json::array({{5, 8}, {9, 10}}));
}
