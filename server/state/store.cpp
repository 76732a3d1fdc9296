#include "server/state/store.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "server/runs/process.h"
#include "server/runs/workspace.h"
#include "server/state/blobs.h"
#include "server/state/files.h"
#include "server/state/sqlite.h"

namespace branchlight::state {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t schema_version = 3;
constexpr std::int64_t day_ns = 24LL * 3600 * 1'000'000'000;

constexpr const char* schema = R"(
CREATE TABLE runs(id TEXT PRIMARY KEY, argv TEXT NOT NULL, cwd TEXT NOT NULL, started_ns INTEGER NOT NULL,
                  exit INTEGER, passed INTEGER NOT NULL, failed INTEGER NOT NULL, skipped INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE logs(name TEXT PRIMARY KEY, folded_ns INTEGER NOT NULL) WITHOUT ROWID;  -- of runs without a manifest
CREATE TABLE texts(hash INTEGER PRIMARY KEY, bytes BLOB NOT NULL, seen_ns INTEGER NOT NULL);
CREATE TABLE files(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, text INTEGER NOT NULL, fingerprint INTEGER NOT NULL,
                   absent BLOB NOT NULL, since_3_14 INTEGER NOT NULL, imported INTEGER NOT NULL);
CREATE TABLE owners(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name));
CREATE TABLE evidence(file INTEGER NOT NULL, owner INTEGER NOT NULL, taken BLOB NOT NULL, PRIMARY KEY(file, owner)) WITHOUT ROWID;
CREATE INDEX evidence_by_owner ON evidence(owner);
CREATE TABLE imports(file TEXT NOT NULL, measured_ns INTEGER NOT NULL, branches INTEGER NOT NULL);  -- one, or none
CREATE TABLE erasures(count INTEGER NOT NULL);
INSERT INTO erasures VALUES(0);
)";
constexpr const char* from_version_1 = "ALTER TABLE files ADD COLUMN since_3_14 INTEGER NOT NULL DEFAULT 0";
constexpr const char* from_version_2 =
    "ALTER TABLE files ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE imports(file TEXT NOT NULL, measured_ns INTEGER NOT NULL, branches INTEGER NOT NULL)";

// What the database holds of a file as far as we know: what fold() compares with.
struct Written {
  std::uint64_t text = 0, fingerprint = 0;
  std::size_t absent = 0;  // a hash of the blob
  bool since_3_14 = false;
  std::map<model::Owner, std::size_t> taken;  // a hash of the blob
};

// The rows of owners, made where they are missing. For one transaction.
class OwnerIds {
 public:
  explicit OwnerIds(Database& database)
      : insert_(database.handle(), "INSERT OR IGNORE INTO owners(kind, name) VALUES(?,?)"),
        find_(database.handle(), "SELECT id FROM owners WHERE kind=? AND name=?") {}
  std::int64_t find(const model::Owner& owner);

 private:
  Statement insert_, find_;
  std::map<model::Owner, std::int64_t> ids_;
};

std::int64_t OwnerIds::find(const model::Owner& owner) {
  const auto [known, is_new] = ids_.try_emplace(owner);
  if (!is_new) return known->second;
  const auto kind = static_cast<std::int64_t>(owner.kind);
  insert_.bind(1, kind).bind_text(2, owner.name.text()).run();
  find_.bind(1, kind).bind_text(2, owner.name.text()).step();
  known->second = find_.integer(0);
  find_.reset();
  return known->second;
}

// As the numbers in the database have it.
static_assert(static_cast<int>(model::Owner::Kind::command) == 0 && static_cast<int>(model::Owner::Kind::test) == 1 &&
              static_cast<int>(model::Owner::Kind::imported) == 2);

model::Owner::Kind owner_kind(std::int64_t number) {
  return number == 0   ? model::Owner::Kind::command
         : number == 1 ? model::Owner::Kind::test
                       : model::Owner::Kind::imported;
}

std::size_t hash_of(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }
std::int64_t to_signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

