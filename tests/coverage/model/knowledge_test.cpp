#include "coverage/model/knowledge.h"

#include <doctest/doctest.h>

#include <chrono>

#include "coverage/model/explain.h"
#include "tests/coverage/mapping/recorded_code.h"
#include "tests/coverage/model/world.h"

using namespace branchlight;
using hitlog::Outcome;
using model::Knowledge;
using model::SiteState;
using test::command_owner;
using test::MemoryTexts;
using test::no;
using test::Process;
using test::test_owner;
using test::yes;

namespace {

const std::string path = "/w/price.py";
const std::string source = R"(import math

def price(n):
    if n > 10:
        return n * 2
    return n

def unused(n):
    while n:
        n -= 1
)";

struct World {
  MemoryTexts texts;
  Knowledge knowledge{texts};
  World() { texts.add(path, source); }
  const model::FileKnowledge& file() { return *knowledge.find(path); }
  model::SiteVerdict site(std::uint32_t index) { return verdicts(file()).sites.at(index); }
  bool changed() { return !knowledge.take_changed().empty(); }
};

const std::vector<std::string> one = {path};
const std::vector<std::string> nothing;

}  // namespace

TEST_CASE("a hit shows at once, and only what it changes is said to have changed") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source);
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.site(0).state == SiteState::unreached);
  process.line(1, 4);
  CHECK(world.knowledge.take_changed() == one);
  process.arm(1, 0, true);
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.site(0).state == SiteState::partial);
  CHECK(world.site(0).taken == std::array{false, true});
  process.line(1, 4).arm(1, 0, true);
  CHECK(world.knowledge.take_changed() == nothing);
  process.begin(1, "test_a").arm(1, 0, true).end(1);
  CHECK_MESSAGE(world.knowledge.take_changed() == nothing, "one more test that takes an arm changes no verdict");
  process.arm(1, 0, false);
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.site(0).state == SiteState::full);
}

TEST_CASE("a one-sided site of a run under way is not settled; the end of the run settles it") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).arm(1, 0, true);
  CHECK_FALSE(world.site(0).settled);
  world.knowledge.take_changed();
  world.knowledge.settle("r1", true);
  CHECK(world.site(0).settled);
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.file().running.empty());
}

TEST_CASE("while the next run is under way the verdict from before stands") {
  World world;
  Process(world.knowledge, "r1", 10).file(1, path, source).begin(1, "t").arm(1, 0, true).arm(1, 0, false).end(1);
  world.knowledge.settle("r1", true);
  world.knowledge.take_changed();
  Process second(world.knowledge, "r2", 20);
  second.file(1, path, source).begin(1, "t").arm(1, 0, true);
  CHECK(world.site(0).state == SiteState::full);
  CHECK(world.knowledge.take_changed() == nothing);
  second.end(1);
  world.knowledge.settle("r2", true);
  CHECK(world.site(0).state == SiteState::partial);
  CHECK(world.site(0).settled);
  CHECK(world.knowledge.take_changed() == one);
}

TEST_CASE("hits between a test's begin and end are the test's, all others the command's") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).line(1, 1).begin(1, "test_a").line(1, 4).arm(1, 0, true).end(1).line(1, 3);
  process.begin(2, "test_b").line(1, 4).arm(1, 0, true).end(2);
  world.knowledge.settle("r1", true);
  const auto& settled = world.file().settled;
  REQUIRE(settled.size() == 3);
  CHECK(settled.at(command_owner()).lines == model::FlatSet<std::uint32_t>{1, 3});
  CHECK(settled.at(test_owner("test_a")).lines == model::FlatSet<std::uint32_t>{4});
  CHECK(takers(world.file(), yes(0)) == std::vector{test_owner("test_a"), test_owner("test_b")});
}

TEST_CASE("takers are tests first, in the order of their names") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source)
      .arm(1, 0, true)
      .begin(1, "z")
      .arm(1, 0, true)
      .end(1)
      .begin(2, "a")
      .arm(1, 0, true)
      .end(2);
  CHECK(takers(world.file(), yes(0)) == std::vector{test_owner("a"), test_owner("z"), command_owner()});
}

