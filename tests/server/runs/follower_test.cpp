#include "server/runs/follower.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/coverage/model/world.h"
#include "tests/server/runs/run_folder.h"

using namespace branchlight;
using hitlog::Tag;
using test::LogBuilder;
using test::RunFolder;

namespace {

constexpr const char* path = "/w/a.py";

// A folder, what is known of one file of three lines, and a follower of both.
struct Scene {
  RunFolder folder;
  test::MemoryTexts texts;
  std::uint64_t hash = texts.add(path, "a = 1\nb = 2\nc = 3\n");
  model::Knowledge knowledge{texts};
  std::string run = RunFolder::run_id('a'), other = RunFolder::run_id('b');

  LogBuilder log(bool alive) const { return LogBuilder(RunFolder::header(alive)).file(1, path, hash); }
  runs::Follower follower(std::vector<std::string> folded = {}) {
    return {folder.path(), knowledge, std::move(folded)};
  }

  std::size_t executed() {
    const model::FileKnowledge* file = knowledge.find(path);
    return file == nullptr ? 0 : static_cast<std::size_t>(model::totals(*file).statements_executed);
  }
  bool running() {
    const model::FileKnowledge* file = knowledge.find(path);
    return file != nullptr && !file->running.empty();
  }
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_CASE("a living log is read as it grows, and its lines count at once") {
  Scene scene;
  scene.folder.manifest(scene.run, std::nullopt);
  LogBuilder log = scene.log(true).word(Tag::line, 1, 1);
  scene.folder.log(scene.run, log);
  runs::Follower follower = scene.follower();
  CHECK(follower.catch_up());
  CHECK(scene.executed() == 1);
  scene.folder.log(scene.run, log.word(Tag::line, 1, 2));
  CHECK(follower.poll());
  CHECK(scene.executed() == 2);
  CHECK(!follower.poll());
  CHECK(follower.anything_alive());
  CHECK(follower.take_started().size() == 1);
  CHECK(follower.take_ended().empty());
}

TEST_CASE("a run is settled when its command has ended and every log was read to its end") {
  Scene scene;
  scene.folder.manifest(scene.run, std::nullopt);
  LogBuilder log = scene.log(false).word(Tag::line, 1, 1);
  scene.folder.log(scene.run, log);
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.take_ended().empty());  // the process is gone, its command is not

  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 3), 2);
  scene.folder.manifest(scene.run, 0);
  CHECK(follower.catch_up());
  const auto ended = follower.take_ended();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].passed());
  CHECK(ended[0].argv == std::vector<std::string>{"pytest"});
  CHECK(ended[0].logs.size() == 2);
  CHECK(scene.executed() == 2);
  CHECK(!scene.running());
  CHECK(!follower.anything_alive());
}

TEST_CASE("a server that starts in the middle of a run sees what there was before") {
  Scene scene;
  scene.folder.manifest(scene.run, std::nullopt);
  LogBuilder log = scene.log(true);
  for (std::uint32_t line = 1; line <= 3; ++line) log.word(Tag::line, 1, line);
  scene.folder.log(scene.run, log);
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(scene.executed() == 3);
  CHECK(scene.running());
}

TEST_CASE("a run without a manifest ends when none of its processes lives") {
  Scene scene;
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  const auto ended = follower.take_ended();
  REQUIRE(ended.size() == 1);
  CHECK(!ended[0].has_manifest);
  CHECK(!ended[0].exit_status.has_value());
  CHECK(!ended[0].passed());
}

TEST_CASE("a second program under the same run is a run again, and the first one's log is not read twice") {
  Scene scene;
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  const auto first = follower.take_ended();
  const std::string second = scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 2), 2);
  follower.catch_up();
  const auto ended = follower.take_ended();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].logs == std::vector<std::string>{second});
}

TEST_CASE("the command was killed: its run ends without a status") {
  Scene scene;
  scene.folder.files().write("runs/" + scene.run + ".json",
                             R"({"run": ")" + scene.run + R"(", "argv": ["x"], "pid": )" +
                                 std::to_string(test::dead_process()) + R"(, "pid_start": 7, "started_ns": 5})");
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  const auto ended = follower.take_ended();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].has_manifest);
  CHECK(!ended[0].exit_status.has_value());
}

TEST_CASE("a process id that was given to another process is not the one that wrote the log") {
  Scene scene;
  hitlog::Header header = RunFolder::header(true);
  header.process_start += 1;
  scene.folder.log(scene.run, LogBuilder(header).file(1, path, scene.hash).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.take_ended().size() == 1);
}

