// `branchlight doctor`: looks for real trouble, from the folder to the last run, and says what to do about it.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

#include "coverage/configuration/settings.h"
#include "coverage/configuration/source_files.h"
#include "server/cli/commands.h"
#include "server/cli/known.h"
#include "server/cli/logs_check.h"
#include "server/cli/probe.h"
#include "server/cli/pytest_settings.h"
#include "server/cli/surroundings.h"
#include "server/runs/interpreter.h"
#include "server/runs/process.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t room_wanted = 16 * 1024 * 1024;

struct Options {
  std::string python;
};

std::string first_line(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  return line.substr(0, 500);
}

// Whether anything can be recorded at all.
bool check_folder(const runs::Workspace& workspace, Findings& findings) {
  const std::string folder = workspace.branchlight_dir.string();
  const std::string advice = "Make it writable for you, or set BRANCHLIGHT_DIR to a folder that is.";
  if (const auto problem = runs::prepare(workspace)) {
    wrong(findings, "the folder for what is recorded cannot be made: " + *problem, advice);
    return false;
  }
  const fs::path trial = workspace.branchlight_dir / "runs" / "doctor.new";
  if (const std::error_code error = runs::write_atomically(trial, "trial\n")) {
    wrong(findings, folder + " cannot be written: " + error.message(), advice);
    return false;
  }
  std::error_code error;
  fs::remove(trial, error);
  const fs::space_info space = fs::space(workspace.branchlight_dir, error);
  if (!error && space.available < room_wanted) {
    wrong(findings, "the disk of " + folder + " is full: " + std::to_string(space.available / 1024) + " kB are left",
          "Make room, or set BRANCHLIGHT_DIR to a folder on another disk.");
    return false;
  }
  fine(findings, folder + " can be written");
  return true;
}

// -I, -E and -S make an interpreter deaf to PYTHONPATH, or to sitecustomize.
bool deaf(const std::string& shebang) {
  for (std::size_t at = shebang.find(" -"); at != std::string::npos; at = shebang.find(" -", at + 1)) {
    const std::string option = shebang.substr(at + 2, shebang.find(' ', at + 2) - at - 2);
    if (option.find_first_of("IES") != std::string::npos && option.find('-') == std::string::npos) return true;
  }
  return false;
}

void check_scripts(const runs::Interpreter& interpreter, Findings& findings) {
  for (const fs::path& script :
       {runs::find_on_path("pytest", runs::current_environment()), interpreter.path.parent_path() / "pytest"}) {
    if (script.empty()) continue;
    const std::string shebang = first_line(script);
    if (shebang.compare(0, 2, "#!") != 0 || !deaf(shebang)) continue;
    wrong(findings, script.string() + " starts Python with options that keep the collector out: " + shebang,
          "Run the tests with `branchlight run -m pytest`, or take -I, -E and -S out of its first line.");
    return;
  }
}

void check_pytest(const runs::Workspace& workspace, const runs::Interpreter& interpreter, const Facts& facts,
                  Findings& findings) {
  const PytestSettings settings = read_pytest_settings(workspace.root);
  std::error_code error;
  const bool has_tests = !settings.file.empty() || fs::exists(workspace.root / "tests", error) ||
                         fs::exists(workspace.root / "test", error);
  if (!facts.has_pytest) {
    const std::string what = "pytest is not installed for " + interpreter.path.string();
    const std::string advice =
        interpreter.path.string() + " -m pip install pytest, or choose another interpreter with --python.";
    has_tests ? wrong(findings, what, advice) : note(findings, what, advice);
  }
  const bool measures =
      settings.addopts.find("--cov") != std::string::npos && settings.addopts.find("--no-cov") == std::string::npos;
  if (measures && !facts.has_pytest_cov && facts.has_pytest)
    wrong(findings,
          settings.file.string() + " has --cov in addopts, and pytest-cov is not installed: pytest refuses to start",
          interpreter.path.string() + " -m pip install pytest-cov, or take --cov out.");
  if (settings.addopts.find("--cov-fail-under") != std::string::npos || (measures && settings.coverage_fail_under))
    note(findings,
         "pytest-cov has a limit (fail-under) that holds for every run of " + settings.file.string() +
             ": a run of some of the tests fails by it",
         "Runs that the server starts add --no-cov. Do the same by hand: branchlight run -m pytest --no-cov TESTS.");
  if (measures && facts.before_3_14)
    note(findings,
         "coverage.py traces in every test run (--cov in " + settings.file.string() +
             "), and before Python 3.14 that rules out our fast way of measuring",
         "What we say is exact all the same. Run with --no-cov where you need speed.");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 5; ++i) text += "\n      " + names[i];
  return names.size() > 5 ? text + "\n      and " + std::to_string(names.size() - 5) + " more" : text;
}

