#include "server/runs/process.h"

#include <doctest/doctest.h>

#include <csignal>

#include "tests/server/scratch_folder.h"

using namespace branchlight;
using namespace std::chrono_literals;

namespace {

runs::Captured captured(const std::vector<std::string>& argv, std::chrono::milliseconds patience = 20s) {
  return std::get<runs::Captured>(runs::capture(argv, runs::current_environment(), "/", patience));
}

}  // namespace

TEST_CASE("a command's status and output come back") {
  const auto result = captured({"sh", "-c", "echo out; echo err >&2; pwd; exit 7"});
  CHECK(result.status.code == 7);
  CHECK(!result.status.signalled);
  CHECK(result.output == "out\nerr\n/\n");
}

TEST_CASE("a command that a signal ended has 128 and its number") {
  const auto result = captured({"sh", "-c", "kill -9 $$"});
  CHECK(result.status.code == 137);
  CHECK(result.status.signalled);
}

TEST_CASE("a command that takes too long is killed with what it started") {
  const auto result = captured({"sh", "-c", "sleep 100 & sleep 100"}, 200ms);
  CHECK(result.timed_out);
  CHECK(result.status.code == 137);
}

TEST_CASE("large output is read while the command runs") {
  CHECK(captured({"sh", "-c", "head -c 1000000 /dev/zero"}).output.size() == 1'000'000);
}

TEST_CASE("a command that cannot be started says why") {
  const auto missing = runs::capture({"no-such-command"}, runs::current_environment(), "/", 1s);
  CHECK(std::get<runs::StartError>(missing).reason == "no-such-command: command not found");
  const test::ScratchFolder scratch;
  const auto script = scratch.program("script", "#!/nowhere/python\n");
  const auto broken = runs::capture({script.string()}, runs::current_environment(), "/", 1s);
  CHECK(std::get<runs::StartError>(broken).reason.find("first line names does not exist") != std::string::npos);
}

TEST_CASE("in the foreground a command has our streams, its status is ours") {
  const auto outcome = runs::run_in_foreground({"sh", "-c", "exit 3"}, runs::current_environment());
  CHECK(std::get<runs::ExitStatus>(outcome).code == 3);
}

TEST_CASE("a process lives with its start time, and a dead one has none") {
  CHECK(runs::process_start(runs::process_id()));
  CHECK(!runs::process_start(static_cast<std::uint32_t>(std::stoul(captured({"sh", "-c", "echo $$"}).output))));
}

TEST_CASE("a file is written whole or not at all") {
  const test::ScratchFolder scratch;
  CHECK(!runs::write_atomically(scratch.path() / "x", "one"));
  CHECK(!runs::write_atomically(scratch.path() / "x", "two"));
  CHECK(scratch.read("x") == "two");
  CHECK(runs::write_atomically(scratch.path() / "missing" / "x", "one"));
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path()), {}) == 1);
}

TEST_CASE("no two runs have the same id") {
  const std::string one = runs::random_run_id();
  CHECK(one.size() == 32);
  CHECK(one != runs::random_run_id());
}
