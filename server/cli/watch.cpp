// `branchlight watch`: runs the tests, and again after every change below the root.
//
// One thread, one loop: it waits for the child's output, for changes and for signals, and takes in what the run has
// logged meanwhile. A change in the middle of a run interrupts it, and starts it anew.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <map>
#include <optional>

#include "coverage/exchange/analysis.h"
#include "coverage/exchange/reported_files.h"
#include "server/cli/commands.h"
#include "server/cli/known.h"
#include "server/cli/partial.h"
#include "server/cli/pytest_settings.h"
#include "server/cli/screen.h"
#include "server/cli/surroundings.h"
#include "server/cli/system.h"
#include "server/runs/interpreter.h"
#include "server/runs/process.h"
#include "server/runs/recording.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Colour = Screen::Colour;

constexpr auto settle_time = std::chrono::milliseconds(120);  // editors write a file in several steps
constexpr auto patience = std::chrono::seconds(2);            // after SIGINT, before SIGKILL
constexpr std::size_t partial_shown = 20;

struct Options {
  std::string python, backend;
};

bool matters(const fs::path& path) {
  const std::string name = path.filename().string(), kind = path.extension().string();
  if (name.empty() || name[0] == '.') return name == ".coveragerc" || name == ".pytest.ini";
  return kind == ".py" || kind == ".toml" || kind == ".cfg" || kind == ".ini";
}

std::string seconds(Clock::duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
  return text;
}

std::string in_words(const model::Knowledge::TestCounts& tests) {
  std::string text;
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(tests.failed, "failed");
  add(tests.passed, "passed");
  add(tests.skipped, "skipped");
  return text.empty() ? "no tests yet" : text;
}

// What pytest wrote from its failures on; all of it where it did not come so far.
std::string failures(const std::string& output) {
  for (const char* head : {"= ERRORS =", "= FAILURES ="}) {
    const std::size_t at = output.find(head);
    if (at == std::string::npos) continue;
    const std::size_t line = output.rfind('\n', at);
    return output.substr(line == std::string::npos ? 0 : line + 1);
  }
  return output;
}

class Watch {
 public:
  Watch(std::unique_ptr<Known> known, std::vector<std::string> command, runs::Environment environment)
      : known_(std::move(known)),
        command_(std::move(command)),
        environment_(std::move(environment)),
        watch_(known_->workspace().root) {}

  int loop() {
    if (!watch_.problem().empty()) complain("watch", watch_.problem());
    while (!StopSignals::arrived()) {
      if (!run_once()) return found_wrong;
      if (again_) continue;
      screen_.line(screen_.in(Colour::dim, "Watching " + known_->workspace().root.string() +
                                               ": a change runs the tests again, Ctrl-C ends"));
      wait_for_change();
    }
    screen_.line("");
    return success;
  }

 private:
  // False: pytest could not be started at all.
  bool run_once() {
    again_ = false;
    begin_anew_after_import();
    read_settings();
    const std::string id = runs::random_run_id();
    environment_["BRANCHLIGHT_RUN"] = id;
    runs::Recording recording(known_->workspace(), id, command_, fs::current_path());
    if (const std::error_code error = recording.begin())
      complain("watch",
               "nothing will be recorded in " + known_->workspace().branchlight_dir.string() + ": " + error.message());
    OutputPipe pipe;
    auto started = runs::Child::start(command_, environment_, fs::current_path(), pipe.writing_end());
    pipe.close_writing_end();
    if (const auto* error = std::get_if<runs::StartError>(&started)) {
      recording.take_back();
      complain("watch", error->reason);
      return false;
    }
    const auto begin = Clock::now();
    std::string output;
    const runs::ExitStatus status = follow(std::get<runs::Child>(started), pipe, id, begin, output);
    static_cast<void>(recording.end(status.code));  // a run without an end reads like one that was killed
    known_->catch_up();
    if (!StopSignals::arrived() && !again_) show_result(id, status.code, Clock::now() - begin, output);
    return true;
  }

