#include "server/runs/recording.h"

#include "server/runs/process.h"

namespace branchlight::runs {

Recording::Recording(const Workspace& workspace, const std::string& run, const std::vector<std::string>& argv,
                     const std::filesystem::path& working_directory)
    : folder_(workspace.branchlight_dir) {
  manifest_.run = run;
  manifest_.argv = argv;
  manifest_.cwd = working_directory.string();
  manifest_.root = workspace.root.string();
  manifest_.pid = process_id();
  manifest_.pid_start = process_start(manifest_.pid).value_or(0);
}

std::error_code Recording::begin() {
  manifest_.started_ns = now_ns();
  return write_manifest(folder_, manifest_);
}

std::error_code Recording::end(int exit_status) {
  manifest_.ended_ns = now_ns();
  manifest_.exit = exit_status;
  return write_manifest(folder_, manifest_);
}

void Recording::take_back() {
  std::error_code ignored;
  std::filesystem::remove(manifest_path(folder_, manifest_.run), ignored);
}

}  // namespace branchlight::runs
