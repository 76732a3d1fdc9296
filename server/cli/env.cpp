// `branchlight env`: the variables that `run` sets, for shells, containers and CI.
#include <iostream>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/surroundings.h"
#include "server/runs/process.h"
#include "server/runs/workspace.h"

namespace branchlight::cli {
namespace {

struct Options {
  std::string format = "shell", backend;
};

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

int env(const Options& options) {
  Surroundings here;
  if (const auto problem = look_around("env", here)) return *problem;
  if (const auto problem = runs::prepare(here.workspace)) {
    complain("env", *problem + "\nSet BRANCHLIGHT_DIR to a folder that can be written.");
    return wrong_use;
  }
  // No run: each Python that starts under these variables, and its children, are a run of their own.
  const runs::Environment variables =
      runs::variables({here.collector, here.workspace, "", options.backend}, runs::current_environment());
  if (options.format == "json") {
    try {
      std::cout << nlohmann::json(variables).dump(2) << "\n";
    } catch (const nlohmann::json::type_error&) {
      complain("env",
               "a path here is not UTF-8, and JSON can hold no other bytes\nUse --format shell, which holds any.");
      return wrong_use;
    }
    return success;
  }
  for (const auto& [name, value] : variables) std::cout << "export " << name << "=" << quoted(value) << "\n";
  return success;
}

}  // namespace

Subcommand add_env(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("env", "Print the variables that `run` sets, for shells, containers and CI");
  set_usage(*app, "branchlight env [--format shell|json] [--backend B]");
  app->add_option("--format", options->format, "shell (the default) or json")
      ->check(CLI::IsMember({"shell", "json"}))
      ->type_name("F");
  add_backend(*app, options->backend);
  app->footer(
      "\nExamples:\n"
      "  eval \"$(branchlight env)\"        from here on every Python of this shell is measured\n"
      "  branchlight env --format json    for tools");
  return {app, [options](const std::vector<std::string>&) { return env(*options); }};
}

}  // namespace branchlight::cli