  runs::ExitStatus follow(runs::Child& child, OutputPipe& pipe, const std::string& id, Clock::time_point begin,
                          std::string& output) {
    std::optional<Clock::time_point> interrupted;
    for (;;) {
      const std::optional<runs::ExitStatus> ended = child.poll();
      output += pipe.read();
      if (ended) return *ended;
      known_->poll();
      if (take_changes()) again_ = true;
      if ((again_ || StopSignals::arrived()) && !interrupted) {
        child.signal_group(SIGINT);
        interrupted = Clock::now();
      }
      if (interrupted && Clock::now() - *interrupted > patience) child.signal_group(SIGKILL);
      show_progress(id, begin);
      // The pipe is left out once it is at its end: it would be readable for ever.
      wait_for_any({watch_.descriptor()}, std::chrono::milliseconds(20));
    }
  }

  bool take_changes() {
    bool any = false;
    for (const fs::path& path : watch_.changed()) {
      if (!matters(path)) continue;
      changed_ = path;
      any = true;
    }
    return any;
  }

  void wait_for_change() {
    while (!StopSignals::arrived()) {
      wait_for_any({watch_.descriptor()}, std::chrono::milliseconds(500));
      if (!take_changes()) continue;
      for (bool more = true; more && !StopSignals::arrived(); more = take_changes()) wait_for_any({}, settle_time);
      screen_.line(
          "\n" + screen_.in(Colour::bold, changed_.lexically_relative(known_->workspace().root).string() + " changed"));
      return;
    }
  }

  // What another process has imported or erased since; between runs, for a reload takes away what a run has logged.
  void begin_anew_after_import() {
    if (!known_->erased_elsewhere()) return;
    auto opened = Known::open(known_->workspace());
    if (const auto* error = std::get_if<state::StoreError>(&opened))
      complain("watch", error->reason);
    else
      known_ = std::get<std::unique_ptr<Known>>(std::move(opened));
  }

  // It may have been the configuration that changed.
  void read_settings() {
    settings_ = configuration::read_settings(known_->workspace().root, runs::current_environment());
    sources_ = std::make_unique<configuration::SourceFiles>(*settings_);
    totals_.clear();
    for (const auto& [path, file] : known_->knowledge().files()) count(path, *file);
  }

  void count(const std::string& path, const model::FileKnowledge& file) {
    if (!file.syntax || !sources_->counts(configuration::canonical(path, settings_->root))) return;
    totals_[path] = model::totals(file, configuration::find_exclusions(*file.syntax, *settings_));
  }

  void show_progress(const std::string& id, Clock::time_point begin) {
    if (!screen_.is_terminal() || Clock::now() - last_shown_ < std::chrono::milliseconds(100)) return;
    last_shown_ = Clock::now();
    for (const std::string& path : known_->knowledge().take_changed()) {
      const model::FileKnowledge* file = known_->knowledge().find(path);
      if (file != nullptr) count(path, *file);
    }
    model::Totals all;
    for (const auto& [path, totals] : totals_) {
      all.arms += totals.arms;
      all.arms_taken += totals.arms_taken;
      all.partial_sites += totals.partial_sites;
    }
    const std::string percent = all.arms == 0 ? ""
                                              : std::to_string(100 * all.arms_taken / all.arms) + " % of branches · " +
                                                    std::to_string(all.partial_sites) + " partial · ";
    screen_.live("… " + in_words(known_->knowledge().tests(id)) + " · " + percent + seconds(Clock::now() - begin));
  }

  void show_result(const std::string& id, int status, Clock::duration time, const std::string& output) {
    const model::Knowledge::TestCounts tests = known_->knowledge().tests(id);
    if (status != 0) screen_.line(failures(output));
    const bool good = status == 0;
    const std::string counts = tests.passed + tests.failed + tests.skipped == 0
                                   ? "pytest ended with status " + std::to_string(status)
                                   : in_words(tests);
    screen_.line(screen_.in(good ? Colour::green : Colour::red, (good ? "✓ " : "✗ ") + counts) +
                 screen_.in(Colour::dim, " in " + seconds(time)));
    show_partial();
    for (const std::string& warning : known_->problems()) complain("watch", warning);
  }

