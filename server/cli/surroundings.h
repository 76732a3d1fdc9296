// What every command that starts a Python has to find first.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "server/runs/workspace.h"

namespace branchlight::cli {

struct Surroundings {
  runs::Workspace workspace;
  std::filesystem::path collector;
};

// The workspace of the working directory, and the collector. Where something is missing it has complained, and the
// exit status comes back.
std::optional<int> look_around(const std::string& command, Surroundings& found);

}  // namespace branchlight::cli