struct Store::State {
  fs::path folder;
  std::unique_ptr<Database> database;
  bool in_memory = false;
  std::vector<std::string> warnings;
  std::map<std::string, Written> written;
  std::unordered_map<std::int64_t, model::Owner> loaded_owners;  // while load() runs: files share their names
  std::int64_t erasures = 0;
  std::int64_t data_version = 0;
  std::uint64_t identity = 0;

  fs::path file() const { return folder / "state.sqlite"; }
  void warn(const std::string& text) {
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) warnings.push_back(text);
  }
  void open(const std::string& damage = {});
  bool connect();
  void open_memory(const std::string& why);
  void put_aside(const std::string& suffix, const std::string& why);
  void prepare_schema();
  bool file_is_ours() const;
  // Does what it is told; a database that turns out damaged is put aside, and it is done once more.
  template <typename Result>
  Result guarded(Result otherwise, const std::function<Result()>& act);
  model::FileKnowledge load_file(std::int64_t id, const std::string& path, std::uint64_t hash,
                                 const std::string& absent, bool since_3_14, bool& sound,
                                 std::uint64_t stored_fingerprint);
  std::optional<model::Import> load_import();
  bool is_folded(const runs::RunInfo& run);
  void write_run(const runs::RunInfo& run, const model::Knowledge& knowledge);
  void write_file(const model::FileKnowledge& file, OwnerIds& owners, Written& now);
  void remember(const std::vector<std::uint64_t>& hashes, const BytesOf& bytes_of);
  void remember(std::uint64_t hash, std::string_view bytes);
  void remember(const text::SourceText& text);
  void prune();
};

void Store::State::open(const std::string& damage) {
  if (const auto problem = runs::prepare({{}, folder})) return open_memory(*problem);
  const FolderLock lock(folder);
  try {
    // Another process may have been quicker: then the file is not the one that was damaged.
    if (!damage.empty() && file_is_ours()) put_aside("damaged", damage);
    if (!connect()) {
      put_aside("newer", "it was written by a newer Branchlight");
      connect();
    }
  } catch (const SqliteError& error) {
    if (!error.damaged()) return open_memory(file().string() + ": " + error.what());
    put_aside("damaged", error.what());
    try {
      connect();
    } catch (const SqliteError& again) {
      return open_memory(file().string() + ": " + again.what());
    }
  }
}

// False: of a newer version, and left as it is.
bool Store::State::connect() {
  database = std::make_unique<Database>(file().string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (database->number("PRAGMA user_version") > schema_version) return false;
  database->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  prepare_schema();
  identity = file_identity(file());
  erasures = database->number("SELECT count FROM erasures");
  data_version = database->number("PRAGMA data_version");
  return true;
}

void Store::State::prepare_schema() {
  if (database->number("PRAGMA user_version") == schema_version) {
    database->number("SELECT count FROM erasures");  // a damaged first page shows here
    return;
  }
  Transaction transaction(*database);
  const auto version = database->number("PRAGMA user_version");
  if (version < schema_version) {
    if (version == 0) database->execute(schema);
    if (version == 1) database->execute(from_version_1);
    if (version == 1 || version == 2) database->execute(from_version_2);
    database->execute("PRAGMA user_version=3");
  }
  transaction.commit();
}

void Store::State::open_memory(const std::string& why) {
  warn("what is found is not kept: " + why);
  in_memory = true;
  database = std::make_unique<Database>(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  prepare_schema();
  // What can still be read is shown. `immutable`, for the log beside it cannot be written either.
  std::error_code error;
  if (!fs::is_regular_file(file(), error)) return;
  try {
    Database old("file:" + file().string() + "?immutable=1", SQLITE_OPEN_READONLY);
    if (old.number("PRAGMA user_version") != schema_version) return;
    sqlite3_backup* backup = sqlite3_backup_init(database->handle(), "main", old.handle(), "main");
    if (backup == nullptr) return;
    const int code = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) return;
  } catch (const SqliteError&) {
  }
  database = std::make_unique<Database>(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  prepare_schema();
}

void Store::State::put_aside(const std::string& suffix, const std::string& why) {
  database.reset();
  written.clear();
  const std::string aside = file().string() + "." + suffix + "-" + std::to_string(runs::now_ns() / 1'000'000'000);
  std::error_code error;
  fs::rename(file(), aside, error);
  for (const char* companion : {"-wal", "-shm"}) {
    std::error_code ignored;
    fs::rename(file().string() + companion, aside + companion, ignored);
  }
  if (error) fs::remove(file(), error);
  warn(file().string() + ": " + why + "; it was put aside as " + fs::path(aside).filename().string() +
       ". Run the tests to win back what it knew.");
}

bool Store::State::file_is_ours() const { return in_memory || (identity != 0 && file_identity(file()) == identity); }

template <typename Result>
Result Store::State::guarded(Result otherwise, const std::function<Result()>& act) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      return act();
    } catch (const SqliteError& error) {
      if (!error.damaged() || in_memory || attempt > 0) {
        warn(file().string() + ": " + error.what());
        return otherwise;
      }
      database.reset();
      open(error.what());
    }
  }
  return otherwise;
}

