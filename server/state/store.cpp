#include "server/state/store.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/runs/process.h"
#include "server/state/file_rows.h"
#include "server/state/kept_texts.h"
#include "server/state/sqlite.h"
#include "server/state/state_file.h"

namespace branchlight::state {
namespace {

constexpr std::int64_t day_ns = 24LL * 3600 * 1'000'000'000;

bool is_folded(Database& database, const runs::RunInfo& run) {
  if (run.has_manifest) {
    Statement known(database.handle(), "SELECT 1 FROM runs WHERE id=?");
    return known.bind_text(1, run.id).step();
  }
  // Under `branchlight env` several programs can be one run, one after the other: each log counts for itself.
  for (const std::string& log : run.logs) {
    Statement known(database.handle(), "SELECT 1 FROM logs WHERE name=?");
    if (!known.bind_text(1, log).step()) return false;
  }
  return !run.logs.empty();
}

void write_run(Database& database, const runs::RunInfo& run, const model::Knowledge& knowledge) {
  const model::Knowledge::TestCounts tests = knowledge.tests(run.id);
  if (run.has_manifest) {
    Statement insert(database.handle(), "INSERT OR REPLACE INTO runs VALUES(?,?,?,?,?,?,?,?)");
    const std::string argv = nlohmann::json(run.argv).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    insert.bind_text(1, run.id).bind_text(2, argv).bind_text(3, run.cwd).bind(4, run.started_ns);
    run.exit_status ? insert.bind(5, *run.exit_status) : insert.bind_null(5);
    insert.bind(6, to_signed(tests.passed)).bind(7, to_signed(tests.failed)).bind(8, to_signed(tests.skipped)).run();
    return;
  }
  Statement insert(database.handle(), "INSERT OR REPLACE INTO logs VALUES(?,?)");
  for (const std::string& log : run.logs) insert.bind_text(1, log).bind(2, runs::now_ns()).run();
}

void prune(Database& database) {
  Statement texts(database.handle(), "DELETE FROM texts WHERE seen_ns < ? AND hash NOT IN (SELECT text FROM files)");
  texts.bind(1, runs::now_ns() - day_ns).run();
  Statement logs(database.handle(), "DELETE FROM logs WHERE folded_ns < ?");
  logs.bind(1, runs::now_ns() - 90 * day_ns).run();
  database.execute("DELETE FROM owners WHERE id NOT IN (SELECT owner FROM evidence)");
}

}  // namespace

struct Store::State {
  explicit State(const std::filesystem::path& folder) : file(folder, [this] { written.clear(); }) {}

