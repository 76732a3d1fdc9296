#include "server/session/roots.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "coverage/configuration/source_files.h"
#include "coverage/exchange/reported_files.h"
#include "server/features/status.h"
#include "server/runs/folder.h"
#include "server/runs/workspace.h"
#include "server/session/texts.h"
#include "server/state/texts.h"

namespace branchlight::session {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds while_alive{5};
constexpr Milliseconds when_idle{200};      // where the folder cannot be watched
constexpr Milliseconds when_watched{2000};  // only for what a watch may miss: network file systems
constexpr Milliseconds attention{500};      // after something appeared: its log is about to
constexpr int deepest_nested_root = 4;
constexpr int folders_looked_at = 4000;

bool holds(const fs::path& folder, const fs::path& file) {
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

bool is_folder(const fs::path& path) {
  std::error_code problem;
  return fs::is_directory(path, problem);
}

bool worth_a_look(const fs::path& folder) {
  const auto name = folder.filename().native();
  std::error_code problem;
  return !name.starts_with('.') && name != "node_modules" && name != "__pycache__" &&
         !fs::exists(folder / "pyvenv.cfg", problem);
}

// The folders below that hold a `.branchlight`. Bounded, so that a whole home directory costs little.
std::vector<fs::path> nested_roots(const fs::path& top) {
  std::vector<fs::path> found;
  std::error_code problem;
  int looked_at = 0;
  for (fs::recursive_directory_iterator at(top, fs::directory_options::skip_permission_denied, problem), end;
       !problem && at != end && looked_at < folders_looked_at; at.increment(problem)) {
    std::error_code ignored;
    if (!at->is_directory(ignored) || at->is_symlink(ignored)) continue;
    ++looked_at;
    if (at->path().filename() == ".branchlight") found.push_back(at->path().parent_path());
    if (at.depth() >= deepest_nested_root || !worth_a_look(at->path())) at.disable_recursion_pending();
  }
  return found;
}

// Stands in where there is no state.
class NoTexts : public model::TextSource {
 public:
  text::SharedText find(const std::string&, std::uint64_t) override { return nullptr; }
};

}  // namespace

struct Roots::Root {
  enum class Phase : std::uint8_t { absent, loading, following } phase = Phase::absent;
  fs::path path, branchlight_dir;
  bool parent_watched = false, runs_watched = false;

  std::optional<state::Store> store;
  std::unique_ptr<model::TextSource> stored_texts, texts;
  std::unique_ptr<model::Knowledge> knowledge;
  std::unique_ptr<runs::Follower> follower;
  std::set<std::string> running;
  std::optional<runs::RunInfo> latest;
  std::set<std::string> folded;  // runs, and logs of runs without a manifest
  std::set<std::string> told;    // warnings and problems that stand in our log already
  TimePoint look_for_erasure{};

  configuration::SharedSettings settings;
  std::unique_ptr<configuration::SourceFiles> sources;
  std::string settings_fingerprint;
  TimePoint look_at_settings{};

  std::map<fs::path, std::string> spelled;  // resolved path, or that of [paths] -> as the knowledge has it
  struct Counted {
    bool counts = false;
    std::uint64_t revision = 0;
    syntax::SharedSyntax syntax;
    configuration::Exclusions exclusions;  // of `syntax`
    model::Totals totals;
  };
  std::map<std::string, Counted> counted;
  model::Totals never_imported;

  void begin_anew() {
    follower.reset();
    knowledge.reset();
    texts.reset();
    stored_texts.reset();
    store.reset();
    running.clear();
    folded.clear();
    latest.reset();
    spelled.clear();
    counted.clear();
    never_imported = {};
    phase = Phase::absent;
    parent_watched = runs_watched = false;
  }
};

Roots::Roots(World& world, const documents::Documents& documents) : world_(world), documents_(documents) {}
Roots::~Roots() = default;

void Roots::add(const fs::path& folder) {
  const auto whole = documents::resolved(folder);
  folders_.push_back(whole);
  const auto workspace = runs::find_workspace(whole, world_.environment());
  add_root(workspace.root, workspace.branchlight_dir);
  for (const auto& nested : nested_roots(whole)) add_root(nested, nested / ".branchlight");
  next_poll_ = world_.now();
}

void Roots::remove(const fs::path& folder) {
  const auto whole = documents::resolved(folder);
  std::erase(folders_, whole);
  std::erase_if(roots_, [&](const auto& root) {
    return holds(whole, root->path) && std::none_of(folders_.begin(), folders_.end(), [&](const fs::path& other) {
             return holds(other, root->path) || holds(root->path, other);
           });
  });
  pending_.everything = true;
}

void Roots::add_around(const fs::path& file) {
  for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
    if (is_folder(folder / ".branchlight")) return add_root(folder, folder / ".branchlight");
    if (folder == folder.parent_path()) return;
  }
}

