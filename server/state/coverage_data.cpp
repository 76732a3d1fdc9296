#include "server/state/coverage_data.h"

#include <fstream>
#include <map>
#include <set>
#include <system_error>

#include "coverage/exchange/arcs.h"
#include "server/runs/process.h"
#include "server/state/sqlite.h"

namespace branchlight::state {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t schema_version = 7;
constexpr int longest_value = 1 << 20;  // numbits of eight million lines
constexpr const char* schema = R"(
CREATE TABLE coverage_schema (version integer);
CREATE TABLE meta (key text, value text, unique (key));
CREATE TABLE file (id integer primary key, path text, unique (path));
CREATE TABLE context (id integer primary key, context text, unique (context));
CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id));
CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer,
    foreign key (file_id) references file (id), foreign key (context_id) references context (id),
    unique (file_id, context_id, fromno, tono));
CREATE TABLE tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id));
INSERT INTO coverage_schema VALUES (7);
INSERT INTO meta VALUES ('has_arcs', '1');
)";

exchange::MeasuredArcs contexts_of(const model::FileKnowledge& file) {
  exchange::MeasuredArcs contexts;
  const auto add = [&](const std::map<model::Owner, model::Evidence>& owners) {
    for (const auto& [owner, evidence] : owners)
      contexts[exchange::context_of(owner)].merge(exchange::arcs(*file.syntax, evidence));
  };
  add(file.settled);
  for (const auto& [run, owners] : file.running) add(owners);
  return contexts;
}

void write(Database& database, const std::vector<const model::FileKnowledge*>& measured, const std::string& version) {
  database.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
  Transaction transaction(database);
  database.execute(schema);
  Statement(database.handle(), "INSERT INTO meta VALUES ('version', ?)").bind_text(1, version).run();
  Statement put_file(database.handle(), "INSERT INTO file VALUES (?, ?)");
  Statement put_context(database.handle(), "INSERT INTO context VALUES (?, ?)");
  Statement put_arc(database.handle(), "INSERT INTO arc VALUES (?, ?, ?, ?)");
  std::map<std::string, std::int64_t> ids;
  std::int64_t file_id = 0;
  for (const model::FileKnowledge* file : measured) {
    put_file.bind(1, ++file_id).bind_text(2, file->path).run();
    for (const auto& [context, arcs] : contexts_of(*file)) {
      const auto [id, is_new] = ids.try_emplace(context, static_cast<std::int64_t>(ids.size()) + 1);
      if (is_new) put_context.bind(1, id->second).bind_text(2, context).run();
      for (const exchange::Branch& arc : arcs)
        put_arc.bind(1, file_id).bind(2, id->second).bind(3, arc.from).bind(4, arc.to).run();
    }
  }
  transaction.commit();
}

// Whose schema it is we do not know: views and triggers in it could do anything, for any length of time.
void distrust(Database& database) {
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, longest_value);
  database.execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA query_only=ON");
}

std::optional<std::string> what_is_wrong(Database& database) {
  Statement check(database.handle(), "PRAGMA quick_check(1)");
  if (!check.step() || check.bytes(0) != "ok") return "it is damaged: " + check.bytes(0);
  if (database.number("SELECT count(*) FROM sqlite_master WHERE type='table' AND name='coverage_schema'") == 0)
    return "it is no data file of coverage.py";
  const auto version = database.number("SELECT version FROM coverage_schema");
  if (version == schema_version) return std::nullopt;
  return "its schema is version " + std::to_string(version) + "; what is read is version " +
         std::to_string(schema_version) + ", of coverage.py from 5.0 on";
}

// coverage.py's numbits: bit n of byte m stands for line 8 * m + n.
void add_lines(std::string_view numbits, std::set<exchange::Branch>& to) {
  for (std::size_t bit = 0; bit < numbits.size() * 8; ++bit) {
    const auto line = static_cast<std::int64_t>(bit);
    if (static_cast<unsigned char>(numbits[bit / 8]) >> bit % 8 & 1U) to.insert(to.end(), {line, line});
  }
}

CoverageData read(Database& database) {
  CoverageData data;
  sqlite3* handle = database.handle();
  data.branches = database.number("SELECT count(*) FROM meta WHERE key='has_arcs' AND value='1'") > 0;
  Statement files(handle, "SELECT path FROM file");
  while (files.step()) data.files[files.bytes(0)];
  Statement tracers(handle, "SELECT path, tracer FROM tracer JOIN file ON file.id = file_id");
  while (tracers.step()) data.files[tracers.bytes(0)].tracer = tracers.bytes(1);
  Statement lines(handle,
                  "SELECT path, context, numbits FROM line_bits JOIN file ON file.id = file_id "
                  "JOIN context ON context.id = context_id");
  while (lines.step()) add_lines(lines.bytes(2), data.files[lines.bytes(0)].measured[lines.bytes(1)]);
  Statement arcs(handle,
                 "SELECT path, context, fromno, tono FROM arc JOIN file ON file.id = file_id "
                 "JOIN context ON context.id = context_id");
  while (arcs.step()) data.files[arcs.bytes(0)].measured[arcs.bytes(1)].insert({arcs.integer(2), arcs.integer(3)});
  return data;
}

bool is_of_coverage_4(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string head(32, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head.starts_with("!coverage.py:");
}

}  // namespace

std::variant<CoverageData, CoverageDataError> read_coverage_data(const fs::path& file) {
  if (is_of_coverage_4(file)) return CoverageDataError{"coverage.py 4 wrote it; what is read is 5.0 and later"};
  try {
    Database database(fs::absolute(file).string(), SQLITE_OPEN_READONLY);
    distrust(database);
    if (auto wrong = what_is_wrong(database)) return CoverageDataError{std::move(*wrong)};
    return read(database);
  } catch (const SqliteError& problem) {
    if ((problem.code & 0xFF) == SQLITE_NOTADB) return CoverageDataError{"it is no data file of coverage.py"};
    return CoverageDataError{std::string(problem.damaged() ? "it is damaged: " : "it cannot be read: ") +
                             problem.what()};
  }
}

std::optional<std::string> write_coverage_data(const fs::path& file,
                                               const std::vector<const model::FileKnowledge*>& measured,
                                               const std::string& version) {
  // Absolute, for a name that begins with "file:" would be a URI.
  const fs::path whole = fs::absolute(file);
  const fs::path beside = whole.string() + ".new-" + std::to_string(runs::process_id());
  std::error_code error;
  fs::remove(beside, error);
  try {
    Database database(beside.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    write(database, measured, version);
  } catch (const SqliteError& problem) {
    fs::remove(beside, error);
    return file.string() + ": " + problem.what();
  }
  fs::rename(beside, whole, error);
  if (!error) return std::nullopt;
  std::error_code ignored;
  fs::remove(beside, ignored);
  return file.string() + ": " + error.message();
}

}  // namespace branchlight::state