TEST_CASE("an owner that ran again and passed is replaced, in every file") {
  World world;
  const std::string other = "/w/other.py";
  world.texts.add(other, "if a:\n    b\n");
  Process(world.knowledge, "r1", 10)
      .file(1, path, source)
      .file(2, other, "if a:\n    b\n")
      .begin(1, "t")
      .arm(1, 0, true)
      .arm(2, 0, true)
      .end(1);
  world.knowledge.settle("r1", true);
  Process(world.knowledge, "r2", 20).file(1, path, source).begin(1, "t").arm(1, 0, false).end(1);
  world.knowledge.take_changed();
  world.knowledge.settle("r2", true);
  CHECK(world.file().settled.at(test_owner("t")).arms == model::FlatSet<mapping::ArmRef>{no(0)});
  CHECK(world.knowledge.find(other)->settled.empty());
  CHECK(world.knowledge.take_changed() == std::vector<std::string>{other, path});
}

TEST_CASE("a test that failed, was skipped or interrupted takes nothing away") {
  for (const auto outcome : {Outcome::failed, Outcome::skipped, Outcome::interrupted}) {
    World world;
    Process(world.knowledge, "r1", 10).file(1, path, source).begin(1, "t").arm(1, 0, true).end(1);
    world.knowledge.settle("r1", true);
    Process(world.knowledge, "r2", 20).file(1, path, source).begin(1, "t").arm(1, 1, true).end(1, outcome);
    world.knowledge.settle("r2", false);
    CHECK(world.file().settled.at(test_owner("t")).arms == model::FlatSet<mapping::ArmRef>{yes(0), yes(1)});
  }
}

TEST_CASE("a test that a dead process left open is interrupted") {
  World world;
  Process(world.knowledge, "r1", 10).file(1, path, source).begin(1, "t").arm(1, 0, true).end(1);
  world.knowledge.settle("r1", true);
  Process killed(world.knowledge, "r2", 20);
  killed.file(1, path, source).begin(1, "t").arm(1, 0, false);
  killed.gone();
  world.knowledge.settle("r2", true);
  CHECK(world.file().settled.at(test_owner("t")).arms == model::FlatSet<mapping::ArmRef>{no(0), yes(0)});
}

TEST_CASE("a fork inside a test writes for that test, and its end interrupts nothing") {
  World world;
  Process parent(world.knowledge, "r1", 10);
  parent.file(1, path, source).begin(1, "t");
  Process child(world.knowledge, "r1", 11, 10);
  child.file(1, path, source);
  child.apply(hitlog::TestDefinition{1, "t"});
  child.apply(hitlog::TestBegin{1, true});
  child.arm(1, 0, true);
  child.gone();
  parent.end(1);
  parent.gone();
  world.knowledge.settle("r1", true);
  CHECK(world.file().settled.at(test_owner("t")).arms.contains(yes(0)));
  CHECK(world.knowledge.tests("r1").passed == 1);
  Process(world.knowledge, "r2", 20).file(1, path, source).begin(1, "t").end(1);
  world.knowledge.settle("r2", true);
  CHECK_MESSAGE(world.file().settled.empty(), "the test had passed, so it is replaced");
}

TEST_CASE("a test that failed and then passed in the same run counts as passed") {
  World world;
  Process(world.knowledge, "r1", 10)
      .file(1, path, source)
      .begin(1, "t")
      .end(1, Outcome::failed)
      .begin(1, "t")
      .arm(1, 0, true)
      .end(1);
  const auto counts = world.knowledge.tests("r1");
  CHECK(counts.passed == 1);
  CHECK(counts.failed == 0);
}

TEST_CASE("what ran outside of tests is replaced only when the command passed") {
  for (const bool passed : {false, true}) {
    World world;
    Process(world.knowledge, "r1", 10).file(1, path, source).arm(1, 0, true);
    world.knowledge.settle("r1", true);
    Process(world.knowledge, "r2", 20).file(1, path, source).arm(1, 0, false);
    world.knowledge.settle("r2", passed);
    CHECK(world.file().settled.at(command_owner()).arms.contains(no(0)));
    CHECK(world.file().settled.at(command_owner()).arms.contains(yes(0)) == !passed);
  }
}

