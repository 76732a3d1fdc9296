#include "coverage/configuration/settings.h"

#include <algorithm>
#include <array>
#include <set>

#include "coverage/configuration/ini_file.h"
#include "coverage/configuration/values.h"

namespace branchlight::configuration {
namespace {

namespace fs = std::filesystem;

using Strings = std::vector<std::string>;

constexpr std::array<const char*, 3> default_exclude{
    R"(#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER))",
    R"(^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$))",
    R"(^\s*if (typing\.)?TYPE_CHECKING:)",
};
constexpr std::array<const char*, 1> default_partial{R"(#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH))"};
constexpr std::array<const char*, 2> default_partial_always{R"(^\s*while (True|1|False|0):)",
                                                            R"(^\s*if (True|1|False|0):)"};

Strings strings(const auto& literals) { return {literals.begin(), literals.end()}; }

// What coverage.py 7.17 knows, and what it comes to here.
enum class Role : std::uint8_t {
  honoured,
  given,  // what it asks for is done anyway
  without_effect,
};
struct Known {
  const char* section;
  const char* option;
  Role role;
};
constexpr std::array known_settings{
    Known{"run", "branch", Role::honoured},
    Known{"run", "command_line", Role::without_effect},
    Known{"run", "concurrency", Role::given},
    Known{"run", "context", Role::without_effect},
    Known{"run", "core", Role::without_effect},
    Known{"run", "cover_pylib", Role::without_effect},
    Known{"run", "data_file", Role::honoured},
    Known{"run", "debug", Role::without_effect},
    Known{"run", "debug_file", Role::without_effect},
    Known{"run", "disable_warnings", Role::without_effect},
    Known{"run", "dynamic_context", Role::without_effect},
    Known{"run", "parallel", Role::given},
    Known{"run", "patch", Role::given},
    Known{"run", "plugins", Role::without_effect},
    Known{"run", "relative_files", Role::honoured},
    Known{"run", "include", Role::honoured},
    Known{"run", "omit", Role::honoured},
    Known{"run", "sigterm", Role::given},
    Known{"run", "source", Role::honoured},
    Known{"run", "source_pkgs", Role::honoured},
    Known{"run", "source_dirs", Role::honoured},
    Known{"run", "timid", Role::without_effect},
    Known{"report", "exclude_lines", Role::honoured},
    Known{"report", "exclude_also", Role::honoured},
    Known{"report", "fail_under", Role::without_effect},
    Known{"report", "format", Role::without_effect},
    Known{"report", "ignore_errors", Role::given},
    Known{"report", "include_namespace_packages", Role::honoured},
    Known{"report", "partial_branches_always", Role::honoured},
    Known{"report", "partial_branches", Role::honoured},
    Known{"report", "partial_also", Role::honoured},
    Known{"report", "precision", Role::without_effect},
    Known{"report", "contexts", Role::without_effect},
    Known{"report", "include", Role::honoured},
    Known{"report", "omit", Role::honoured},
    Known{"report", "show_missing", Role::given},
    Known{"report", "skip_covered", Role::without_effect},
    Known{"report", "skip_empty", Role::without_effect},
    Known{"report", "sort", Role::without_effect},
    Known{"html", "extra_css", Role::without_effect},
    Known{"html", "directory", Role::without_effect},
    Known{"html", "skip_covered", Role::without_effect},
    Known{"html", "skip_empty", Role::without_effect},
    Known{"html", "title", Role::without_effect},
    Known{"html", "show_contexts", Role::without_effect},
    Known{"xml", "output", Role::without_effect},
    Known{"xml", "package_depth", Role::without_effect},
    Known{"json", "output", Role::without_effect},
    Known{"json", "pretty_print", Role::without_effect},
    Known{"json", "show_contexts", Role::without_effect},
    Known{"lcov", "output", Role::without_effect},
    Known{"lcov", "line_checksums", Role::without_effect},
};

struct Candidate {
  fs::path file;
  bool ours = false;       // coverage.py's own file, which is used even where it says nothing
  bool specified = false;  // by COVERAGE_RCFILE: it must be there
};

std::string variable(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::vector<Candidate> candidates(const fs::path& root, const Environment& environment) {
  const std::string chosen = variable(environment, "COVERAGE_RCFILE");
  const bool specified = !chosen.empty() && chosen != ".coveragerc";
  return {{root / (specified ? chosen : ".coveragerc"), true, specified},
          {root / ".coveragerc.toml", true},
          {root / "setup.cfg"},
          {root / "tox.ini"},
          {root / "pyproject.toml"}};
}

class Reader {
 public:
  Reader(Settings& settings, const Environment& environment) : settings_(settings), environment_(environment) {}

  // False: it says nothing about coverage, and the next one is to be looked at.
  bool read(const Candidate& candidate) {
    file_ = candidate.file;
    const auto text = read_file(file_);
    if (!text) {
      if (candidate.specified) problem("cannot be read, and COVERAGE_RCFILE names it");
      return candidate.specified;
    }
    auto parsed = parse_values(*text, file_.extension() == ".toml", candidate.ours, environment_);
    if (const auto* error = std::get_if<FileError>(&parsed)) {
      problem("is not understood, and nothing in it is used: " + error->reason);
      return true;
    }
    values_ = std::get<std::unique_ptr<Values>>(std::move(parsed));
    const bool any = values_says_anything();
    if (!candidate.ours && !any) return false;
    settings_.file = file_;
    take_files();
    take_paths();
    take_patterns();
    sort_out_the_rest();
    return true;
  }

  // Without any file, what counts is what coverage.py leaves out by itself.
  void take_patterns() {
    auto exclude = patterns("exclude_lines", strings(default_exclude));
    append(exclude, patterns("exclude_also", {}));
    auto partial = patterns("partial_branches", strings(default_partial));
    append(partial, patterns("partial_also", {}));
    append(partial, patterns("partial_branches_always", strings(default_partial_always)));
    settings_.exclude = joined(exclude);
    // Without any pattern coverage.py looks for the empty one, and finds it on every line.
    settings_.partial = partial.empty() ? joined({""}) : joined(partial);
  }

 private:
  static void append(Strings& to, Strings from) { std::ranges::move(from, std::back_inserter(to)); }

  void problem(const std::string& what) { settings_.problems.push_back(file_.string() + " " + what); }
  void problem(const std::string& section, const std::string& option, const std::string& what) {
    settings_.problems.push_back(file_.string() + ": [" + values_->real_section(section).value_or(section) + "] " +
                                 option + " " + what);
  }

  bool has(const std::string& section, const std::string& option) const {
    if (!values_ || !values_->real_section(section)) return false;
    return std::ranges::count(values_->options(section), option) > 0;
  }

  bool values_says_anything() const {
    if (values_->real_section("paths") && !values_->options("paths").empty()) return true;
    return std::ranges::any_of(known_settings, [&](const Known& known) { return has(known.section, known.option); });
  }

  template <class T>
  void take(const std::string& section, const std::string& option, T& to,
            Value<T> (Values::*get)(const std::string&, const std::string&) const) {
    if (!has(section, option)) return;
    auto value = (*values_.*get)(section, option);
    if (const auto* error = std::get_if<ValueError>(&value)) return problem(section, option, error->reason);
    to = std::get<T>(std::move(value));
  }

  void take_files() {
    take("run", "source", settings_.source, &Values::list);
    take("run", "source_pkgs", settings_.source_pkgs, &Values::list);
    take("run", "source_dirs", settings_.source_dirs, &Values::list);
    take("run", "include", settings_.run_include, &Values::list);
    take("run", "omit", settings_.run_omit, &Values::list);
    std::string data_file;
    take("run", "data_file", data_file, &Values::text);
    if (!data_file.empty()) settings_.data_file = settings_.root / at_home(data_file);
    take("report", "include", settings_.report_include, &Values::list);
    take("report", "omit", settings_.report_omit, &Values::list);
    take("run", "relative_files", settings_.relative_files, &Values::boolean);
    take("report", "include_namespace_packages", settings_.include_namespace_packages, &Values::boolean);
  }

  void take_paths() {
    if (!values_->real_section("paths")) return;
    for (const auto& option : values_->options("paths")) {
      Strings same;
      take("paths", option, same, &Values::list);
      for (auto& path : same) path = at_home(path);
      if (!same.empty()) settings_.paths.push_back(std::move(same));
    }
  }

  // `~` and `~/src` in a path; of another user's home coverage.py would know.
  std::string at_home(const std::string& path) const {
    const std::string home = variable(environment_, "HOME");
    if (home.empty() || !(path == "~" || path.starts_with("~/"))) return path;
    return home + path.substr(1);
  }

  // Those that compile: a bad one loses itself and nothing else.
  Strings patterns(const std::string& option, const Strings& otherwise) {
    if (!has("report", option)) return otherwise;
    Strings given = otherwise;
    take("report", option, given, &Values::patterns);
    std::erase_if(given, [&](const std::string& pattern) {
      const auto compiled = PythonRegex::compile(pattern);
      const auto* error = std::get_if<RegexError>(&compiled);
      if (error) problem("report", option, "has a pattern that is left out, " + pattern + ": " + error->reason);
      return error != nullptr;
    });
    return given;
  }

  // As one pattern, which is how coverage.py searches.
  std::optional<PythonRegex> joined(const Strings& patterns) {
    if (patterns.empty()) return std::nullopt;
    std::string all;
    for (const auto& pattern : patterns) {
      // A comment in a pattern of several lines, (?x), must not swallow what closes the group.
      all += (all.empty() ? "(?:" : "|(?:") + pattern + (pattern.find("(?x") == std::string::npos ? ")" : "\n)");
    }
    auto compiled = PythonRegex::compile(all);
    if (auto* regex = std::get_if<PythonRegex>(&compiled)) return std::move(*regex);
    problem("has patterns that cannot stand together, and none of their kind is used: " +
            std::get<RegexError>(compiled).reason);
    return std::nullopt;
  }

  void sort_out_the_rest() {
    std::set<std::string> sections;
    for (const Known& known : known_settings) sections.insert(known.section);
    for (const auto& section : sections) {
      const auto real = values_->real_section(section);
      if (!real) continue;
      for (const auto& option : values_->options(section)) {
        const auto* found = std::ranges::find_if(
            known_settings, [&](const Known& known) { return known.section == section && known.option == option; });
        const std::string name = "[" + *real + "] " + option;
        if (found == known_settings.end())
          settings_.unknown.push_back(file_.string() + ": " + name);
        else if (found->role == Role::without_effect || (option == "branch" && asks_for_lines_only()))
          settings_.without_effect.push_back(name);
      }
    }
  }

  bool asks_for_lines_only() {
    bool branch = false;
    take("run", "branch", branch, &Values::boolean);
    return !branch;
  }

  Settings& settings_;
  const Environment& environment_;
  fs::path file_;
  std::unique_ptr<Values> values_;
};

}  // namespace

SharedSettings read_settings(const fs::path& root, const Environment& environment) {
  auto settings = std::make_shared<Settings>();
  settings->root = root;
  settings->data_file = root / ".coverage";
  Reader reader(*settings, environment);
  for (const Candidate& candidate : candidates(root, environment)) {
    if (reader.read(candidate)) break;
  }
  if (settings->file.empty()) Reader(*settings, environment).take_patterns();
  if (const std::string chosen = variable(environment, "COVERAGE_FILE"); !chosen.empty()) settings->data_file = chosen;
  // There is no setting of ours yet; the section marks a workspace root.
  for (const auto& option : options_of_ours(read_file(root / "pyproject.toml").value_or("")))
    settings->unknown.push_back((root / "pyproject.toml").string() + ": [tool.branchlight] " + option);
  return settings;
}

std::string settings_fingerprint(const fs::path& root, const Environment& environment) {
  std::string result;
  for (const Candidate& candidate : candidates(root, environment)) {
    std::error_code error;
    const auto written = fs::last_write_time(candidate.file, error);
    if (error) {
      result += "-;";
      continue;
    }
    result += std::to_string(written.time_since_epoch().count()) + "," +
              std::to_string(fs::file_size(candidate.file, error)) + ";";
  }
  return result;
}

}  // namespace branchlight::configuration
