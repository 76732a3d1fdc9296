// What the logs of a folder say besides hits: notes of the collector, and logs that cannot be read.
#pragma once

#include <filesystem>

#include "server/cli/findings.h"

namespace branchlight::cli {

void check_logs(const std::filesystem::path& branchlight_dir, Findings& findings);

}  // namespace branchlight::cli
