// `branchlight report`: from what is known, as a table, as coverage.py's JSON, or as the reasons for one verdict.
#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "coverage/exchange/analysis.h"
#include "coverage/exchange/json_report.h"
#include "coverage/exchange/reported_files.h"
#include "server/cli/commands.h"
#include "server/cli/explain.h"
#include "server/cli/known.h"
#include "server/cli/partial.h"
#include "server/runs/process.h"
#include "server/state/coverage_data.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string format = "text", output, explain;
  double fail_under = 0;
  bool show_contexts = false;
  std::vector<std::string> paths;
};

struct Row {
  exchange::Reported reported;
  configuration::Exclusions exclusions;
  exchange::Analysis analysis;
  exchange::Numbers numbers;
};

bool below(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() || (end->empty() && std::next(end) == folder.end());
}

bool unchanged_on_disk(const model::FileKnowledge& file) {
  std::ifstream stream(file.path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  const auto text = text::SourceText::from_file_bytes(bytes);
  return text && text->content_hash() == file.syntax->text->content_hash();
}

std::vector<Row> rows(Known& known, const configuration::Settings& settings, const std::vector<fs::path>& wanted) {
  const configuration::SourceFiles sources(settings);
  for (const std::string& problem : settings.problems) complain("report", problem);
  for (const std::string& problem : sources.problems()) complain("report", settings.file.string() + ": " + problem);
  std::vector<Row> result;
  for (auto& reported : exchange::reported_files(known.knowledge().files(), settings, sources)) {
    const bool chosen = wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                                      [&](const fs::path& each) { return below(reported.path, each); });
    if (!chosen) continue;
    auto exclusions = configuration::find_exclusions(*reported.file->syntax, settings);
    if (exclusions.gave_up)
      complain("report", reported.name + ": a pattern of " + settings.file.string() +
                             " takes too long on this file; it left out nothing further");
    auto analysis = exchange::analyze(*reported.file, exclusions);
    const auto numbers = exchange::numbers(analysis);
    result.push_back({std::move(reported), std::move(exclusions), std::move(analysis), numbers});
  }
  return result;
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(text.size() < width ? width - text.size() : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::string table_line(const std::string& name, std::size_t width, const exchange::Numbers& numbers,
                       const std::string& missing) {
  std::string line = padded(name, width, false);
  for (const std::uint64_t number : {numbers.statements, numbers.missing, numbers.branches, numbers.partial_branches})
    line += padded(std::to_string(number), 7, true);
  line += padded(exchange::display(numbers.percent()) + "%", 7, true);
  return missing.empty() ? line : line + "   " + missing;
}

std::string not_live(const std::vector<Row>& all) {
  const model::Import* import = nullptr;
  std::size_t files = 0;
  for (const Row& row : all) {
    if (!row.reported.file->imported) continue;
    import = &*row.reported.file->imported;
    ++files;
  }
  if (import == nullptr) return "";
  return "\nNot live: " + std::to_string(files) + " of " + std::to_string(all.size()) + " files, from coverage.py's " +
         model::origin(*import) + (import->branches ? "" : ", which knows nothing of branches") + ".\n";
}

std::string text_report(Known& known, const std::vector<Row>& all) {
  std::size_t width = 6;
  exchange::Numbers total;
  for (const Row& row : all) {
    width = std::max(width, row.reported.name.size() + 1);
    total += row.numbers;
  }
  const std::string head = padded("Name", width, false) + "  Stmts   Miss Branch BrPart  Cover   Missing";
  const std::string rule(head.size(), '-');
  std::string text = head + "\n" + rule + "\n";
  for (const Row& row : all)
    text += table_line(row.reported.name, width, row.numbers, exchange::missing_text(row.analysis)) + "\n";
  text += rule + "\n" + table_line("TOTAL", width, total, "") + "\n";

  std::vector<PartialBranch> partial;
  for (const Row& row : all)
    std::ranges::move(partial_branches(*row.reported.file, row.exclusions, row.reported.name),
                      std::back_inserter(partial));
  if (!partial.empty()) text += "\nPartial branches\n";
  for (const PartialBranch& branch : partial)
    text += "  " + branch.file + ":" + std::to_string(branch.line) + ": " + branch.source + ": " + branch.never + "; " +
            branch.where + "\n";

  std::string changed;
  for (const Row& row : all) {
    if (!unchanged_on_disk(*row.reported.file)) changed += "  " + row.reported.name + "\n";
  }
  if (!changed.empty()) text += "\nChanged since they ran; these numbers are of the text that ran:\n" + changed;
  text += not_live(all);
  if (known.follower().anything_alive()) text += "\nA run is still under way: what it has not reached yet may come.\n";
  if (const std::size_t count = known.knowledge().orphans().size(); count > 0)
    text += "\n" + std::to_string(count) + (count == 1 ? " direction of a jump" : " directions of jumps") +
            " found no branch; `branchlight doctor` lists them.\n";
  return text;
}

std::string now_as_text() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char buffer[32];
  return {buffer, std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &local)};
}