TEST_CASE("a run has one command, that of its first process, whichever log is read first") {
  World world;
  Process worker(world.knowledge, "r1", 11, 10, "worker");
  worker.file(1, path, source).arm(1, 0, true);
  Process first(world.knowledge, "r1", 10, 1, "pytest");
  first.file(1, path, source).arm(1, 0, false);
  worker.line(1, 4);
  world.knowledge.settle("r1", true);
  REQUIRE(world.file().settled.size() == 1);
  const auto& evidence = world.file().settled.at(command_owner("pytest"));
  CHECK(evidence.arms == model::FlatSet<mapping::ArmRef>{no(0), yes(0)});
  CHECK(evidence.lines.contains(4));
}

TEST_CASE("two runs at once are kept apart until each has ended") {
  World world;
  Process a(world.knowledge, "r1", 10), b(world.knowledge, "r2", 20);
  a.file(1, path, source).begin(1, "t").arm(1, 0, true);
  b.file(1, path, source).begin(1, "u").arm(1, 0, false);
  CHECK(world.site(0).state == SiteState::full);
  a.end(1);
  world.knowledge.settle("r1", true);
  CHECK(world.file().running.size() == 1);
  CHECK(world.site(0).state == SiteState::full);
  b.arm(1, 1, true).end(1);
  world.knowledge.settle("r2", true);
  CHECK(world.file().settled.at(test_owner("u")).arms == model::FlatSet<mapping::ArmRef>{no(0), yes(1)});
}

TEST_CASE("what a child writes after its run has ended only adds") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).arm(1, 0, true);
  world.knowledge.settle("r1", true);
  process.arm(1, 0, false);
  CHECK(world.site(0).state == SiteState::full);
  world.knowledge.settle("r1", true);
  CHECK(world.file().settled.at(command_owner()).arms == model::FlatSet<mapping::ArmRef>{no(0), yes(0)});
}

TEST_CASE("a new text on disk keeps the evidence of the functions that are the same") {
  World world;
  Process(world.knowledge, "r1", 10)
      .file(1, path, source)
      .begin(1, "t")
      .line(1, 4)
      .arm(1, 0, true)
      .line(1, 9)
      .arm(1, 1, true)
      .end(1);
  world.knowledge.settle("r1", true);
  std::string edited = "# a comment moves everything down\n" + source;
  edited.replace(edited.find("n -= 1"), 6, "n -= 2");
  world.texts.add(path, edited);
  Process(world.knowledge, "r2", 20).file(1, path, edited);
  CHECK(world.file().syntax->text->bytes() == edited);
  const auto& evidence = world.file().settled.at(test_owner("t"));
  CHECK(evidence.arms == model::FlatSet<mapping::ArmRef>{yes(0)});
  CHECK(evidence.lines == model::FlatSet<std::uint32_t>{5});
  CHECK(world.site(0).state == SiteState::partial);
  CHECK(world.site(1).state == SiteState::unreached);
}

TEST_CASE("two processes with two texts of one file: the newer definition wins, hits of the other are counted") {
  World world;
  const std::string newer = source + "x = 1\n";
  world.texts.add(path, newer);
  Process a(world.knowledge, "r1", 10), b(world.knowledge, "r1", 11);
  a.file(1, path, source).arm(1, 0, true);
  b.file(1, path, newer).arm(1, 0, false);
  a.arm(1, 1, true).line(1, 9);
  CHECK(world.file().syntax->text->bytes() == newer);
  CHECK(world.file().unmatched == 2);
  CHECK(world.site(0).state == SiteState::full);  // the function is the same in both
  CHECK(world.site(1).state == SiteState::unreached);
}