void Roots::add_root(const fs::path& path, const fs::path& branchlight_dir) {
  const auto same = [&](const auto& root) { return root->branchlight_dir == branchlight_dir; };
  if (std::any_of(roots_.begin(), roots_.end(), same)) return;
  auto root = std::make_unique<Root>();
  root->path = path;
  root->branchlight_dir = branchlight_dir;
  spdlog::info("following {}", branchlight_dir.native());
  roots_.push_back(std::move(root));
  next_poll_ = world_.now();
}

// SQLite and the parsing of what it kept happen in the pool.
void Roots::load(Root& root) {
  root.phase = Root::Phase::loading;
  world_.compute([path = root.path, folder = root.branchlight_dir]() -> Event {
    auto content = std::make_unique<StateLoaded::Content>();
    auto opened = state::Store::open(folder);
    if (const auto* error = std::get_if<state::StoreError>(&opened)) {
      content->problem = error->reason;
    } else {
      content->store = std::get<state::Store>(std::move(opened));
      content->files = content->store->load();
      content->folded = content->store->folded_runs();
    }
    return StateLoaded{path, std::move(content)};
  });
}

void Roots::loaded(StateLoaded event) {
  const auto found =
      std::find_if(roots_.begin(), roots_.end(), [&](const auto& root) { return root->path == event.root; });
  if (found == roots_.end() || (*found)->phase != Root::Phase::loading) return;
  Root& root = **found;
  if (!event.content->problem.empty()) spdlog::warn("nothing is kept: {}", event.content->problem);
  root.store = std::move(event.content->store);
  if (root.store) {
    for (const auto& warning : root.store->warnings())
      if (root.told.insert(warning).second) spdlog::warn("{}", warning);
    root.stored_texts = std::make_unique<state::Texts>(*root.store);
  } else {
    root.stored_texts = std::make_unique<NoTexts>();
  }
  root.texts = std::make_unique<Texts>(documents_, *root.stored_texts);
  root.knowledge = std::make_unique<model::Knowledge>(*root.texts);
  root.folded.insert(event.content->folded.begin(), event.content->folded.end());
  for (auto& file : event.content->files) root.knowledge->restore(std::move(file));
  root.follower =
      std::make_unique<runs::Follower>(root.branchlight_dir, *root.knowledge, std::move(event.content->folded));
  root.phase = Root::Phase::following;
  for (const auto& [path, file] : root.knowledge->files()) spell(root, path);
  count_never_imported(root);
  pending_.everything = true;
  next_poll_ = world_.now();
}

// A file that [paths] shows under another name is found under that one, unless that file is known itself.
void Roots::spell(Root& root, const std::string& path) {
  auto whole = documents::resolved(path);
  const auto shown = root.sources->shown_as(whole);
  if (shown != whole) root.spelled.emplace(shown, path);
  root.spelled.insert_or_assign(std::move(whole), path);
}

// coverage.py shows what could have been imported from its `source`; it is missing as a whole.
void Roots::count_never_imported(Root& root) {
  if (!root.knowledge) return;
  std::set<fs::path> ran;
  bool since_3_14 = false;
  for (const auto& [path, file] : root.spelled) ran.insert(path);
  for (const auto& [path, file] : root.knowledge->files()) since_3_14 = since_3_14 || file->since_3_14;
  world_.compute([path = root.path, settings = root.settings, sources = *root.sources, ran = std::move(ran),
                  since_3_14]() -> Event {
    NeverImported result{path, settings, {}};
    for (const auto& file : sources.importable([&](const fs::path& each) { return ran.contains(each); })) {
      if (ran.contains(file)) continue;
      const auto known = exchange::never_imported(file);
      if (!known) continue;
      known->since_3_14 = since_3_14;
      const auto exclusions = configuration::find_exclusions(*known->syntax, *settings);
      result.totals = result.totals + model::totals(*known, exclusions);
    }
    return result;
  });
}

