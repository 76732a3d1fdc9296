#include "server/state/file_rows.h"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "server/state/blobs.h"
#include "server/state/kept_texts.h"

namespace branchlight::state {
namespace {

// As the numbers in the database have it.
static_assert(static_cast<int>(model::Owner::Kind::command) == 0 && static_cast<int>(model::Owner::Kind::test) == 1 &&
              static_cast<int>(model::Owner::Kind::imported) == 2);

model::Owner::Kind owner_kind(std::int64_t number) {
  return number == 0   ? model::Owner::Kind::command
         : number == 1 ? model::Owner::Kind::test
                       : model::Owner::Kind::imported;
}

std::size_t hash_of(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

class Loader {
 public:
  Loader(Database& database, WrittenFiles& written) : database_(database), written_(written) {}
  std::vector<model::FileKnowledge> load();

 private:
  // Columns of the table.
  struct Row {
    std::int64_t id;
    std::string path;
    std::uint64_t text, fingerprint;
    std::string absent;
    bool since_3_14, imported;
  };
  std::optional<model::FileKnowledge> load_file(const Row& row);
  void load_evidence(std::int64_t id, model::FileKnowledge& file, Written& written);
  std::optional<model::Import> load_import();

  Database& database_;
  WrittenFiles& written_;
  std::optional<model::Import> import_;
  std::unordered_map<std::int64_t, model::Owner> owners_;  // files share their names
};

std::vector<model::FileKnowledge> Loader::load() {
  import_ = load_import();
  std::vector<model::FileKnowledge> result;
  Statement rows(database_.handle(),
                 "SELECT id, path, text, fingerprint, absent, since_3_14, imported FROM files ORDER BY path");
  while (rows.step()) {
    auto file = load_file({rows.integer(0), rows.bytes(1), static_cast<std::uint64_t>(rows.integer(2)),
                           static_cast<std::uint64_t>(rows.integer(3)), rows.bytes(4), rows.integer(5) != 0,
                           rows.integer(6) != 0});
    if (file) result.push_back(std::move(*file));
  }
  return result;
}

std::optional<model::Import> Loader::load_import() {
  Statement row(database_.handle(), "SELECT file, measured_ns, branches FROM imports");
  if (!row.step()) return std::nullopt;
  return model::Import{row.bytes(0), row.integer(1), row.integer(2) != 0};
}

std::optional<model::FileKnowledge> Loader::load_file(const Row& row) {
  auto text = find_text(database_, row.text);
  if (!text) return std::nullopt;
  model::FileKnowledge file;
  file.path = row.path;
  file.since_3_14 = row.since_3_14;
  file.syntax = syntax::parse(std::make_shared<const text::SourceText>(std::move(*text)));
  // Another parser counts sites in another way: then the evidence means nothing any more.
  if (fingerprint(*file.syntax) != row.fingerprint) return std::nullopt;
  auto absent = arms_from_blob(row.absent, *file.syntax);
  if (!absent) return std::nullopt;
  file.absent = std::move(*absent);
  if (row.imported) file.imported = import_;

  Written written{row.text, row.fingerprint, hash_of(row.absent), row.since_3_14, {}};
  load_evidence(row.id, file, written);
  written_[row.path] = std::move(written);
  return file;
}

void Loader::load_evidence(std::int64_t id, model::FileKnowledge& file, Written& written) {
  Statement rows(database_.handle(),
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
    const auto [owner, is_new] = owners_.try_emplace(rows.integer(3));
    if (is_new) owner->second = {owner_kind(rows.integer(0)), rows.bytes(1)};
    written.taken.emplace(owner->second, hash_of(blob));
    file.settled.emplace(owner->second, known->second);
  }
}

}  // namespace

std::vector<model::FileKnowledge> load_files(Database& database, WrittenFiles& written) {
  written.clear();
  return Loader(database, written).load();
}

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

Written write_file(Database& database, const model::FileKnowledge& file, const WrittenFiles& written,
                   OwnerIds& owners) {
  const std::string absent = to_blob(file.absent);
  Written now{file.syntax->text->content_hash(), fingerprint(*file.syntax), hash_of(absent), file.since_3_14, {}};
  const auto found = written.find(file.path);
  const Written none;
  const Written& before = found == written.end() ? none : found->second;

  sqlite3* handle = database.handle();
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
  if (!same_text) return now;
  Statement remove(handle, "DELETE FROM evidence WHERE file=? AND owner=?");
  for (const auto& [owner, hash] : before.taken) {
    if (!file.settled.contains(owner)) remove.bind(1, id).bind(2, owners.find(owner)).run();
  }
  return now;
}

}  // namespace branchlight::state
