// `branchlight import`: what coverage.py measured, as long as no run of ours knows better. The data file is somebody
// else's: its paths lead to nothing but regular files below the root, and what is printed of them is made printable.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <regex>

#include "coverage/configuration/source_files.h"
#include "coverage/exchange/imported_file.h"
#include "server/cli/commands.h"
#include "server/cli/known.h"
#include "server/runs/process.h"
#include "server/state/coverage_data.h"
#include "server/state/texts.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

std::string printable(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

int refuse(const std::string& why, int status = found_wrong) {
  complain("import", why);
  return status;
}

std::string name_of(const fs::path& path, const fs::path& root) {
  const auto relative = path.lexically_relative(root);
  return relative.empty() || *relative.begin() == ".." ? path.string() : relative.string();
}

std::int64_t modified_ns(const fs::path& file) {
  const auto time = std::chrono::file_clock::to_sys(fs::last_write_time(file));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// ".coverage.host.pid4711.Xabcdefx", as coverage.py's `parallel` names what one process has measured; earlier
// ".coverage.host.4711.012345".
bool is_of_one_process(const fs::path& file) {
  static const std::regex pattern(R"(.+\.pid[0-9]+\.X\w+x(\.H\w+h)?|\.coverage\..+\.[0-9]+\.[0-9]{6})");
  return std::regex_match(file.filename().string(), pattern);
}

bool parts_lie_beside(const fs::path& file) {
  std::error_code problem;
  for (fs::directory_iterator at(file.parent_path(), problem), end; !problem && at != end; at.increment(problem))
    if (at->path().filename().string().starts_with(file.filename().string() + ".") && is_of_one_process(at->path()))
      return true;
  return false;
}

// Where the data is; what is wrong with it comes back in words.
std::optional<std::string> check_data_file(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  const std::string combine = "; `coverage combine` puts those of parallel runs together";
  if (!fs::exists(status))
    return "there is no " + printable(file.string()) +
           (parts_lie_beside(file) ? combine : "; `coverage run --branch` makes one");
  if (!fs::is_regular_file(status)) return printable(file.string()) + " is no file";
  if (is_of_one_process(file)) return printable(file.string()) + " is of one process alone" + combine;
  return std::nullopt;
}

class Reader {
 public:
  Reader(const runs::Workspace& workspace, const configuration::Settings& settings, const fs::path& data_file)
      : root_(configuration::canonical(".", workspace.root)),
        sources_(settings),
        modified_ns_(modified_ns(data_file)),
        import_{name_of(configuration::canonical(data_file, root_), root_), modified_ns_, false} {}

  void read(const state::CoverageData& data) {
    import_.branches = data.branches;
    for (const auto& [name, file] : data.files) {
      if (auto why = take(name, file); !why.empty()) complain("import", printable(name) + " was left out: " + why);
    }
    exchange::share_since_3_14(files_);
    if (outside_ > 0)
      complain("import", std::to_string(outside_) + (outside_ == 1 ? " file" : " files") + " outside of " +
                             root_.string() + " " + (outside_ == 1 ? "was" : "were") + " left out");
  }

  const model::Import& import() const { return import_; }
  const std::vector<model::FileKnowledge>& files() const { return files_; }
  // For the state, which keeps the texts: as they are on disk.
  const std::vector<std::pair<std::uint64_t, std::string>>& texts() const { return texts_; }
  std::string shown(const std::string& path) const { return printable(name_of(path, root_)); }

 private:
  // Empty, or why not.
  std::string take(const std::string& name, const state::CoverageData::File& file) {
    if (name.find('\0') != std::string::npos) return "its name holds a zero byte";
    if (!file.tracer.empty()) return "it is not Python; the plugin " + printable(file.tracer) + " measured it";
    const auto path = place(name);
    if (!path) return "there is no such file";
    if (std::ranges::mismatch(root_, *path).in1 != root_.end()) {
      ++outside_;
      return "";
    }
    if (std::ranges::any_of(files_, [&](const auto& known) { return known.path == path->string(); }))
      return "it is there under another name";
    std::error_code error;
    if (modified_ns(*path) > modified_ns_) return "it is newer than " + printable(import_.file);
    const auto bytes = state::read_text_file(*path);
    auto text = bytes ? text::SourceText::from_file_bytes(*bytes) : std::nullopt;
    if (!text) return "it cannot be read";
    const auto hash = text->content_hash();
    auto known = exchange::imported_file(syntax::parse(std::make_shared<const text::SourceText>(std::move(*text))),
                                         path->string(), file.measured, import_);
    if (!known) return "it has fewer lines than when it was measured";
    files_.push_back(std::move(*known));
    texts_.emplace_back(hash, *bytes);
    return "";
  }

  // Relative paths are meant from the root on; [paths] says where the files of another machine are here.
  std::optional<fs::path> place(const std::string& name) const {
    const auto named = configuration::canonical(name, root_);
    std::error_code error;
    for (const auto& path : {sources_.shown_as(named), sources_.shown_as(name), named}) {
      const auto here = configuration::canonical(path, root_);
      if (fs::is_regular_file(here, error)) return here;
    }
    return std::nullopt;
  }

  fs::path root_;
  configuration::SourceFiles sources_;
  std::int64_t modified_ns_;
  model::Import import_;
  std::vector<model::FileKnowledge> files_;
  std::vector<std::pair<std::uint64_t, std::string>> texts_;
  std::size_t outside_ = 0;
};

// Runs that have ended since are folded first, so that the state knows which files are live.
std::optional<std::string> fold_what_has_ended(const runs::Workspace& workspace) {
  auto known = Known::open(workspace);
  if (const auto* problem = std::get_if<state::StoreError>(&known)) return problem->reason;
  std::get<std::unique_ptr<Known>>(known)->catch_up();
  return std::nullopt;
}

int keep(const runs::Workspace& workspace, const Reader& reader) {
  if (const auto problem = fold_what_has_ended(workspace)) return refuse(*problem);
  auto opened = state::Store::open(workspace.branchlight_dir);
  if (const auto* problem = std::get_if<state::StoreError>(&opened)) return refuse(problem->reason);
  auto& store = std::get<state::Store>(opened);
  for (const auto& [hash, bytes] : reader.texts()) store.remember_file(hash, bytes);
  const auto live = store.import(reader.files(), reader.import());
  for (const std::string& warning : store.warnings()) complain("import", warning);
  if (!live || !store.warnings().empty()) return found_wrong;
  for (const std::string& path : *live)
    complain("import", reader.shown(path) + " was left as it is: a run under Branchlight has measured it");
  const std::size_t count = reader.files().size() - live->size();
  if (count == 0) return refuse("nothing was imported");
  std::cout << "Imported " << count << (count == 1 ? " file" : " files") << " from "
            << printable(model::origin(reader.import())) << (reader.import().branches ? "" : ", lines alone")
            << ". Not live: a run under Branchlight takes its place, file by file.\n";
  return success;
}

int import_data(const std::string& named) {
  const auto environment = runs::current_environment();
  const runs::Workspace workspace = runs::find_workspace(fs::current_path(), environment);
  const auto settings = configuration::read_settings(workspace.root, environment);
  const fs::path file = fs::absolute(named.empty() ? settings->data_file : fs::path(named));
  if (const auto wrong = check_data_file(file)) return refuse(*wrong, wrong_use);
  const auto data = state::read_coverage_data(file);
  if (const auto* wrong = std::get_if<state::CoverageDataError>(&data))
    return refuse(printable(file.string() + ": " + wrong->reason));

  for (const std::string& problem : settings->problems) complain("import", problem);
  Reader reader(workspace, *settings, file);
  reader.read(std::get<state::CoverageData>(data));
  if (reader.files().empty())
    return refuse(printable(file.string()) + ": nothing in it is of a file below " + workspace.root.string() +
                  " as it is now; what was known is kept");
  return keep(workspace, reader);
}

}  // namespace

Subcommand add_import(CLI::App& parent) {
  auto file = std::make_shared<std::string>();
  CLI::App* app = parent.add_subcommand("import", "Take in what coverage.py has measured, marked as not live");
  set_usage(*app, "branchlight import [FILE]");
  app->add_option("FILE", *file,
                  "A data file of coverage.py 5.0 or later, of any Python; unless said, that of\nCOVERAGE_FILE, of its "
                  "setting `data_file`, or `.coverage` in the project's folder")
      ->type_name("");
  app->footer(
      "\nEditors and `branchlight report` show it until a run under Branchlight has measured the same file. A file "
      "that\n"
      "has changed since is left out, for the line numbers would be wrong. A second import replaces the first;\n"
      "`branchlight erase` forgets it.\n"
      "\nExamples:\n"
      "  python3.9 -m coverage run --branch -m pytest && branchlight import\n"
      "  coverage combine && branchlight import\n"
      "  branchlight import ~/Downloads/.coverage");
  return {app, [file](const std::vector<std::string>&) { return import_data(*file); }};
}

}  // namespace branchlight::cli
