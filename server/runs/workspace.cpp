#include "server/runs/workspace.h"

#include <array>
#include <fstream>

namespace branchlight::runs {
namespace {

namespace fs = std::filesystem;

bool has_section(const fs::path& file, const std::string& section) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    if (line.compare(0, section.size(), section) == 0) return true;
  }
  return false;
}

bool is_root(const fs::path& folder) {
  std::error_code error;
  for (const char* name : {"pyproject.toml", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", ".coveragerc",
                           ".coveragerc.toml", ".git"}) {
    if (fs::exists(folder / name, error)) return true;
  }
  return has_section(folder / "tox.ini", "[pytest]") || has_section(folder / "setup.cfg", "[tool:pytest]") ||
         has_section(folder / "tox.ini", "[coverage:") || has_section(folder / "setup.cfg", "[coverage:");
}

std::string value(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

}  // namespace

Workspace find_workspace(const fs::path& directory, const Environment& environment) {
  const fs::path start = fs::absolute(directory).lexically_normal();
  Workspace result{start, {}};
  if (const std::string root = value(environment, "BRANCHLIGHT_ROOT"); !root.empty()) {
    result.root = fs::absolute(root).lexically_normal();
  } else {
    for (fs::path folder = start;; folder = folder.parent_path()) {
      if (is_root(folder)) {
        result.root = folder;
        break;
      }
      if (folder == folder.parent_path()) break;
    }
  }
  const std::string chosen = value(environment, "BRANCHLIGHT_DIR");
  result.branchlight_dir = chosen.empty() ? result.root / ".branchlight" : fs::absolute(chosen).lexically_normal();
  return result;
}

std::optional<std::string> prepare(const Workspace& workspace) {
  for (const fs::path& folder : {workspace.branchlight_dir, workspace.branchlight_dir / "runs"}) {
    if (const std::error_code error = make_private_folder(folder)) return folder.string() + ": " + error.message();
  }
  const fs::path ignore = workspace.branchlight_dir / ".gitignore";
  std::error_code error;
  if (!fs::exists(ignore, error)) {
    if (const std::error_code failure = write_atomically(ignore, "*\n"))
      return ignore.string() + ": " + failure.message();
  }
  return std::nullopt;
}

std::variant<fs::path, CollectorMissing> find_collector(const fs::path& executable, const Environment& environment) {
  const fs::path folder = executable.parent_path();
  CollectorMissing missing;
  const std::string chosen = value(environment, "BRANCHLIGHT_COLLECTOR");
  const std::vector<fs::path> candidates = !chosen.empty()
                                               ? std::vector<fs::path>{fs::absolute(chosen)}
                                               : std::vector<fs::path>{folder / "../collector", folder / "collector",
                                                                       folder / "../share/branchlight/collector"};
  for (const fs::path& candidate : candidates) {
    const fs::path place = candidate.lexically_normal();
    std::error_code error;
    if (fs::exists(place / "site" / "sitecustomize.py", error)) return place;
    missing.looked_at.push_back(place);
  }
  return missing;
}

Environment variables(const Variables& what, const Environment& existing) {
  Environment result;
  result["BRANCHLIGHT_DIR"] = what.workspace.branchlight_dir.string();
  result["BRANCHLIGHT_ROOT"] = what.workspace.root.string();
  if (!what.run.empty()) result["BRANCHLIGHT_RUN"] = what.run;
  if (!what.backend.empty()) result["BRANCHLIGHT_BACKEND"] = what.backend;
  const std::string site = (what.collector / "site").string();
  const std::string before = value(existing, "PYTHONPATH");
  // An empty entry would mean the working directory: none may come about.
  const bool there = before == site || before.compare(0, site.size() + 1, site + ":") == 0;
  result["PYTHONPATH"] = there ? before : before.empty() ? site : site + ":" + before;
  return result;
}

}  // namespace branchlight::runs