  WrittenFiles written;  // as far as we know
  StateFile file;
};

std::variant<Store, StoreError> Store::open(const std::filesystem::path& branchlight_dir) {
  auto state = std::make_unique<State>(branchlight_dir);
  try {
    state->file.open();
  } catch (const SqliteError& error) {
    return StoreError{error.what()};
  }
  return Store(std::move(state));
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

const std::vector<std::string>& Store::warnings() const { return state_->file.warnings(); }

std::vector<model::FileKnowledge> Store::load() {
  return state_->file.guarded<std::vector<model::FileKnowledge>>({}, [&] {
    Database& database = state_->file.database();
    // A fold by another process must not come between the tables.
    const Transaction snapshot(database, Transaction::For::reading);
    return load_files(database, state_->written);
  });
}

std::vector<std::string> Store::folded_runs() {
  return state_->file.guarded<std::vector<std::string>>({}, [&] {
    std::vector<std::string> result;
    Statement rows(state_->file.database().handle(), "SELECT id FROM runs UNION ALL SELECT name FROM logs");
    while (rows.step()) result.push_back(rows.bytes(0));
    return result;
  });
}

bool Store::fold(const runs::RunInfo& run, const model::Knowledge& knowledge) {
  State& state = *state_;
  if (!state.file.is_ours()) state.file.open();  // the folder was deleted under us: begin anew
  return state.file.guarded<bool>(false, [&] {
    Database& database = state.file.database();
    Transaction transaction(database);
    if (is_folded(database, run)) return false;
    WrittenFiles now;
    OwnerIds owners(database);
    for (const auto& [path, file] : knowledge.files()) {
      if (!file->syntax || (file->settled.empty() && !state.written.contains(path))) continue;
      if (file->imported) {  // only import() writes such, and somebody may have done so since
        if (const auto before = state.written.find(path); before != state.written.end()) now.insert(*before);
        continue;
      }
      keep_text(database, *file->syntax->text);
      now[path] = write_file(database, *file, state.written, owners);
    }
    write_run(database, run, knowledge);
    prune(database);
    transaction.commit();
    state.written = std::move(now);
    return true;
  });
}

std::optional<std::vector<std::string>> Store::import(const std::vector<model::FileKnowledge>& files,
                                                      const model::Import& import) {
  using Paths = std::vector<std::string>;
  State& state = *state_;
  return state.file.guarded<std::optional<Paths>>(std::nullopt, [&]() -> std::optional<Paths> {
    Database& database = state.file.database();
    Paths left;
    Transaction transaction(database);
    database.execute(
        "DELETE FROM evidence WHERE file IN (SELECT id FROM files WHERE imported != 0);"
        "DELETE FROM files WHERE imported != 0; DELETE FROM imports");
    Statement live(database.handle(), "SELECT 1 FROM evidence JOIN files ON files.id = file WHERE path=? LIMIT 1");
    OwnerIds owners(database);
    state.written.clear();
    for (const model::FileKnowledge& file : files) {
      const bool is_live = live.bind_text(1, file.path).step();
      live.reset();
      if (is_live) {
        left.push_back(file.path);
        continue;
      }
      keep_text(database, *file.syntax->text);
      write_file(database, file, state.written, owners);
    }
    Statement(database.handle(), "INSERT INTO imports VALUES(?,?,?)")
        .bind_text(1, import.file)
        .bind(2, import.measured_ns)
        .bind(3, static_cast<std::int64_t>(import.branches))
        .run();
    state.file.count_erasure();
    prune(database);
    transaction.commit();
    state.file.erasure_was_ours();
    return left;
  });
}

text::SharedText Store::text(std::uint64_t content_hash) {
  return state_->file.guarded<text::SharedText>(nullptr, [&]() -> text::SharedText {
    auto found = find_text(state_->file.database(), content_hash);
    return found ? std::make_shared<const text::SourceText>(std::move(*found)) : nullptr;
  });
}

void Store::remember_files(const std::vector<std::uint64_t>& content_hashes, const BytesOf& bytes_of) {
  state_->file.guarded<bool>(false, [&] {
    Transaction transaction(state_->file.database());
    keep_texts(state_->file.database(), content_hashes, bytes_of);
    transaction.commit();
    return true;
  });
}

void Store::remember_file(std::uint64_t content_hash, std::string_view bytes) {
  state_->file.guarded<bool>(false, [&] {
    keep_texts(state_->file.database(), {content_hash}, [&](std::uint64_t) { return std::string(bytes); });
    return true;
  });
}

void Store::erase() {
  State& state = *state_;
  state.file.guarded<bool>(false, [&] {
    Database& database = state.file.database();
    Transaction transaction(database);
    database.execute(
        "DELETE FROM evidence; DELETE FROM owners; DELETE FROM files; DELETE FROM texts; DELETE FROM runs; "
        "DELETE FROM logs; DELETE FROM imports");
    state.file.count_erasure();
    transaction.commit();
    sqlite3_exec(database.handle(), "VACUUM", nullptr, nullptr, nullptr);  // a courtesy, not while somebody reads
    return true;
  });
  state.written.clear();
  state.file.erasure_was_ours();
}

bool Store::erased_elsewhere() {
  State& state = *state_;
  if (!state.file.is_ours()) {
    state.written.clear();
    state.file.open();
    return true;
  }
  return state.file.guarded<bool>(false, [&] {
    if (!state.file.erased_elsewhere()) return false;
    state.written.clear();
    return true;
  });
}

}  // namespace branchlight::state