TEST_CASE("a forked child's definitions are as old as its parent's") {
  World world;
  const std::string newer = source + "x = 1\n";
  world.texts.add(path, newer);
  Process parent(world.knowledge, "r1", 10);
  parent.file(1, path, source);
  Process(world.knowledge, "r1", 11).file(1, path, newer);
  Process child(world.knowledge, "r1", 12, /*parent=*/10);
  child.file(1, path, source).arm(1, 0, true);
  CHECK(world.file().syntax->text->bytes() == newer);
  CHECK(world.file().unmatched == 1);
}

TEST_CASE("a file whose text is not to be had is counted and otherwise left alone") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.apply(hitlog::FileDefinition{1, 12345, 10, "/w/gone.py"});
  process.apply(hitlog::CodeDefinition{1, 1, 1, "f", "", ""});
  process.apply(hitlog::MarkersDefinition{1, {}});
  process.line(1, 3);
  process.apply(hitlog::CallHit{1});
  process.apply(hitlog::JumpHit{1, 4, true});
  CHECK(world.knowledge.find("/w/gone.py") == nullptr);
  CHECK(world.knowledge.unmatched().at("/w/gone.py") == 3);
}

TEST_CASE("forgetting leaves nothing, and a process that still runs is heard again") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).arm(1, 0, true);
  world.knowledge.take_changed();
  world.knowledge.forget();
  CHECK(world.knowledge.files().empty());
  CHECK(world.knowledge.take_changed() == one);
  process.arm(1, 0, false);
  CHECK(world.site(0).taken == std::array{true, false});
}

TEST_CASE("what the state had kept comes back, and is replaced by the next run") {
  World world;
  model::FileKnowledge kept;
  kept.path = path;
  kept.syntax = syntax::parse(std::make_shared<const text::SourceText>(source));
  kept.settled[test_owner("t")].arms.insert(yes(0));
  world.knowledge.restore(std::move(kept));
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.site(0).settled);
  CHECK(world.site(0).state == SiteState::partial);
  Process(world.knowledge, "r1", 10).file(1, path, source).begin(1, "t").arm(1, 0, false).end(1);
  CHECK(world.site(0).state == SiteState::full);
  world.knowledge.settle("r1", true);
  CHECK(world.site(0).taken == std::array{true, false});
}

TEST_CASE("what another process has folded is taken in without losing a run under way") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).arm(1, 0, true);
  for (const std::string& text : {source, "# older\n" + source}) {
    model::FileKnowledge kept;
    kept.path = path;
    kept.syntax = syntax::parse(std::make_shared<const text::SourceText>(text));
    kept.settled[test_owner("t")].arms.insert(yes(1));
    world.knowledge.restore(std::move(kept));
    CHECK(world.file().syntax->text->bytes() == source);
    CHECK(world.site(0).state == SiteState::partial);
    CHECK(world.site(1).state == SiteState::partial);
    process.line(1, 4);
  }
  CHECK(world.file().running.at("r1").at(command_owner()).lines.contains(4));
}

TEST_CASE("a marker that was left out is taken by the hit of its line") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.apply(hitlog::FileDefinition{1, text::SourceText(source).content_hash(), source.size(), path});
  process.apply(
      hitlog::MarkersDefinition{1, {{4, 7, 5, 1, 1, 0}, {4, 7, 6, 0, 1, 0}, {9, 10, 0, 1, 1, 0}, {9, 10, 0, 0, 0, 0}}});
  process.line(1, 5);
  CHECK(world.site(0).taken == std::array{false, true});
  process.line(1, 6);
  CHECK(world.site(0).taken == std::array{true, true});
  CHECK(world.site(1).exists == std::array{false, true});
  CHECK_MESSAGE(totals(world.file()).arms == 2, "a test with one way out is no choice");
}

TEST_CASE("a line in a function says that it was called; a header's line does not") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).line(1, 3).line(1, 8);
  CHECK(verdicts(world.file()).called == std::vector{true, false, false});
  process.line(1, 4);
  CHECK(verdicts(world.file()).called == std::vector{true, true, false});
  const auto found = totals(world.file());
  CHECK(found.statements == 8);
  CHECK(found.statements_executed == 3);
}

