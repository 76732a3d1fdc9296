// What stands in `.branchlight/runs/`, by name, and what may go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace branchlight::runs {

struct LogName {
  std::string file;  // RUN-PID-CREATED.hits
  std::string run;
};

struct Listing {
  std::vector<LogName> logs;
  std::vector<std::string> manifests;  // ids of runs
};

// A folder that does not exist is empty.
Listing list_runs(const std::filesystem::path& branchlight_dir);

// Unlinks (never truncates: a log may be mapped) what is folded, all but the last `keep` runs, and what writers that
// were killed have left half-written.
void remove_folded(const std::filesystem::path& branchlight_dir, const std::set<std::string>& folded,
                   std::size_t keep = 3);
// Unlinks everything, also what living processes still write; they notice nothing.
void remove_all(const std::filesystem::path& branchlight_dir);

}  // namespace branchlight::runs
