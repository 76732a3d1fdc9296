#include "server/cli/probe.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "server/cli/known.h"
#include "server/cli/logs_check.h"
#include "server/cli/partial.h"
#include "server/runs/process.h"
#include "server/runs/workspace.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What is expected of it stands in expected(): the lines are counted there.
constexpr const char* program = R"(def choose(x):
    if x:
        return 1
    return 2


for i in range(2):
    choose(True)
)";

// Runs on any Python there is, says what it is, and then runs the program above.
constexpr const char* questions = R"(import json, sys
facts = {"implementation": "cpython", "version": sys.version.split()[0]}
facts["number"] = list(sys.version_info[:2])
try:
    facts["implementation"] = sys.implementation.name
    facts["flags"] = {"isolated": sys.flags.isolated, "ignore_environment": sys.flags.ignore_environment, "no_site": sys.flags.no_site}
    import sysconfig
    facts["free_threaded"] = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    facts["jit"] = bool(getattr(sys, "_jit", None) and sys._jit.is_enabled())
    if hasattr(sys, "monitoring"):
        facts["tools"] = [tool for tool in map(sys.monitoring.get_tool, range(6)) if tool]
    import importlib.util
    for name in ("pytest", "pytest_cov"):
        facts[name] = importlib.util.find_spec(name) is not None
except Exception as error:
    facts["trouble"] = str(error)
print("BRANCHLIGHT " + json.dumps(facts))
sys.stdout.flush()
)";

