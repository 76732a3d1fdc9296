// `branchlight run`: the user's own command, unchanged, with the collector in every Python below it.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "coverage/hitlog/reader.h"
#include "server/cli/commands.h"
#include "server/cli/known.h"
#include "server/cli/surroundings.h"
#include "server/runs/folder.h"
#include "server/runs/interpreter.h"
#include "server/runs/process.h"
#include "server/runs/recording.h"
#include "server/runs/workspace.h"
#include "server/state/store.h"
#include "server/state/texts.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

constexpr int cannot_execute = 126;  // as shells have it
constexpr int not_found = 127;
constexpr std::uintmax_t most_gathered = 128 * 1024 * 1024;  // bytes of logs that nobody has read yet

struct Options {
  std::string python, source, backend;
};

int start_failed(const runs::StartError& error) {
  complain("run", error.reason);
  return error.error == ENOENT || error.error == ENOTDIR ? not_found : cannot_execute;
}

int execute(const std::vector<std::string>& command, const runs::Environment& environment) {
  const auto outcome = runs::run_in_foreground(command, environment);
  if (const auto* error = std::get_if<runs::StartError>(&outcome)) return start_failed(*error);
  return std::get<runs::ExitStatus>(outcome).code;
}

int execute_recorded(const std::vector<std::string>& command, const runs::Environment& environment,
                     const runs::Workspace& workspace, const std::string& run) {
  runs::Recording recording(workspace, run, command, fs::current_path());
  if (const std::error_code error = recording.begin())
    complain("run",
             "nothing will be recorded: " + (workspace.branchlight_dir / "runs").string() + ": " + error.message());
  const auto outcome = runs::run_in_foreground(command, environment);
  if (const auto* error = std::get_if<runs::StartError>(&outcome)) {
    recording.take_back();
    return start_failed(*error);
  }
  const int status = std::get<runs::ExitStatus>(outcome).code;
  static_cast<void>(recording.end(status));  // a run without an end reads like one that was killed
  return status;
}

using Paths = std::unordered_map<std::uint64_t, std::string>;  // by content hash

void add_files(const fs::path& log, Paths& paths) {
  auto opened = hitlog::LogReader::open(log, hitlog::LogReader::Wanted::files);
  auto* reader = std::get_if<hitlog::LogReader>(&opened);
  if (!reader) return;
  std::vector<hitlog::Record> records;
  reader->read(records, SIZE_MAX);
  for (const hitlog::Record& record : records) {
    if (const auto* file = std::get_if<hitlog::FileDefinition>(&record)) paths.emplace(file->content_hash, file->path);
  }
}

// The user waits for their prompt: what the run found is left to whoever asks for it next, unless so much has gathered
// that the disk would fill up with it. Quiet, for the command's own output is all that a user wants to see.
void keep(const runs::Workspace& workspace, const std::string& run) {
  try {
    const fs::path& folder = workspace.branchlight_dir;
    const std::vector<runs::LogName> logs = runs::list_runs(folder).logs;
    if (std::ranges::none_of(logs, [&](const runs::LogName& log) { return log.run == run; })) return;
    std::uintmax_t gathered = 0;
    {
      auto opened = state::Store::open(folder);
      auto* store = std::get_if<state::Store>(&opened);
      if (!store) return;
      const std::vector<std::string> folded = store->folded_runs();
      const std::set<std::string> done(folded.begin(), folded.end());
      Paths paths;
      for (const runs::LogName& log : logs) {
        const fs::path path = folder / "runs" / log.file;
        if (log.run == run) add_files(path, paths);
        std::error_code gone;
        const std::uintmax_t size = fs::file_size(path, gone);
        if (!gone && !done.contains(log.run) && !done.contains(log.file)) gathered += size;
      }
      // As the run saw them, for they may be edited before somebody asks what it found.
      state::Texts(*store).keep(paths);
    }
    if (gathered < most_gathered) return;
    auto known = Known::open(workspace);
    if (auto* opened = std::get_if<std::unique_ptr<Known>>(&known)) (*opened)->catch_up();
  } catch (const std::exception&) {
  }
}

int run(const Options& options, const std::vector<std::string>& words) {
  if (words.empty()) {
    complain("run", "there is no command to run\nTry: branchlight run -m pytest");
    return wrong_use;
  }
  const runs::Environment before = runs::current_environment();
  Surroundings here;
  if (const auto problem = look_around("run", here)) return *problem;

  std::vector<std::string> command = words;
  if (runs::needs_interpreter(command)) {
    const auto choice = runs::choose_interpreter(options.python, fs::current_path(), here.workspace.root, before);
    if (const auto* none = std::get_if<runs::NoInterpreter>(&choice)) {
      complain("run", none->reason);
      return wrong_use;
    }
    command.insert(command.begin(), std::get<runs::Interpreter>(choice).path.string());
  }

  runs::Environment environment = before;
  runs::Variables set{here.collector, here.workspace, runs::random_run_id(), options.backend};
  if (!options.source.empty()) set.workspace.root = fs::absolute(options.source).lexically_normal();
  if (const auto problem = runs::prepare(here.workspace)) {
    complain("run", "nothing will be recorded: " + *problem + "\nSet BRANCHLIGHT_DIR to a folder that can be written.");
    return execute(command, environment);
  }
  for (const auto& [name, value] : runs::variables(set, before)) environment[name] = value;
  const int status = execute_recorded(command, environment, set.workspace, set.run);
  keep(here.workspace, set.run);
  return status;
}

}  // namespace

Subcommand add_run(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("run", "Run a command with the collector in every Python below it");
  set_usage(*app, "branchlight run [--python P] [--source DIR] [--backend B] [--] COMMAND ARGS...");
  app->add_option("--python", options->python,
                  "The interpreter for `-m MODULE` and `SCRIPT.py`: a path, a name, or a virtual\n"
                  "environment's folder. Else VIRTUAL_ENV, .venv or venv, python3 on PATH")
      ->type_name("P");
  app->add_option("--source", options->source, "Measure what lies below DIR, instead of below the workspace root")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  add_backend(*app, options->backend);
  app->footer(
      "\nCOMMAND is run as it stands; its exit status is ours. `-m MODULE` and a COMMAND that ends in .py get the\n"
      "interpreter put before them. What is recorded goes to .branchlight/ in the workspace root, or BRANCHLIGHT_DIR.\n"
      "\nExamples:\n"
      "  branchlight run -m pytest -x tests\n"
      "  branchlight run --python python3.13 tool.py --fast\n"
      "  branchlight run make test");
  return {app, [options](const std::vector<std::string>& words) { return run(*options, words); },
          Subcommand::Words::command};
}

}  // namespace branchlight::cli