std::variant<Store, StoreError> Store::open(const fs::path& branchlight_dir) {
  auto state = std::make_unique<State>();
  state->folder = branchlight_dir;
  try {
    state->open();
  } catch (const SqliteError& error) {
    return StoreError{error.what()};
  }
  return Store(std::move(state));
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

const std::vector<std::string>& Store::warnings() const { return state_->warnings; }

model::FileKnowledge Store::State::load_file(std::int64_t id, const std::string& path, std::uint64_t hash,
                                             const std::string& absent, bool since_3_14, bool& sound,
                                             std::uint64_t stored_fingerprint) {
  sound = false;
  model::FileKnowledge file;
  file.path = path;
  file.since_3_14 = since_3_14;
  Statement text(database->handle(), "SELECT bytes FROM texts WHERE hash=?");
  if (!text.bind(1, to_signed(hash)).step()) return file;
  auto source = text::SourceText::from_file_bytes(text.bytes(0));
  if (!source || source->content_hash() != hash) return file;
  file.syntax = syntax::parse(std::make_shared<const text::SourceText>(std::move(*source)));
  // Another parser counts sites in another way: then the evidence means nothing any more.
  if (fingerprint(*file.syntax) != stored_fingerprint) return file;
  auto absent_arms = arms_from_blob(absent, *file.syntax);
  if (!absent_arms) return file;
  file.absent = std::move(*absent_arms);

  Written now{hash, stored_fingerprint, hash_of(absent), file.since_3_14, {}};
  Statement rows(database->handle(),
                 "SELECT kind, name, taken, owner FROM evidence JOIN owners ON owners.id = owner WHERE file=?");
  rows.bind(1, id);
  std::unordered_map<std::string, model::Evidence> by_blob;  // thousands of tests may share what one fixture ran
  while (rows.step()) {
    std::string blob = rows.bytes(2);
    auto known = by_blob.find(blob);
    if (known == by_blob.end()) {
      auto evidence = evidence_from_blob(blob, *file.syntax);
      if (!evidence) continue;
      known = by_blob.emplace(blob, std::move(*evidence)).first;
    }
    const auto [owner, is_new] = loaded_owners.try_emplace(rows.integer(3));
    if (is_new) owner->second = {owner_kind(rows.integer(0)), rows.bytes(1)};
    now.taken.emplace(owner->second, hash_of(blob));
    file.settled.emplace(owner->second, known->second);
  }
  written[path] = std::move(now);
  sound = true;
  return file;
}

std::optional<model::Import> Store::State::load_import() {
  Statement row(database->handle(), "SELECT file, measured_ns, branches FROM imports");
  if (!row.step()) return std::nullopt;
  return model::Import{row.bytes(0), row.integer(1), row.integer(2) != 0};
}

std::vector<model::FileKnowledge> Store::load() {
  State& state = *state_;
  return state.guarded<std::vector<model::FileKnowledge>>({}, [&] {
    std::vector<model::FileKnowledge> result;
    state.written.clear();
    state.loaded_owners.clear();
    // One snapshot: a fold by another process must not come between the tables.
    state.database->execute("BEGIN");
    try {
      const auto import = state.load_import();
      Statement files(state.database->handle(),
                      "SELECT id, path, text, fingerprint, absent, since_3_14, imported FROM files ORDER BY path");
      while (files.step()) {
        bool sound = false;
        auto file =
            state.load_file(files.integer(0), files.bytes(1), static_cast<std::uint64_t>(files.integer(2)),
                            files.bytes(4), files.integer(5) != 0, sound, static_cast<std::uint64_t>(files.integer(3)));
        if (files.integer(6) != 0) file.imported = import;
        if (sound) result.push_back(std::move(file));
      }
    } catch (...) {
      sqlite3_exec(state.database->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
    state.database->execute("COMMIT");
    return result;
  });
}

std::vector<std::string> Store::folded_runs() {
  return state_->guarded<std::vector<std::string>>({}, [&] {
    std::vector<std::string> result;
    Statement rows(state_->database->handle(), "SELECT id FROM runs UNION ALL SELECT name FROM logs");
    while (rows.step()) result.push_back(rows.bytes(0));
    return result;
  });
}

bool Store::State::is_folded(const runs::RunInfo& run) {
  if (run.has_manifest) {
    Statement known(database->handle(), "SELECT 1 FROM runs WHERE id=?");
    return known.bind_text(1, run.id).step();
  }
  // Under `branchlight env` several programs can be one run, one after the other: each log counts for itself.
  for (const std::string& log : run.logs) {
    Statement known(database->handle(), "SELECT 1 FROM logs WHERE name=?");
    if (!known.bind_text(1, log).step()) return false;
  }
  return !run.logs.empty();
}

void Store::State::write_run(const runs::RunInfo& run, const model::Knowledge& knowledge) {
  const model::Knowledge::TestCounts tests = knowledge.tests(run.id);
  if (run.has_manifest) {
    Statement insert(database->handle(), "INSERT OR REPLACE INTO runs VALUES(?,?,?,?,?,?,?,?)");
    const std::string argv = nlohmann::json(run.argv).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    insert.bind_text(1, run.id).bind_text(2, argv).bind_text(3, run.cwd).bind(4, run.started_ns);
    run.exit_status ? insert.bind(5, *run.exit_status) : insert.bind_null(5);
    insert.bind(6, to_signed(tests.passed)).bind(7, to_signed(tests.failed)).bind(8, to_signed(tests.skipped)).run();
    return;
  }
  Statement insert(database->handle(), "INSERT OR REPLACE INTO logs VALUES(?,?)");
  for (const std::string& log : run.logs) insert.bind_text(1, log).bind(2, runs::now_ns()).run();
}

// Writes where `now` differs from what was written before; `now` is made here.
void Store::State::write_file(const model::FileKnowledge& file, OwnerIds& owners, Written& now) {
  const std::string absent = to_blob(file.absent);
  now.text = file.syntax->text->content_hash();
  now.fingerprint = fingerprint(*file.syntax);
  now.absent = hash_of(absent);
  now.since_3_14 = file.since_3_14;
  const auto found = written.find(file.path);
  Written none;
  const Written& before = found == written.end() ? none : found->second;

  sqlite3* handle = database->handle();
  Statement row(handle, "SELECT id, text, fingerprint, imported FROM files WHERE path=?");
  const bool there = row.bind_text(1, file.path).step();
  // What was imported goes as a whole where a run has come, even if that import was made after we had loaded.
  const bool same_text = there && row.integer(1) == to_signed(now.text) &&
                         row.integer(2) == to_signed(now.fingerprint) &&
                         (row.integer(3) != 0) == file.imported.has_value();
  std::int64_t id = there ? row.integer(0) : 0;
  if (there && !same_text) Statement(handle, "DELETE FROM evidence WHERE file=?").bind(1, id).run();
  if (!same_text || before.absent != now.absent || before.since_3_14 != now.since_3_14) {
    Statement put(handle,
                  "INSERT INTO files(path, text, fingerprint, absent, since_3_14, imported) VALUES(?,?,?,?,?,?) "
                  "ON CONFLICT(path) DO UPDATE SET text=excluded.text, fingerprint=excluded.fingerprint, "
                  "absent=excluded.absent, since_3_14=excluded.since_3_14, imported=excluded.imported");
    put.bind_text(1, file.path)
        .bind(2, to_signed(now.text))
        .bind(3, to_signed(now.fingerprint))
        .bind_blob(4, absent)
        .bind(5, static_cast<std::int64_t>(file.since_3_14))
        .bind(6, static_cast<std::int64_t>(file.imported.has_value()))
        .run();
    Statement again(handle, "SELECT id FROM files WHERE path=?");
    again.bind_text(1, file.path).step();
    id = again.integer(0);
  }

  Statement put(handle, "INSERT OR REPLACE INTO evidence VALUES(?,?,?)");
  for (const auto& [owner, evidence] : file.settled) {
    const std::string blob = to_blob(evidence);
    const std::size_t hash = hash_of(blob);
    now.taken.emplace(owner, hash);
    const auto old = before.taken.find(owner);
    if (same_text && old != before.taken.end() && old->second == hash) continue;
    put.bind(1, id).bind(2, owners.find(owner)).bind_blob(3, blob).run();
  }
  if (!same_text) return;
  Statement remove(handle, "DELETE FROM evidence WHERE file=? AND owner=?");
  for (const auto& [owner, hash] : before.taken) {
    if (!file.settled.contains(owner)) remove.bind(1, id).bind(2, owners.find(owner)).run();
  }
}

bool Store::fold(const runs::RunInfo& run, const model::Knowledge& knowledge) {
  State& state = *state_;
  if (!state.file_is_ours()) state.open();  // the folder was deleted under us: begin anew
  return state.guarded<bool>(false, [&] {
    std::map<std::string, Written> now;
    Transaction transaction(*state.database);
    OwnerIds owners(*state.database);
    const bool first = !state.is_folded(run);
    for (const auto& [path, file] : knowledge.files()) {
      if (!file->syntax || (file->settled.empty() && !state.written.contains(path))) continue;
      if (file->imported) {  // only import() writes such, and somebody may have done so since
        if (const auto before = state.written.find(path); before != state.written.end()) now.insert(*before);
        continue;
      }
      if (first) {
        state.remember(*file->syntax->text);
        state.write_file(*file, owners, now[path]);
      }
    }
    if (!first) return false;
    state.write_run(run, knowledge);
    state.prune();
    transaction.commit();
    state.written = std::move(now);
    return true;
  });
}

std::optional<std::vector<std::string>> Store::import(const std::vector<model::FileKnowledge>& files,
                                                      const model::Import& import) {
  using Paths = std::vector<std::string>;
  State& state = *state_;
  return state.guarded<std::optional<Paths>>(std::nullopt, [&]() -> std::optional<Paths> {
    Paths left;
    Transaction transaction(*state.database);
    state.database->execute(
        "DELETE FROM evidence WHERE file IN (SELECT id FROM files WHERE imported != 0);"
        "DELETE FROM files WHERE imported != 0; DELETE FROM imports");
    sqlite3* handle = state.database->handle();
    Statement live(handle, "SELECT 1 FROM evidence JOIN files ON files.id = file WHERE path=? LIMIT 1");
    OwnerIds owners(*state.database);
    state.written.clear();
    for (const model::FileKnowledge& file : files) {
      const bool is_live = live.bind_text(1, file.path).step();
      live.reset();
      if (is_live) {
        left.push_back(file.path);
        continue;
      }
      state.remember(*file.syntax->text);
      Written ignored;
      state.write_file(file, owners, ignored);
    }
    Statement(handle, "INSERT INTO imports VALUES(?,?,?)")
        .bind_text(1, import.file)
        .bind(2, import.measured_ns)
        .bind(3, static_cast<std::int64_t>(import.branches))
        .run();
    state.database->execute("UPDATE erasures SET count = count + 1");
    state.prune();
    transaction.commit();
    state.erasures += 1;
    return left;
  });
}

void Store::State::prune() {
  Statement texts(database->handle(), "DELETE FROM texts WHERE seen_ns < ? AND hash NOT IN (SELECT text FROM files)");
  texts.bind(1, runs::now_ns() - day_ns).run();
  Statement logs(database->handle(), "DELETE FROM logs WHERE folded_ns < ?");
  logs.bind(1, runs::now_ns() - 90 * day_ns).run();
  database->execute("DELETE FROM owners WHERE id NOT IN (SELECT owner FROM evidence)");
}

text::SharedText Store::text(std::uint64_t content_hash) {
  return state_->guarded<text::SharedText>(nullptr, [&]() -> text::SharedText {
    Statement row(state_->database->handle(), "SELECT bytes FROM texts WHERE hash=?");
    if (!row.bind(1, to_signed(content_hash)).step()) return nullptr;
    auto source = text::SourceText::from_file_bytes(row.bytes(0));
    if (!source || source->content_hash() != content_hash) return nullptr;
    return std::make_shared<const text::SourceText>(std::move(*source));
  });
}

void Store::State::remember(const std::vector<std::uint64_t>& hashes, const BytesOf& bytes_of) {
  Statement known(database->handle(), "SELECT 1 FROM texts WHERE hash=?");
  Statement put(database->handle(), "INSERT OR IGNORE INTO texts VALUES(?,?,?)");
  for (const std::uint64_t hash : hashes) {
    const bool is_known = known.bind(1, to_signed(hash)).step();
    known.reset();
    const auto bytes = is_known ? std::nullopt : bytes_of(hash);
    if (bytes) put.bind(1, to_signed(hash)).bind_blob(2, *bytes).bind(3, runs::now_ns()).run();
  }
}

void Store::State::remember(std::uint64_t hash, std::string_view bytes) {
  remember({hash}, [bytes](std::uint64_t) { return std::string(bytes); });
}

void Store::State::remember(const text::SourceText& text) {
  // A file in another encoding, or with a byte-order mark, has other bytes than its text: remember_file() has had them.
  const auto as_file = text::SourceText::from_file_bytes(text.bytes());
  if (as_file && as_file->content_hash() == text.content_hash()) remember(text.content_hash(), text.bytes());
}

void Store::remember_files(const std::vector<std::uint64_t>& content_hashes, const BytesOf& bytes_of) {
  state_->guarded<bool>(false, [&] {
    Transaction transaction(*state_->database);
    state_->remember(content_hashes, bytes_of);
    transaction.commit();
    return true;
  });
}

void Store::remember_file(std::uint64_t content_hash, std::string_view bytes) {
  state_->guarded<bool>(false, [&] {
    state_->remember(content_hash, bytes);
    return true;
  });
}

void Store::erase() {
  State& state = *state_;
  state.guarded<bool>(false, [&] {
    Transaction transaction(*state.database);
    state.database->execute(
        "DELETE FROM evidence; DELETE FROM owners; DELETE FROM files; DELETE FROM texts; DELETE FROM runs; "
        "DELETE FROM logs; DELETE FROM imports; UPDATE erasures SET count = count + 1");
    transaction.commit();
    sqlite3_exec(state.database->handle(), "VACUUM", nullptr, nullptr,
                 nullptr);  // a courtesy, not while somebody reads
    return true;
  });
  state.written.clear();
  state.erasures += 1;
}

bool Store::erased_elsewhere() {
  State& state = *state_;
  if (!state.file_is_ours()) {
    state.written.clear();
    state.open();
    return true;
  }
  return state.guarded<bool>(false, [&] {
    const std::int64_t version = state.database->number("PRAGMA data_version");
    if (std::exchange(state.data_version, version) == version) return false;
    const std::int64_t count = state.database->number("SELECT count FROM erasures");
    if (std::exchange(state.erasures, count) == count) return false;
    state.written.clear();
    return true;
  });
}

}  // namespace branchlight::state