class ScratchFolder {
 public:
  ScratchFolder() : path_(fs::temp_directory_path() / ("branchlight-doctor-" + runs::random_run_id())) {
    if (const std::error_code error = runs::make_private_folder(path_))
      throw fs::filesystem_error("no scratch folder", path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

json facts_of(const std::string& output) {
  const std::size_t start = output.find("BRANCHLIGHT {");
  if (start == std::string::npos) return nullptr;
  const std::size_t begin = start + 12;
  return json::parse(output.substr(begin, output.find('\n', begin) - begin), nullptr, false);
}

std::string last_lines(const std::string& output) {
  const std::size_t from = output.size() > 600 ? output.size() - 600 : 0;
  return output.substr(from);
}

// In words, why the collector keeps out of this interpreter; empty: it does not.
std::string unsupported(const json& facts, std::string& advice) {
  advice = "Choose a CPython of 3.12 or later: --python, or an activated virtual environment.";
  if (facts.value("implementation", "") != "cpython")
    return "it is " + facts.value("implementation", "unknown") + ", not CPython";
  if (facts["number"] < json::array({3, 12})) return "Python " + facts.value("version", "") + " is older than 3.12";
  if (facts.value("free_threaded", false))
    return "it is a free-threaded build, in which monitoring stops the world at every step";
  advice = "Unset PYTHON_JIT, or set it to 0.";
  if (facts.value("jit", false)) return "its JIT is on, and with it the positions of branches are wrong";
  return {};
}

// Why an interpreter that is supported has recorded nothing.
void explain_silence(const runs::Interpreter& interpreter, const json& facts, const fs::path& collector,
                     const runs::Environment& environment, Findings& findings) {
  if (const json tools = facts.value("tools", json::array()); tools.size() == 6) {
    return wrong(findings,
                 "nothing was recorded: other programs hold all six of CPython's monitoring tools: " + tools.dump(),
                 "Switch one of them off: a debugger, a profiler, coverage.py with COVERAGE_CORE=sysmon. They start "
                 "with the interpreter: look at its site-packages/*.pth.");
  }
  const json flags = facts.value("flags", json::object());
  if (flags.value("isolated", 0) != 0 || flags.value("ignore_environment", 0) != 0 || flags.value("no_site", 0) != 0) {
    return wrong(
        findings,
        "nothing was recorded: " + interpreter.path.string() + " ignores PYTHONPATH (it starts with -I, -E or -S)",
        "Take the option out of the script that starts it: the collector cannot follow it there.");
  }
  const std::string load = "import sys; sys.path.insert(0, sys.argv[1]); import branchlight._collector";
  const auto tried = runs::capture({interpreter.path.string(), "-c", load, collector.string()}, environment,
                                   fs::temp_directory_path(), std::chrono::seconds(20));
  const auto* outcome = std::get_if<runs::Captured>(&tried);
  if (outcome != nullptr && outcome->status.code != 0)
    return wrong(findings, "nothing was recorded: the collector cannot be loaded:\n" + last_lines(outcome->output),
                 "Install Branchlight again, for this machine.");
  wrong(findings, "nothing was recorded, although the interpreter is supported",
        "Something takes PYTHONPATH or our sitecustomize away: look for a wrapper around " + interpreter.path.string() +
            ", and at its site-packages/*.pth.");
}

// What the program above must have left: line 4 was not run, the `if` was never False, the `for` is full.
bool expected(Known& known, const fs::path& file) {
  const model::FileKnowledge* seen = known.knowledge().find(file.string());
  if (seen == nullptr || !seen->syntax) return false;
  const auto partial = partial_branches(*seen, {}, "probe.py");
  const model::Totals totals = model::totals(*seen);
  return partial.size() == 1 && partial[0].line == 2 && partial[0].never == "never False" &&
         totals.statements - totals.statements_executed == 1;
}

void check_record(const runs::Interpreter& interpreter, const json& facts, const fs::path& collector,
                  const runs::Workspace& workspace, const runs::Environment& environment, Findings& findings) {
  const auto opened = Known::open(workspace);
  if (const auto* error = std::get_if<state::StoreError>(&opened))
    return wrong(findings, "SQLite does not work: " + error->reason, "Install Branchlight again.");
  Known& known = *std::get<std::unique_ptr<Known>>(opened);
  known.catch_up();
  const std::size_t before = findings.size();
  check_logs(workspace.branchlight_dir, findings);
  if (expected(known, workspace.root / "probe.py"))
    return fine(findings, "a program that it runs is recorded: its lines and branches came back as they ran");
  // What the log itself complains of explains the rest.
  if (findings.size() > before) return;
  if (known.knowledge().files().empty()) return explain_silence(interpreter, facts, collector, environment, findings);
  wrong(findings, "a program that it runs is recorded, but not as it ran",
        "This is a fault of ours. Please report it, with the version of the interpreter.");
}

}  // namespace

Facts probe(const runs::Interpreter& interpreter, const fs::path& collector, Findings& findings) {
  const ScratchFolder scratch;
  std::ofstream(scratch.path() / "probe.py") << program;
  std::ofstream(scratch.path() / "questions.py") << questions;
  const runs::Workspace workspace{fs::weakly_canonical(scratch.path()),
                                  fs::weakly_canonical(scratch.path()) / ".branchlight"};
  runs::prepare(workspace);
  const runs::Environment plain = runs::current_environment();
  runs::Environment environment = plain;
  for (const auto& [name, value] : runs::variables({collector, workspace, runs::random_run_id(), {}}, plain))
    environment[name] = value;

  const std::string name = interpreter.path.string() + " (" + interpreter.origin + ")";
  // The questions are asked without us: an interpreter that our collector breaks would not answer.
  const auto asked =
      runs::capture({interpreter.path.string(), "questions.py"}, plain, workspace.root, std::chrono::seconds(30));
  if (const auto* error = std::get_if<runs::StartError>(&asked)) {
    wrong(findings, "the interpreter " + name + " cannot be started: " + error->reason,
          "Choose another one with --python.");
    return {};
  }
  const runs::Captured& answer = std::get<runs::Captured>(asked);
  const json facts = facts_of(answer.output);
  if (!facts.is_object()) {
    wrong(findings,
          "the interpreter " + name +
              (answer.timed_out ? " did not end within 30 seconds"
                                : " does not run a program:\n" + last_lines(answer.output)),
          "Choose another one with --python.");
    return {};
  }
  Facts result{true, facts.value("version", ""), facts.value("pytest", false), facts.value("pytest_cov", false),
               facts["number"] < json::array({3, 14})};
  fine(findings, "the interpreter is " + name + ", Python " + result.version);
  std::string advice;
  if (const std::string reason = unsupported(facts, advice); !reason.empty()) {
    wrong(findings, "this interpreter is not measured: " + reason, advice);
    return result;
  }
  const auto ran =
      runs::capture({interpreter.path.string(), "probe.py"}, environment, workspace.root, std::chrono::seconds(30));
  const auto* outcome = std::get_if<runs::Captured>(&ran);
  if (outcome == nullptr || outcome->status.code != 0)
    wrong(findings, "a program fails under the collector:\n" + (outcome != nullptr ? last_lines(outcome->output) : ""),
          "This is a fault of ours. Please report it.");
  check_record(interpreter, facts, collector, workspace, environment, findings);
  return result;
}

}  // namespace branchlight::cli