TEST_CASE("runs at once are settled in the order in which they ended") {
  Scene scene;
  scene.folder.manifest(scene.run, 1, 5, 200);
  scene.folder.manifest(scene.other, 1, 6, 100);
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  scene.folder.log(scene.other, scene.log(false).word(Tag::line, 1, 2));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  const auto ended = follower.take_ended();
  REQUIRE(ended.size() == 2);
  CHECK(ended[0].id == scene.other);
  CHECK(ended[1].id == scene.run);
  CHECK(scene.executed() == 2);
}

TEST_CASE("what outlives its command is waited for, but not for ever") {
  Scene scene;
  scene.folder.log(scene.run, scene.log(true).word(Tag::line, 1, 1));
  scene.folder.manifest(scene.run, 0);
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.take_ended().empty());
  scene.folder.manifest(scene.run, 0, 5, runs::now_ns() - 3'000'000'000);
  // A manifest is written once; the follower has read this one. Another that comes now reads the older time.
  runs::Follower later = scene.follower();
  later.catch_up();
  CHECK(later.take_ended().size() == 1);
  CHECK(scene.executed() == 1);
}

TEST_CASE("what is folded already is not read, whether a run or a single log") {
  Scene scene;
  scene.folder.manifest(scene.run, 0);
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  const std::string single = scene.folder.log(scene.other, scene.log(false).word(Tag::line, 1, 2));
  runs::Follower follower = scene.follower({scene.run, single});
  CHECK(!follower.catch_up());
  CHECK(follower.take_ended().empty());
  CHECK(scene.executed() == 0);
}

TEST_CASE("a manifest that is garbage counts as none, and is named") {
  Scene scene;
  for (const char* content : {"", "{\"run\": \"", "[]", "{}", "{\"run\": 7, \"argv\": \"x\"}"}) {
    scene.folder.files().write("runs/" + scene.run + ".json", content);
    runs::Follower follower = scene.follower();
    follower.catch_up();
    CHECK_MESSAGE(follower.problems().size() == 1, content);
    CHECK(follower.take_ended().empty());
  }
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.take_ended().size() == 1);
  CHECK(scene.executed() == 1);
}

TEST_CASE("a log whose header is not there yet is tried again") {
  Scene scene;
  scene.folder.manifest(scene.run, std::nullopt);
  scene.folder.files().write("runs/" + scene.run + "-1-ab.hits", "");
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.problems().empty());
  scene.folder.log(scene.run, scene.log(true).word(Tag::line, 1, 1));
  follower.catch_up();
  CHECK(scene.executed() == 1);
}

TEST_CASE("logs that cannot be read are named, and hold up nothing") {
  Scene scene;
  hitlog::Header newer = RunFolder::header(false);
  newer.version = 99;
  scene.folder.log(scene.run, LogBuilder(newer));
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1).word(Tag::line, 9, 1), 2);
  scene.folder.manifest(scene.run, 0);
  runs::Follower follower = scene.follower();
  follower.catch_up();
  CHECK(follower.take_ended().size() == 1);
  CHECK(scene.executed() == 1);
  REQUIRE(follower.problems().size() == 2);
  CHECK(follower.problems()[0].find("version 99") != std::string::npos);
  CHECK(follower.problems()[1].find("has not defined") != std::string::npos);
}

TEST_CASE("a log that shrinks or vanishes takes nothing back") {
  Scene scene;
  scene.folder.manifest(scene.run, std::nullopt);
  const std::string name = scene.folder.log(scene.run, scene.log(true).word(Tag::line, 1, 1));
  runs::Follower follower = scene.follower();
  follower.catch_up();
  std::filesystem::resize_file(scene.folder.path() / "runs" / name, 140);
  follower.catch_up();
  CHECK(scene.executed() == 1);
  std::filesystem::remove(scene.folder.path() / "runs" / name);
  follower.catch_up();
  CHECK(scene.executed() == 1);
}

TEST_CASE("a folder that does not exist yet is empty, and is found when it comes") {
  Scene scene;
  std::filesystem::remove_all(scene.folder.path());
  runs::Follower follower = scene.follower();
  CHECK(!follower.catch_up());
  std::filesystem::create_directories(scene.folder.path() / "runs");
  scene.folder.log(scene.run, scene.log(false).word(Tag::line, 1, 1));
  CHECK(follower.catch_up());
  CHECK(scene.executed() == 1);
}

TEST_CASE("hundreds of old logs leave no descriptor open") {
  Scene scene;
  scene.folder.manifest(scene.run, 0);
  const LogBuilder log = scene.log(false).word(Tag::line, 1, 1);
  for (int number = 0; number < 300; ++number) scene.folder.log(scene.run, log, number);
  runs::Follower follower = scene.follower();
  const std::size_t before = open_descriptors();
  follower.catch_up();
  CHECK(follower.take_ended().size() == 1);
  CHECK(open_descriptors() == before);
}