std::string json_report(const std::vector<Row>& all, bool show_contexts) {
  std::vector<exchange::ReportedFile> files;
  for (const Row& row : all) files.push_back({row.reported.file.get(), &row.analysis, row.reported.name});
  return exchange::json_report(files, {BRANCHLIGHT_VERSION, now_as_text(), show_contexts}) + "\n";
}

// coverage.py reads the files anew: of a text that has changed since, the lines would not be those that ran.
int write_coverage_data(const std::vector<Row>& all, const std::string& output, const fs::path& data_file) {
  if (output == "-") {
    complain("report", "a data file of coverage.py cannot go to standard output: name a file with -o");
    return wrong_use;
  }
  std::vector<const model::FileKnowledge*> files;
  for (const Row& row : all) {
    if (unchanged_on_disk(*row.reported.file))
      files.push_back(row.reported.file.get());
    else
      complain("report", row.reported.name + " has changed since it ran, and was left out");
  }
  const auto problem = state::write_coverage_data(output.empty() ? data_file : fs::path(output), files,
                                                  std::string("branchlight ") + BRANCHLIGHT_VERSION);
  if (!problem) return success;
  complain("report", *problem);
  return wrong_use;
}

int deliver(const std::string& content, const std::string& output) {
  if (output.empty() || output == "-") {
    std::cout << content << std::flush;
    return success;
  }
  if (const std::error_code error = runs::write_atomically(output, content)) {
    complain("report", output + ": " + error.message());
    return wrong_use;
  }
  return success;
}

int check_limit(const std::vector<Row>& all, double limit) {
  exchange::Numbers total;
  for (const Row& row : all) total += row.numbers;
  if (total.percent() >= limit) return success;
  char text[96];
  std::snprintf(text, sizeof text, "%.2f %% is below --fail-under %g", total.percent(), limit);
  complain("report", text);
  return found_wrong;
}

// "src/a.py:12"
std::optional<std::pair<fs::path, std::uint32_t>> file_and_line(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint32_t line = 0;
  if (colon == std::string::npos) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, line);
  if (error != std::errc() || stop != end || line == 0) return std::nullopt;
  return std::pair(fs::weakly_canonical(text.substr(0, colon)), line);
}

int explain(Known& known, const std::string& what, const std::string& output) {
  const auto place = file_and_line(what);
  if (!place) {
    complain("report", "--explain takes FILE:LINE, such as src/price.py:12; this is none: " + what);
    return wrong_use;
  }
  const auto explanation = explain_line(known, place->first.string(), place->second);
  if (const auto* problem = std::get_if<NothingToExplain>(&explanation)) {
    complain("report", problem->reason);
    return found_wrong;
  }
  return deliver(std::get<std::string>(explanation), output);
}

