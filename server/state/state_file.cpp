#include "server/state/state_file.h"

#include <algorithm>

#include "server/runs/process.h"
#include "server/runs/workspace.h"
#include "server/state/files.h"

namespace branchlight::state {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t schema_version = 3;

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

void prepare_schema(Database& database) {
  if (database.number("PRAGMA user_version") == schema_version) {
    database.number("SELECT count FROM erasures");  // a damaged first page shows here
    return;
  }
  Transaction transaction(database);
  const auto version = database.number("PRAGMA user_version");
  if (version < schema_version) {
    if (version == 0) database.execute(schema);
    if (version == 1) database.execute(from_version_1);
    if (version == 1 || version == 2) database.execute(from_version_2);
    database.execute(("PRAGMA user_version=" + std::to_string(schema_version)).c_str());
  }
  transaction.commit();
}

}  // namespace

void StateFile::open(const std::string& damage) {
  if (const auto problem = runs::prepare({{}, folder_})) return open_memory(*problem);
  const FolderLock lock(folder_);
  try {
    // Another process may have been quicker: then the file is not the one that was damaged.
    if (!damage.empty() && is_ours()) put_aside("damaged", damage);
    if (!connect()) {
      put_aside("newer", "it was written by a newer Branchlight");
      connect();
    }
  } catch (const SqliteError& error) {
    if (!error.damaged()) return open_memory(path().string() + ": " + error.what());
    put_aside("damaged", error.what());
    try {
      connect();
    } catch (const SqliteError& again) {
      return open_memory(path().string() + ": " + again.what());
    }
  }
}

// False: of a newer version, and left as it is.
bool StateFile::connect() {
  database_ = std::make_unique<Database>(path().string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (database_->number("PRAGMA user_version") > schema_version) return false;
  database_->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  prepare_schema(*database_);
  identity_ = file_identity(path());
  erasures_ = database_->number("SELECT count FROM erasures");
  data_version_ = database_->number("PRAGMA data_version");
  return true;
}

void StateFile::open_memory(const std::string& why) {
  warn("what is found is not kept: " + why);
  in_memory_ = true;
  database_ = std::make_unique<Database>(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  prepare_schema(*database_);
  // What can still be read is shown. `immutable`, for the log beside it cannot be written either.
  std::error_code error;
  if (!fs::is_regular_file(path(), error)) return;
  try {
    Database old("file:" + path().string() + "?immutable=1", SQLITE_OPEN_READONLY);
    if (old.number("PRAGMA user_version") != schema_version) return;
    sqlite3_backup* backup = sqlite3_backup_init(database_->handle(), "main", old.handle(), "main");
    if (backup == nullptr) return;
    const int code = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE) return;
  } catch (const SqliteError&) {
  }
  database_ = std::make_unique<Database>(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  prepare_schema(*database_);
}

void StateFile::put_aside(const std::string& suffix, const std::string& why) {
  database_.reset();
  when_put_aside_();
  const std::string aside = path().string() + "." + suffix + "-" + std::to_string(runs::now_ns() / 1'000'000'000);
  std::error_code error;
  fs::rename(path(), aside, error);
  for (const char* companion : {"-wal", "-shm"}) {
    std::error_code ignored;
    fs::rename(path().string() + companion, aside + companion, ignored);
  }
  if (error) fs::remove(path(), error);
  warn(path().string() + ": " + why + "; it was put aside as " + fs::path(aside).filename().string() +
       ". Run the tests to win back what it knew.");
}

bool StateFile::is_ours() const { return in_memory_ || (identity_ != 0 && file_identity(path()) == identity_); }

void StateFile::warn(const std::string& text) {
  if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(text);
}

bool StateFile::erased_elsewhere() {
  const std::int64_t version = database_->number("PRAGMA data_version");
  if (std::exchange(data_version_, version) == version) return false;
  const std::int64_t count = database_->number("SELECT count FROM erasures");
  return std::exchange(erasures_, count) != count;
}

}  // namespace branchlight::state