TEST_CASE("lines that the text does not have, and markers in no test, are orphans") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).line(1, 999).line(1, 999).line(1, 0);
  process.apply(hitlog::MarkersDefinition{1, {{1, 0, 0, 1, 1, 0}}});
  process.apply(hitlog::ArmHit{1, 0});
  REQUIRE(world.knowledge.orphans().size() == 2);
  CHECK(world.knowledge.orphans()[0].line == 999);
  CHECK(world.knowledge.orphans()[1].what == "marker 0 stands in no site's test");
}

TEST_CASE("records about numbers that the log has not defined do no harm") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.line(9, 1).arm(9, 0, true).end(9);
  process.apply(hitlog::JumpHit{9, 0, true});
  process.apply(hitlog::CallHit{9});
  process.apply(hitlog::TestBegin{9});
  process.apply(hitlog::CodeDefinition{1, 9, 1, "f", "x", "y"});
  process.apply(hitlog::JumpHit{1, 0, true});
  process.apply(hitlog::MarkersDefinition{9, {}});
  CHECK(world.knowledge.files().empty());
}

TEST_CASE("jumps of a real code object come to arms, are explained, and tell which arms the code has") {
  World world;
  for (auto& recorded : test::load_recorded("tests/coverage/mapping/recorded/3.14.jsonl")) {
    if (recorded.file != "if_else.py") continue;
    world.texts.add("/w/if_else.py", recorded.source);
    world.knowledge.remember_hits();
    Process process(world.knowledge, "r1", 10);
    process.apply(recorded.opcodes);
    process.apply(hitlog::FileDefinition{1, text::SourceText(recorded.source).content_hash(), 0, "/w/if_else.py"});
    for (const auto& code : recorded.codes) process.apply(code);
    process.apply(hitlog::CallHit{2});
    process.begin(1, "t").apply(hitlog::JumpHit{2, 10, false});
    process.apply(hitlog::JumpHit{2, 4, false});
    const auto& file = *world.knowledge.find("/w/if_else.py");
    const auto found = verdicts(file);
    CHECK(found.called == std::vector{true, true});
    CHECK(found.sites.at(0).taken == std::array{false, true});
    CHECK(file.absent.empty());
    CHECK(world.knowledge.orphans().size() == 1);  // byte 4 is no jump

    CHECK(world.knowledge.explain("/w/if_else.py", 1).empty());
    CHECK(world.knowledge.explain("/w/none.py", 1).empty());
    const auto explained = world.knowledge.explain("/w/if_else.py", 2);
    REQUIRE(explained.size() == 1);
    CHECK(explained[0].test == "a == 1");
    CHECK(explained[0].scope == "one_way");
    const auto& arm = explained[0].arms[1];
    REQUIRE(arm.causes.size() == 1);
    CHECK(arm.taken);
    CHECK(arm.causes[0].code == "one_way");
    CHECK(arm.causes[0].offset == 10);
    CHECK_FALSE(arm.causes[0].jumped);
    CHECK(arm.causes[0].reason == "leads into the body, at line 3");
    CHECK(arm.causes[0].taken == std::vector{model::Taken{"r1", test_owner("t")}});
    CHECK(explained[0].arms[0].causes.at(0).taken.empty());
  }
}

