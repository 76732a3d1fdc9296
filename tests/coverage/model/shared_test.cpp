#include <doctest/doctest.h>

#include "coverage/model/knowledge.h"
#include "tests/coverage/model/world.h"

using namespace branchlight;
using hitlog::SharedBegin;
using hitlog::SharedEnd;
using hitlog::SharedUse;
using model::FlatSet;
using model::Knowledge;
using test::command_owner;
using test::no;
using test::Process;
using test::test_owner;
using test::yes;

namespace {

const std::string path = "/w/price.py";
const std::string source = R"(def price(n):
    if n > 10:
        return n * 2
    return n
)";

struct World {
  test::MemoryTexts texts;
  Knowledge knowledge{texts};
  Process process{knowledge, "r1", 10};
  World() {
    texts.add(path, source);
    process.file(1, path, source);
  }
  void settle() { knowledge.settle("r1", true); }
  const model::Evidence& of(const model::Owner& owner) { return knowledge.find(path)->settled[owner]; }
};

}  // namespace

TEST_CASE("what a fixture runs belongs to each test that uses it, and its teardown as well") {
  World world;
  Process& process = world.process;
  process.begin(1, "first").line(1, 2);
  process.apply(SharedBegin{1});
  process.line(1, 3).arm(1, 0, true);
  process.apply(SharedEnd{1});
  process.line(1, 4);
  process.apply(SharedUse{1});
  process.end(1).begin(2, "second");
  process.apply(SharedUse{1});
  process.end(2).begin(3, "third");
  process.apply(SharedBegin{1});
  process.arm(1, 0, false);
  process.apply(SharedEnd{1});
  process.end(3);
  world.settle();
  CHECK(world.of(test_owner("first")).lines == FlatSet<std::uint32_t>{2, 3, 4});
  CHECK(world.of(test_owner("second")).lines == FlatSet<std::uint32_t>{3});
  for (const char* user : {"first", "second"})
    CHECK(world.of(test_owner(user)).arms == FlatSet<mapping::ArmRef>{no(0), yes(0)});
  CHECK(world.of(test_owner("third")).arms == FlatSet<mapping::ArmRef>{no(0)});
  CHECK(world.of(command_owner()).empty());
}

TEST_CASE("what a fixture runs belongs to the fixture around it too") {
  World world;
  Process& process = world.process;
  process.begin(1, "first");
  process.apply(SharedBegin{1});
  process.line(1, 2);
  process.apply(SharedBegin{2});
  process.line(1, 3);
  process.apply(SharedEnd{2});
  process.apply(SharedEnd{1});
  process.end(1).begin(2, "outer");
  process.apply(SharedUse{1});
  process.end(2).begin(3, "inner");
  process.apply(SharedUse{2});
  process.end(3);
  world.settle();
  CHECK(world.of(test_owner("outer")).lines == FlatSet<std::uint32_t>{2, 3});
  CHECK(world.of(test_owner("inner")).lines == FlatSet<std::uint32_t>{3});
}

TEST_CASE("what an import runs within a test belongs to no test as well") {
  World world;
  world.process.begin(1, "test").line(1, 2);
  world.process.apply(SharedBegin{0});
  world.process.line(1, 1).arm(1, 0, true);
  world.process.apply(SharedEnd{0});
  world.process.line(1, 4).end(1);
  world.settle();
  CHECK(world.of(test_owner("test")).lines == FlatSet<std::uint32_t>{1, 2, 4});
  CHECK(world.of(command_owner()).lines == FlatSet<std::uint32_t>{1});
  CHECK(world.of(command_owner()).arms == FlatSet<mapping::ArmRef>{yes(0)});
}

TEST_CASE("a process that dies in a fixture's teardown has told as much as it did") {
  World world;
  Process& process = world.process;
  process.begin(1, "test");
  process.apply(SharedBegin{1});
  process.apply(SharedEnd{1});
  process.apply(SharedUse{1});
  process.line(1, 2);
  process.apply(SharedBegin{1});
  process.line(1, 3);
  process.end(1).begin(2, "last");
  process.line(1, 4);
  process.gone();
  world.settle();
  CHECK(world.of(test_owner("test")).lines.contains(3));
}

TEST_CASE("the beginnings, ends and uses of a damaged log do no harm") {
  World world;
  Process& process = world.process;
  process.apply(SharedUse{7});
  process.apply(SharedEnd{7});
  for (std::uint32_t part = 1; part < 10'000; ++part) process.apply(SharedBegin{part});
  process.line(1, 2);
  process.apply(SharedEnd{1});
  process.gone();
  world.settle();
  CHECK(world.of(command_owner()).lines == FlatSet<std::uint32_t>{2});
}

TEST_CASE("what many tests share is held once, until one of them has more") {
  World world;
  Process& process = world.process;
  process.begin(1, "first");
  process.apply(SharedBegin{1});
  process.line(1, 2).line(1, 3).arm(1, 0, true);
  process.apply(SharedEnd{1});
  process.apply(SharedUse{1});
  process.end(1).begin(2, "second");
  process.apply(SharedUse{1});
  process.end(2).begin(3, "third");
  process.apply(SharedUse{1});
  process.line(1, 4).end(3);
  world.settle();
  const auto &first = world.of(test_owner("first")), &second = world.of(test_owner("second"));
  const auto& third = world.of(test_owner("third"));
  CHECK(second.lines.shares_with(first.lines));
  CHECK_FALSE(third.lines.shares_with(first.lines));
  for (const auto* each : {&second, &third}) CHECK(each->arms.shares_with(first.arms));
  CHECK(second.lines == FlatSet<std::uint32_t>{2, 3});
  CHECK(third.lines == FlatSet<std::uint32_t>{2, 3, 4});
}