void Roots::counted(NeverImported event) {
  for (const auto& root : roots_) {
    if (root->path != event.root || root->settings != event.settings) continue;
    const auto before = std::exchange(root->never_imported, event.totals);
    pending_.runs |= before.arms != event.totals.arms || before.statements != event.totals.statements;
  }
}

// A change of the configuration takes effect at once.
void Roots::look_at_settings(Root& root) {
  if (world_.now() < root.look_at_settings) return;
  root.look_at_settings = world_.now() + when_idle;
  auto fingerprint = configuration::settings_fingerprint(root.path, world_.environment());
  if (root.settings && fingerprint == root.settings_fingerprint) return;
  const bool first = !root.settings;
  root.settings_fingerprint = std::move(fingerprint);
  root.settings = configuration::read_settings(root.path, world_.environment());
  root.sources = std::make_unique<configuration::SourceFiles>(*root.settings);
  for (const auto* problems : {&root.settings->problems, &root.sources->problems()})
    for (const auto& problem : *problems)
      if (root.told.insert(problem).second) spdlog::warn("{}", problem);
  if (first) return;
  spdlog::info("the configuration of {} has changed", root.path.native());
  root.counted.clear();
  root.spelled.clear();
  root.never_imported = {};
  if (root.knowledge)
    for (const auto& [path, file] : root.knowledge->files()) spell(root, path);
  count_never_imported(root);
  pending_.everything = true;
}

void Roots::folder_changed() {
  attentive_until_ = world_.now() + attention;
  next_poll_ = world_.now();
}

Activity Roots::poll() {
  if (next_poll_ && world_.now() >= *next_poll_) {
    for (const auto& root : roots_) poll(*root);
    schedule();
  }
  return std::exchange(pending_, {});
}

void Roots::poll(Root& root) {
  if (!root.parent_watched) root.parent_watched = world_.watch_folder(root.path);
  look_at_settings(root);
  if (root.phase == Root::Phase::absent && is_folder(root.branchlight_dir)) load(root);
  if (root.phase == Root::Phase::absent) return;
  if (!root.runs_watched) root.runs_watched = world_.watch_folder(root.branchlight_dir / "runs");
  if (root.phase != Root::Phase::following) return;

  if (root.store && world_.now() >= root.look_for_erasure && root.store->erased_elsewhere()) {
    spdlog::info("{} was erased", root.branchlight_dir.native());
    root.begin_anew();
    pending_.everything = true;
    next_poll_ = world_.now();
    return;
  }
  if (world_.now() >= root.look_for_erasure) root.look_for_erasure = world_.now() + when_idle;
  root.follower->poll();
  for (auto& run : root.follower->take_started()) {
    spdlog::info("run {} began: {}", run.id, fmt::join(run.argv, " "));
    root.running.insert(run.id);
    root.latest = std::move(run);
    pending_.runs = true;
  }
  for (const auto& run : root.follower->take_ended()) {
    spdlog::info("run {} ended with {}", run.id, run.exit_status ? std::to_string(*run.exit_status) : "no status");
    root.running.erase(run.id);
    if (root.latest && root.latest->id == run.id) root.latest = run;
    fold(root, run);
    count_never_imported(root);
    pending_.runs = true;
  }
  take_changed(root);
}

// By whoever comes first; logs that everybody has had time to read go.
void Roots::fold(Root& root, const runs::RunInfo& run) {
  if (root.store) {
    root.store->fold(run, *root.knowledge);
    if (run.has_manifest)
      root.folded.insert(run.id);
    else
      root.folded.insert(run.logs.begin(), run.logs.end());
    runs::remove_folded(root.branchlight_dir, root.folded);
  }
  auto problems = root.follower->problems();
  if (root.store) problems.insert(problems.end(), root.store->warnings().begin(), root.store->warnings().end());
  for (const auto& problem : problems)
    if (root.told.insert(problem).second) spdlog::warn("{}", problem);
}

void Roots::take_changed(Root& root) {
  for (auto& path : root.knowledge->take_changed()) {
    spell(root, path);
    auto whole = documents::resolved(path);
    if (auto shown = root.sources->shown_as(whole); shown != whole) pending_.changed.push_back(std::move(shown));
    pending_.changed.push_back(std::move(whole));
  }
}