TEST_CASE("ten thousand tests of a hundred hits are folded in well under two seconds") {
  World world;
  std::string large;
  for (int i = 0; i < 500; ++i) large += "if a:\n    b\nc\n";
  std::vector<std::string> paths;
  for (int i = 0; i < 20; ++i) {
    paths.push_back("/w/m" + std::to_string(i) + ".py");
    world.texts.add(paths.back(), large);
  }
  Process process(world.knowledge, "r1", 10);
  for (std::uint32_t i = 0; i < 20; ++i) process.file(i + 1, paths[i], large);
  const auto started = std::chrono::steady_clock::now();
  std::uint32_t random = 1;
  for (std::uint32_t test = 1; test <= 10'000; ++test) {
    process.begin(test, "tests/test_module.py::TestClass::test_number_" + std::to_string(test));
    for (int hit = 0; hit < 50; ++hit) {
      random = random * 1664525u + 1013904223u;
      const std::uint32_t file = 1 + (random >> 24) % 4 + test % 17;
      process.line(file, 1 + (random >> 8) % 1500).arm(file, (random >> 4) % 500, random & 1);
    }
    process.end(test);
  }
  const auto folded = std::chrono::steady_clock::now();
  world.knowledge.settle("r1", true);
  const auto settled = std::chrono::steady_clock::now();
  for (const auto& each : paths) totals(*world.knowledge.find(each));
  const auto counted = std::chrono::steady_clock::now();
  const auto ms = [](auto a, auto b) { return std::chrono::duration_cast<std::chrono::milliseconds>(b - a).count(); };
  MESSAGE("a million hits: " << ms(started, folded) << " ms, settle: " << ms(folded, settled)
                             << " ms, totals of 20 files: " << ms(settled, counted) << " ms");
  CHECK(world.knowledge.tests("r1").passed == 10'000);
}

TEST_CASE("hits in terms of a file that the log has defined anew since are kept out") {
  World world;
  const std::string small = "x = 1\n";
  world.texts.add(path, small);
  world.texts.add("/w/other.py", small);
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source);
  process.apply(hitlog::CodeDefinition{1, 1, 8, "unused", {}, {}});
  SUBCASE("another text of it") {
    process.apply(hitlog::FileDefinition{1, text::SourceText(small).content_hash(), small.size(), path});
  }
  SUBCASE("another file") {
    process.apply(hitlog::FileDefinition{1, text::SourceText(small).content_hash(), small.size(), "/w/other.py"});
  }
  process.apply(hitlog::CallHit{1});
  process.arm(1, 1, true);
  for (const auto& [name, file] : world.knowledge.files()) {
    for (const auto& [run, owners] : file->running)
      for (const auto& [owner, evidence] : owners) CHECK_MESSAGE(evidence.empty(), name);
  }
}

namespace {

model::FileKnowledge imported_file(bool branches = true) {
  model::FileKnowledge file;
  file.path = path;
  file.syntax = syntax::parse(std::make_shared<const text::SourceText>(source));
  file.imported = model::Import{".coverage", 0, branches};
  file.since_3_14 = true;
  file.settled[{model::Owner::Kind::imported, ""}].arms.insert(yes(0));
  file.settled[test_owner("t")].arms.insert(no(1));
  return file;
}

}  // namespace

TEST_CASE("what was imported gives way as a whole to the first hit of a run") {
  World world;
  world.knowledge.restore(imported_file());
  CHECK(world.site(0).state == SiteState::partial);
  CHECK(world.site(0).settled);
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source);
  CHECK(world.file().imported);
  world.knowledge.take_changed();
  process.arm(1, 1, true);
  CHECK(!world.file().imported);
  CHECK(world.file().settled.empty());
  CHECK(!world.file().since_3_14);
  CHECK(world.knowledge.take_changed() == one);
  CHECK(world.site(0).state == SiteState::unreached);
  CHECK(world.site(1).taken == std::array{false, true});
}

TEST_CASE("what was imported does not come in where a run has been") {
  World world;
  Process process(world.knowledge, "r1", 10);
  process.file(1, path, source).arm(1, 0, false);
  world.knowledge.restore(imported_file());
  CHECK(!world.file().imported);
  CHECK(world.site(0).taken == std::array{true, false});
}

TEST_CASE("an import of lines alone knows no branch, and the run after it knows all") {
  World world;
  model::FileKnowledge lines = imported_file(/*branches=*/false);
  for (auto& [owner, evidence] : lines.settled) evidence.arms.clear();
  world.knowledge.restore(std::move(lines));
  CHECK(model::totals(world.file()).arms == 0);
  Process(world.knowledge, "r1", 10).file(1, path, source).arm(1, 0, true);
  CHECK(model::totals(world.file()).arms > 0);
}
