#include "server/runs/folder.h"

#include <doctest/doctest.h>

#include "tests/server/runs/run_folder.h"

using namespace branchlight;
using test::RunFolder;

namespace {

// Files of a run that was written so many hours ago.
void old_run(const RunFolder& folder, char digit, int hours) {
  const std::string run = RunFolder::run_id(digit);
  for (const std::string& name : {run + ".json", run + "-1-ab.hits", run + "-2-ab.hits"}) {
    const auto file = folder.files().write("runs/" + name, "x");
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
  }
}

}  // namespace

TEST_CASE("only what looks like a log or a manifest is listed") {
  const RunFolder folder;
  old_run(folder, 'a', 1);
  for (const char* name : {"runs/notes.txt", "runs/x.hits", "runs/0123.json", "runs/.hits"})
    folder.files().write(name, "");
  const runs::Listing listing = runs::list_runs(folder.path());
  CHECK(listing.logs.size() == 2);
  CHECK(listing.manifests == std::vector<std::string>{RunFolder::run_id('a')});
}

TEST_CASE("of what is folded the last runs stay, and what is not folded stays") {
  const RunFolder folder;
  for (const auto& [digit, hours] :
       {std::pair('a', 9), std::pair('b', 8), std::pair('c', 7), std::pair('d', 6), std::pair('e', 5)})
    old_run(folder, digit, hours);
  std::set<std::string> folded;
  for (const char digit : {'a', 'b', 'c', 'd'}) folded.insert(RunFolder::run_id(digit));
  runs::remove_folded(folder.path(), folded, 2);
  const std::vector<std::string> left = {RunFolder::run_id('c'), RunFolder::run_id('d'), RunFolder::run_id('e')};
  CHECK(runs::list_runs(folder.path()).manifests == left);
  CHECK(runs::list_runs(folder.path()).logs.size() == 6);
}

TEST_CASE("logs of runs without a manifest go one by one") {
  const RunFolder folder;
  const std::string run = RunFolder::run_id('a');
  std::set<std::string> folded;
  for (int number = 1; number <= 4; ++number) {
    const std::string name = folder.log(run, test::LogBuilder(), number);
    std::filesystem::last_write_time(folder.path() / "runs" / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(9 - number));
    folded.insert(name);
  }
  runs::remove_folded(folder.path(), folded, 1);
  const auto logs = runs::list_runs(folder.path()).logs;
  REQUIRE(logs.size() == 1);
  CHECK(logs[0].file == run + "-4-ab.hits");
}

TEST_CASE("erasing takes everything") {
  const RunFolder folder;
  old_run(folder, 'a', 1);
  runs::remove_all(folder.path());
  CHECK(std::filesystem::is_empty(folder.path() / "runs"));
}
