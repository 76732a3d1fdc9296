#include "server/cli/surroundings.h"

#include "server/cli/commands.h"
#include "server/runs/process.h"

namespace branchlight::cli {

std::optional<int> look_around(const std::string& command, Surroundings& found) {
  const runs::Environment environment = runs::current_environment();
  found.workspace = runs::find_workspace(std::filesystem::current_path(), environment);
  const auto collector = runs::find_collector(runs::own_executable(), environment);
  if (const auto* missing = std::get_if<runs::CollectorMissing>(&collector)) {
    std::string text = "the collector is missing; looked for site/sitecustomize.py in";
    for (const std::filesystem::path& place : missing->looked_at) text += "\n  " + place.string();
    complain(command, text + "\nInstall Branchlight again, or name the folder in BRANCHLIGHT_COLLECTOR.");
    return wrong_use;
  }
  found.collector = std::get<std::filesystem::path>(collector);
  return std::nullopt;
}

}  // namespace branchlight::cli
