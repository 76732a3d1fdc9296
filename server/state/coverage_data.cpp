#include "server/state/coverage_data.h"

#include <map>
#include <set>
#include <system_error>

#include "coverage/exchange/analysis.h"
#include "server/runs/process.h"
#include "server/state/sqlite.h"

namespace branchlight::state {
namespace {

namespace fs = std::filesystem;

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

using Contexts = std::map<std::string, std::set<exchange::Branch>>;

Contexts contexts_of(const model::FileKnowledge& file) {
  Contexts contexts;
  const auto add = [&](const std::map<model::Owner, model::Evidence>& owners) {
    for (const auto& [owner, evidence] : owners)
      contexts[owner.kind == model::Owner::Kind::test ? owner.name : ""].merge(exchange::arcs(*file.syntax, evidence));
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

}  // namespace

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
