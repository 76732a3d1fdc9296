#include "server/state/kept_texts.h"

#include "server/runs/process.h"

namespace branchlight::state {

std::optional<text::SourceText> find_text(Database& database, std::uint64_t content_hash) {
  Statement row(database.handle(), "SELECT bytes FROM texts WHERE hash=?");
  if (!row.bind(1, to_signed(content_hash)).step()) return std::nullopt;
  auto source = text::SourceText::from_file_bytes(row.bytes(0));
  if (!source || source->content_hash() != content_hash) return std::nullopt;
  return source;
}

void keep_texts(Database& database, const std::vector<std::uint64_t>& content_hashes,
                const std::function<std::optional<std::string>(std::uint64_t content_hash)>& bytes_of) {
  Statement known(database.handle(), "SELECT 1 FROM texts WHERE hash=?");
  Statement put(database.handle(), "INSERT OR IGNORE INTO texts VALUES(?,?,?)");
  for (const std::uint64_t hash : content_hashes) {
    const bool is_known = known.bind(1, to_signed(hash)).step();
    known.reset();
    const auto bytes = is_known ? std::nullopt : bytes_of(hash);
    if (bytes) put.bind(1, to_signed(hash)).bind_blob(2, *bytes).bind(3, runs::now_ns()).run();
  }
}

void keep_text(Database& database, const text::SourceText& text) {
  const auto as_file = text::SourceText::from_file_bytes(text.bytes());
  if (!as_file || as_file->content_hash() != text.content_hash()) return;
  keep_texts(database, {text.content_hash()}, [&](std::uint64_t) { return std::string(text.bytes()); });
}

}  // namespace branchlight::state
