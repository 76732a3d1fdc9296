// A run that we start ourselves: its manifest stands before the first process does, and is completed at the end.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/runs/manifest.h"
#include "server/runs/workspace.h"

namespace branchlight::runs {

class Recording {
 public:
  Recording(const Workspace& workspace, const std::string& run, const std::vector<std::string>& argv,
            const std::filesystem::path& working_directory);

  std::error_code begin();
  std::error_code end(int exit_status);
  void take_back();  // nothing was started

  const std::string& run() const { return manifest_.run; }

 private:
  std::filesystem::path folder_;
  Manifest manifest_;
};

}  // namespace branchlight::runs