  void show_partial() {
    exchange::Numbers numbers;
    std::vector<PartialBranch> partial;
    for (const auto& reported : exchange::reported_files(known_->knowledge().files(), *settings_, *sources_)) {
      const auto exclusions = configuration::find_exclusions(*reported.file->syntax, *settings_);
      numbers += exchange::numbers(exchange::analyze(*reported.file, exclusions));
      std::ranges::move(partial_branches(*reported.file, exclusions, reported.name), std::back_inserter(partial));
    }
    for (const std::string& problem : settings_->problems) complain("watch", problem);
    for (const std::string& problem : sources_->problems())
      complain("watch", settings_->file.string() + ": " + problem);
    if (numbers.statements == 0) return screen_.line("nothing was recorded; `branchlight doctor` says why");
    const std::string count = partial.empty() ? "no partial branches"
                                              : std::to_string(partial.size()) +
                                                    (partial.size() == 1 ? " partial branch" : " partial branches");
    screen_.line(exchange::display(numbers.percent()) + " % covered, " + count);
    for (std::size_t i = 0; i < partial.size() && i < partial_shown; ++i) {
      const PartialBranch& branch = partial[i];
      screen_.line("  " + branch.file + ":" + std::to_string(branch.line) + "  " + branch.source + "  " +
                   screen_.in(Colour::yellow, branch.never) + screen_.in(Colour::dim, ", " + branch.where));
    }
    if (partial.size() > partial_shown)
      screen_.line("  and " + std::to_string(partial.size() - partial_shown) + " more: branchlight report");
  }

  std::unique_ptr<Known> known_;
  std::vector<std::string> command_;
  runs::Environment environment_;
  FolderWatch watch_;
  Screen screen_;
  StopSignals signals_;
  bool again_ = false;
  fs::path changed_;
  Clock::time_point last_shown_{};
  configuration::SharedSettings settings_;
  std::unique_ptr<configuration::SourceFiles> sources_;
  std::map<std::string, model::Totals> totals_;
};

int watch(const Options& options, const std::vector<std::string>& pytest_arguments) {
  Surroundings here;
  if (const auto problem = look_around("watch", here)) return *problem;
  const runs::Environment before = runs::current_environment();
  const auto choice = runs::choose_interpreter(options.python, fs::current_path(), here.workspace.root, before);
  if (const auto* none = std::get_if<runs::NoInterpreter>(&choice)) {
    complain("watch", none->reason);
    return wrong_use;
  }
  if (const auto problem = runs::prepare(here.workspace)) {
    complain("watch", *problem + "\nSet BRANCHLIGHT_DIR to a folder that can be written.");
    return wrong_use;
  }
  std::vector<std::string> command = {std::get<runs::Interpreter>(choice).path.string(), "-m", "pytest"};
  // Its report would go under, and its tracer in the way.
  if (read_pytest_settings(here.workspace.root).addopts.find("--cov") != std::string::npos)
    command.push_back("--no-cov");
  command.insert(command.end(), pytest_arguments.begin(), pytest_arguments.end());
  runs::Environment environment = before;
  for (const auto& [name, value] : runs::variables({here.collector, here.workspace, {}, options.backend}, before))
    environment[name] = value;

  auto opened = Known::open(here.workspace);
  if (const auto* error = std::get_if<state::StoreError>(&opened)) {
    complain("watch", error->reason);
    return found_wrong;
  }
  return Watch(std::get<std::unique_ptr<Known>>(std::move(opened)), std::move(command), std::move(environment)).loop();
}

}  // namespace

Subcommand add_watch(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("watch", "Run the tests, and again after every change");
  set_usage(*app, "branchlight watch [--python P] [--backend B] [--] [PYTEST-ARGS...]");
  app->add_option("--python", options->python,
                  "The interpreter that has pytest: a path, a name, or a virtual environment's folder")
      ->type_name("P");
  add_backend(*app, options->backend);
  app->footer(
      "\nA change of a file below the workspace root runs the tests again, also in the middle of a run. Ctrl-C ends.\n"
      "\nExamples:\n"
      "  branchlight watch\n"
      "  branchlight watch -x tests/unit");
  return {app, [options](const std::vector<std::string>& words) { return watch(*options, words); },
          Subcommand::Words::pytest_arguments};
}

}  // namespace branchlight::cli
