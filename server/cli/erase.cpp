// `branchlight erase`: forgets. Files are unlinked, never truncated: a living process may have them mapped.
#include <iostream>

#include "server/cli/commands.h"
#include "server/runs/folder.h"
#include "server/runs/process.h"
#include "server/runs/workspace.h"
#include "server/state/store.h"

namespace branchlight::cli {
namespace {

int erase() {
  const runs::Workspace workspace = runs::find_workspace(std::filesystem::current_path(), runs::current_environment());
  std::error_code error;
  if (!std::filesystem::exists(workspace.branchlight_dir, error)) {
    std::cout << "There is nothing to forget: " << workspace.branchlight_dir.string() << " does not exist.\n";
    return success;
  }
  runs::remove_all(workspace.branchlight_dir);
  auto store = state::Store::open(workspace.branchlight_dir);
  if (const auto* problem = std::get_if<state::StoreError>(&store)) {
    complain("erase", problem->reason);
    return found_wrong;
  }
  auto& opened = std::get<state::Store>(store);
  opened.erase();
  for (const std::string& warning : opened.warnings()) complain("erase", warning);
  if (!opened.warnings().empty()) return found_wrong;
  std::cout << "Forgotten: what was known of " << workspace.root.string() << ".\n";
  return success;
}

}  // namespace

Subcommand add_erase(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("erase", "Forget what is known: the hit logs and the state");
  set_usage(*app, "branchlight erase");
  app->footer(
      "\nA run that is under way goes on undisturbed; what it has found so far is forgotten.\n"
      "\nExample:\n"
      "  branchlight erase && branchlight run -m pytest");
  return {app, [](const std::vector<std::string>&) { return erase(); }};
}

}  // namespace branchlight::cli
