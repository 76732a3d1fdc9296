// Where a run belongs: its workspace root, the `.branchlight` folder, and the collector that goes with this binary.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/runs/process.h"

namespace branchlight::runs {

struct Workspace {
  std::filesystem::path root;             // what lies below it is measured
  std::filesystem::path branchlight_dir;  // root/.branchlight unless BRANCHLIGHT_DIR says otherwise
};

// The nearest ancestor of `directory` (itself included) with pytest's or coverage.py's configuration, a
// pyproject.toml or .git; where there is none, the directory itself. BRANCHLIGHT_ROOT and BRANCHLIGHT_DIR override.
Workspace find_workspace(const std::filesystem::path& directory, const Environment& environment);

// Makes the folder and its `runs`, private to the user, ignored by git. An error: what could not be made, and why.
std::optional<std::string> prepare(const Workspace& workspace);

struct CollectorMissing {
  std::vector<std::filesystem::path> looked_at;
};

// The folder that holds `site/sitecustomize.py`: BRANCHLIGHT_COLLECTOR, else where a build or an installation has
// put it, seen from the binary.
std::variant<std::filesystem::path, CollectorMissing> find_collector(const std::filesystem::path& executable,
                                                                     const Environment& environment);

// What `branchlight run` and `branchlight env` set.
struct Variables {
  std::filesystem::path collector;
  Workspace workspace;
  std::string run;      // empty: each Python that starts without a run begins one
  std::string backend;  // empty: the collector chooses
};
Environment variables(const Variables& what, const Environment& existing);

}  // namespace branchlight::runs
