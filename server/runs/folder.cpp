#include "server/runs/folder.h"

#include <algorithm>
#include <map>

#include "server/runs/manifest.h"

namespace branchlight::runs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t run_digits = 32;

template <typename Use>
void for_each_file(const fs::path& branchlight_dir, Use use) {
  std::error_code error;
  fs::directory_iterator entries(branchlight_dir / "runs", error);
  for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) use(entries->path());
}

void unlink(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

struct OldRun {
  fs::file_time_type newest = fs::file_time_type::min();
  std::vector<fs::path> files;
};

}  // namespace

Listing list_runs(const fs::path& branchlight_dir) {
  Listing result;
  for_each_file(branchlight_dir, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    const std::string run = name.substr(0, run_digits);
    if (!is_run_id(run)) return;
    if (path.extension() == ".hits" && name.size() > run_digits && name[run_digits] == '-')
      result.logs.push_back({name, run});
    else if (name == run + ".json")
      result.manifests.push_back(run);
  });
  std::sort(result.logs.begin(), result.logs.end(), [](const LogName& a, const LogName& b) { return a.file < b.file; });
  std::sort(result.manifests.begin(), result.manifests.end());
  return result;
}

void remove_folded(const fs::path& branchlight_dir, const std::set<std::string>& folded, std::size_t keep) {
  std::map<std::string, OldRun> runs;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for_each_file(branchlight_dir, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    const std::string run = name.substr(0, run_digits);
    std::error_code error;
    const auto written = fs::last_write_time(path, error);
    if (error) return;
    if (name.find(".json.new-") != std::string::npos && written < yesterday) return unlink(path);
    // Of a run without a manifest the logs are folded one by one: each counts as a run.
    const std::string key = folded.contains(run) ? run : folded.contains(name) ? name : std::string();
    if (key.empty()) return;
    OldRun& old = runs[key];
    old.newest = std::max(old.newest, written);
    old.files.push_back(path);
  });
  std::vector<const OldRun*> by_age;
  for (const auto& [key, run] : runs) by_age.push_back(&run);
  std::sort(by_age.begin(), by_age.end(), [](const OldRun* a, const OldRun* b) { return a->newest > b->newest; });
  for (std::size_t i = keep; i < by_age.size(); ++i)
    std::for_each(by_age[i]->files.begin(), by_age[i]->files.end(), unlink);
}

void remove_all(const fs::path& branchlight_dir) { for_each_file(branchlight_dir, unlink); }

}  // namespace branchlight::runs
