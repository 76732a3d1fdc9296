// Texts in the database, by their hash: the bytes of files as runs saw them. Private to the state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coverage/text/source_text.h"
#include "server/state/sqlite.h"

namespace branchlight::state {

// None: it is not there, or damaged.
std::optional<text::SourceText> find_text(Database& database, std::uint64_t content_hash);
// Those that are not there yet. `bytes_of` may have none.
void keep_texts(Database& database, const std::vector<std::uint64_t>& content_hashes,
                const std::function<std::optional<std::string>(std::uint64_t content_hash)>& bytes_of);
// Unless the file has other bytes than its text (another encoding, a byte-order mark): then it must have been kept as
// it is on disk.
void keep_text(Database& database, const text::SourceText& text);

}  // namespace branchlight::state