void check_configuration(const runs::Workspace& workspace, Findings& findings) {
  const auto settings = configuration::read_settings(workspace.root, runs::current_environment());
  const configuration::SourceFiles sources(*settings);
  const std::string file = settings->file.string();
  if (!settings->file.empty()) fine(findings, "what does not count is read from " + file);
  for (const std::string& problem : settings->problems) wrong(findings, problem, "Correct it. The rest is in force.");
  for (const std::string& problem : sources.problems())
    note(findings, file + ": " + problem, "Correct it. The rest is in force.");
  if (!settings->without_effect.empty())
    note(findings,
         file + " has settings of coverage.py that mean nothing to Branchlight:" + listed(settings->without_effect),
         "docs/configuration.md says which ones do.");
  if (!settings->unknown.empty())
    note(findings, "settings that neither coverage.py nor Branchlight knows:" + listed(settings->unknown),
         "Look for a slip of the pen.");
}

// Of a project that tells pytest-cov what it could tell coverage.py, whose settings are all that is read here.
void check_pytest_cov(const runs::Workspace& workspace, Findings& findings) {
  const PytestSettings pytest = read_pytest_settings(workspace.root);
  const auto settings = configuration::read_settings(workspace.root, runs::current_environment());
  if (!pytest.cov.empty() && pytest.cov != settings->source) {
    std::string sources;
    for (const std::string& each : pytest.cov) sources += (sources.empty() ? "" : ", ") + each;
    note(findings,
         "--cov=" + sources + " in " + pytest.file.string() + " is not read: it says what coverage.py reports",
         "For the same here: source = " + sources + " in [run] of coverage.py's configuration, and --cov alone.");
  }
  if (!pytest.cov_config.empty() && workspace.root / pytest.cov_config != settings->file)
    note(findings, "--cov-config=" + pytest.cov_config + " in " + pytest.file.string() + " is not read",
         "Set COVERAGE_RCFILE=" + pytest.cov_config + ", for the editor too, or name that file .coveragerc.");
}

void check_tox(const runs::Workspace& workspace, Findings& findings) {
  std::ifstream stream(workspace.root / "tox.ini");
  const std::string content((std::istreambuf_iterator<char>(stream)), {});
  if (content.find("[testenv") == std::string::npos || content.find("BRANCHLIGHT_") != std::string::npos) return;
  note(findings,
       "tox gives its commands an environment without PYTHONPATH: `branchlight run tox` would measure nothing",
       "Add to [testenv] in tox.ini: pass_env = BRANCHLIGHT_*,PYTHONPATH");
}

void check_refused(const runs::Workspace& workspace, Findings& findings) {
  std::error_code error;
  fs::directory_iterator entries(workspace.branchlight_dir / "refused", error);
  for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) {
    std::ifstream stream(entries->path());
    std::string executable, reason;
    if (!std::getline(stream, executable) || !std::getline(stream, reason)) continue;
    note(findings, executable + " ran below `branchlight run` and was not measured: " + reason,
         "Use a CPython of 3.12 or later for what you want to see. (This note stays until `branchlight erase`.)");
  }
}

bool changed_on_disk(const model::FileKnowledge& file) {
  std::ifstream stream(file.path, std::ios::binary);
  if (!stream || !file.syntax) return false;
  const auto text = text::SourceText::from_file_bytes(std::string((std::istreambuf_iterator<char>(stream)), {}));
  return text && text->content_hash() != file.syntax->text->content_hash();
}