std::string nothing_to_report(Known& known, const std::vector<fs::path>& wanted,
                              const configuration::Settings& settings, const std::string& nothing) {
  if (!wanted.empty()) return "nothing that was measured lies below the paths given";
  if (known.knowledge().files().empty() || settings.file.empty()) return nothing;
  return settings.file.string() + " leaves out everything that was measured";
}

int report(const Options& options) {
  if (options.show_contexts && options.format != "json") {
    complain("report", "--show-contexts is for --format json; --format coveragepy always holds them");
    return wrong_use;
  }
  const runs::Workspace workspace = runs::find_workspace(fs::current_path(), runs::current_environment());
  std::vector<fs::path> wanted;
  for (const std::string& path : options.paths) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      complain("report", path + ": no such file or folder");
      return wrong_use;
    }
    wanted.push_back(fs::weakly_canonical(path));
  }
  const std::string nothing = "nothing is known of " + workspace.root.string() + " yet\nTry: branchlight run -m pytest";
  std::error_code error;
  if (!fs::exists(workspace.branchlight_dir, error)) {
    complain("report", nothing);
    return found_wrong;
  }
  auto opened = Known::open(workspace, options.explain.empty() ? Known::Detail::verdicts : Known::Detail::hits);
  if (const auto* problem = std::get_if<state::StoreError>(&opened)) {
    complain("report", problem->reason);
    return found_wrong;
  }
  Known& known = *std::get<std::unique_ptr<Known>>(opened);
  known.catch_up();
  for (const std::string& warning : known.problems()) complain("report", warning);
  if (!options.explain.empty()) return explain(known, options.explain, options.output);

  const auto settings = configuration::read_settings(workspace.root, runs::current_environment());
  const std::vector<Row> all = rows(known, *settings, wanted);
  if (all.empty()) {
    complain("report", nothing_to_report(known, wanted, *settings, nothing));
    return found_wrong;
  }
  const int status =
      options.format == "coveragepy"
          ? write_coverage_data(all, options.output, settings->data_file)
          : deliver(options.format == "json" ? json_report(all, options.show_contexts) : text_report(known, all),
                    options.output);
  return status != success ? status : check_limit(all, options.fail_under);
}

}  // namespace

Subcommand add_report(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("report", "Say what is covered and what is missing, from what is known");
  set_usage(*app,
            "branchlight report [--format text|json|coveragepy] [--show-contexts] [-o FILE] [--fail-under N] "
            "[--explain FILE:LINE] [PATH...]");
  app->add_option("PATH", options->paths, "Only these files, and what lies below these folders")->option_text("...");
  app->add_option("--format", options->format,
                  "text (the default); json: coverage.py's JSON format 3, branches included;\ncoveragepy: a data file "
                  "for `coverage report`, `coverage html` and the\nothers, tests as contexts; where these look for "
                  "it,\nunless -o says otherwise")
      ->check(CLI::IsMember({"text", "json", "coveragepy"}))
      ->type_name("F");
  app->add_flag("--show-contexts", options->show_contexts,
                "With --format json: which tests ran each line, and with the empty name what\nran outside of tests");
  app->add_option("-o,--output", options->output, "Write to FILE instead of standard output")->type_name("FILE");
  app->add_option("--fail-under", options->fail_under, "Exit with 1 where the total is below N per cent")
      ->check(CLI::Range(0.0, 100.0))
      ->type_name("N");
  app->add_option("--explain", options->explain,
                  "Everything that led to the verdicts of one line: sites, arms, trails or\nmarkers that hit them, "
                  "runs and tests")
      ->type_name("FILE:LINE");
  app->footer(
      "\nExamples:\n"
      "  branchlight report src\n"
      "  branchlight report --format json -o coverage.json --fail-under 90\n"
      "  branchlight report --format coveragepy && coverage html --show-contexts\n"
      "  branchlight report --explain src/price.py:12");
  return {app, [options](const std::vector<std::string>&) { return report(*options); }};
}

}  // namespace branchlight::cli