void Roots::schedule() {
  if (roots_.empty()) {
    next_poll_.reset();
    return;
  }
  const auto now = world_.now();
  bool alive = now < attentive_until_;
  bool watched = true;
  for (const auto& root : roots_) {
    alive = alive || (root->follower && root->follower->anything_alive());
    watched = watched && root->parent_watched && (root->phase == Root::Phase::absent || root->runs_watched);
  }
  next_poll_ = now + (alive ? while_alive : watched ? when_watched : when_idle);
}

const model::FileKnowledge* Roots::find(const fs::path& file) const {
  const model::FileKnowledge* innermost = nullptr;
  std::size_t longest = 0;
  for (const auto& root : roots_) {
    const auto found = root->spelled.find(file);
    if (found == root->spelled.end() || root->path.native().size() < longest) continue;
    if (!root->sources->counts(file)) continue;
    if (const auto* known = root->knowledge->find(found->second); known && known->syntax) {
      innermost = known;
      longest = root->path.native().size();
    }
  }
  return innermost;
}

configuration::SharedSettings Roots::settings(const fs::path& file) const {
  const Root* innermost = nullptr;
  for (const auto& root : roots_) {
    if (!holds(root->path, file)) continue;
    if (!innermost || innermost->path.native().size() < root->path.native().size()) innermost = root.get();
  }
  return innermost ? innermost->settings : nullptr;
}

fs::path Roots::relative(const fs::path& file) const {
  for (const auto& folder : folders_)
    if (holds(folder, file)) return file.lexically_relative(folder);
  for (const auto& root : roots_)
    if (holds(root->path, file)) return file.lexically_relative(root->path);
  return file.filename();
}

std::optional<fs::path> Roots::first() const {
  if (folders_.empty()) return std::nullopt;
  return runs::find_workspace(folders_.front(), world_.environment()).root;
}

model::Totals Roots::totals() {
  model::Totals sum;
  for (const auto& root : roots_) {
    if (!root->knowledge) continue;
    for (const auto& [path, file] : root->knowledge->files()) {
      if (!file->syntax) continue;
      const auto [entry, fresh] = root->counted.try_emplace(path);
      auto& counted = entry->second;
      if (fresh) counted.counts = root->sources->counts(documents::resolved(path));
      if (!counted.counts) continue;
      if (counted.syntax != file->syntax) {
        counted.syntax = file->syntax;
        counted.exclusions = configuration::find_exclusions(*file->syntax, *root->settings);
        counted.revision = UINT64_MAX;
      }
      if (counted.revision != file->revision) counted.totals = model::totals(*file, counted.exclusions);
      counted.revision = file->revision;
      sum = sum + counted.totals;
    }
    sum = sum + root->never_imported;
  }
  return sum;
}

bool Roots::anything_known() const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [](const auto& root) { return root->knowledge && !root->knowledge->files().empty(); });
}

Roots::Files Roots::known() const {
  Files result;
  for (const auto& root : roots_) {
    if (!root->knowledge) continue;
    for (const auto& [path, file] : root->knowledge->files()) {
      const auto counted = root->counted.find(path);
      if (counted == root->counted.end() || !counted->second.counts) continue;
      ++result.files;
      result.imported += file->imported.has_value();
    }
  }
  return result;
}

bool Roots::anything_running() const {
  return std::any_of(roots_.begin(), roots_.end(), [](const auto& root) { return !root->running.empty(); });
}

std::optional<Roots::Latest> Roots::latest() const {
  const Root* last = nullptr;
  for (const auto& root : roots_)
    if (root->latest && (!last || last->latest->started_ns < root->latest->started_ns)) last = root.get();
  if (!last) return std::nullopt;
  return Latest{*last->latest, last->knowledge->tests(last->latest->id)};
}

std::vector<std::string> Roots::erase() {
  std::vector<std::string> problems;
  for (const auto& root : roots_) {
    if (root->phase != Root::Phase::following) continue;
    runs::remove_all(root->branchlight_dir);
    if (root->store) {
      root->store->erase();
      problems.insert(problems.end(), root->store->warnings().begin(), root->store->warnings().end());
    }
    root->begin_anew();
  }
  pending_.everything = true;
  next_poll_ = world_.now();
  return problems;
}

}  // namespace branchlight::session