void check_known(const runs::Workspace& workspace, Findings& findings) {
  check_logs(workspace.branchlight_dir, findings);
  auto opened = Known::open(workspace, Known::Detail::hits);
  if (const auto* error = std::get_if<state::StoreError>(&opened))
    return wrong(findings, "the state cannot be used: " + error->reason, "branchlight erase");
  Known& known = *std::get<std::unique_ptr<Known>>(opened);
  known.catch_up();
  for (const std::string& warning : known.warnings())
    wrong(findings, warning, "Run the tests again: branchlight run -m pytest");

  std::vector<std::string> changed, lost, orphans;
  for (const auto& [path, file] : known.knowledge().files()) {
    if (changed_on_disk(*file)) changed.push_back(path);
  }
  for (const auto& [path, hits] : known.knowledge().unmatched())
    lost.push_back(path + " (" + std::to_string(hits) + " hits)");
  for (const model::Orphan& orphan : known.knowledge().orphans())
    orphans.push_back(orphan.path + ":" + std::to_string(orphan.line) + ": " + orphan.what);
  if (!changed.empty())
    note(findings,
         "files have changed since they ran, and what is known of them is of the older text:" + listed(changed),
         "Run the tests again.");
  if (!lost.empty())
    wrong(findings, "hits belong to texts that are nowhere to be found, and were left out:" + listed(lost),
          "Run the tests again.");
  if (!orphans.empty())
    note(findings, "directions of jumps found no branch in the source:" + listed(orphans),
         "`branchlight report --explain FILE:LINE` says more. Please report them.");
  if (known.knowledge().files().empty())
    note(findings, "nothing is known of this workspace yet", "branchlight run -m pytest");
}

void print(const Findings& findings) {
  for (const Finding& finding : findings) {
    const char* mark = finding.level == Finding::Level::fine   ? "  ok   "
                       : finding.level == Finding::Level::note ? "  note "
                                                               : "  WRONG";
    std::cout << mark << " " << finding.what << "\n";
    if (!finding.advice.empty()) std::cout << "        -> " << finding.advice << "\n";
  }
}

int doctor(const Options& options) {
  Surroundings here;
  if (const auto problem = look_around("doctor", here)) return *problem;
  Findings findings;
  fine(findings,
       "the workspace is " + here.workspace.root.string() + ", the collector is in " + here.collector.string());
  const bool writable = check_folder(here.workspace, findings);

  const auto choice =
      runs::choose_interpreter(options.python, fs::current_path(), here.workspace.root, runs::current_environment());
  if (const auto* none = std::get_if<runs::NoInterpreter>(&choice)) {
    if (!options.python.empty()) {
      complain("doctor", none->reason);
      return wrong_use;
    }
    wrong(findings, none->reason, "Install CPython 3.12 or later, or name one with --python.");
  } else {
    const auto& interpreter = std::get<runs::Interpreter>(choice);
    const Facts facts = probe(interpreter, here.collector, findings);
    if (facts.known) check_pytest(here.workspace, interpreter, facts, findings);
    check_scripts(interpreter, findings);
  }
  check_tox(here.workspace, findings);
  check_configuration(here.workspace, findings);
  check_pytest_cov(here.workspace, findings);
  if (writable) {
    check_refused(here.workspace, findings);
    check_known(here.workspace, findings);
  }
  print(findings);
  const auto count = std::count_if(findings.begin(), findings.end(),
                                   [](const Finding& each) { return each.level == Finding::Level::wrong; });
  std::cout << "\n"
            << (count == 0 ? std::string("Nothing is wrong.")
                           : std::to_string(count) + (count == 1 ? " thing is wrong." : " things are wrong."))
            << "\n";
  return count == 0 ? success : found_wrong;
}

}  // namespace

Subcommand add_doctor(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("doctor", "Find out what keeps branches from showing, and what to do about it");
  set_usage(*app, "branchlight doctor [--python P]");
  app->add_option("--python", options->python,
                  "The interpreter to try: a path, a name, or a virtual environment's folder")
      ->type_name("P");
  app->footer(
      "\nExits with 1 where something is wrong. It starts the interpreter on a small program and checks what comes "
      "back.\n"
      "\nExamples:\n"
      "  branchlight doctor\n"
      "  branchlight doctor --python .venv");
  return {app, [options](const std::vector<std::string>&) { return doctor(*options); }};
}

}  // namespace branchlight::cli
