// Files in the database: which text, and the evidence of each owner. Private to the state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coverage/model/evidence.h"
#include "server/state/sqlite.h"

namespace branchlight::state {

// What the database holds of a file as far as we know: what write_file() compares with.
struct Written {
  std::uint64_t text = 0, fingerprint = 0;
  std::size_t absent = 0;  // a hash of the blob
  bool since_3_14 = false;
  std::map<model::Owner, std::size_t> taken;  // a hash of the blob
};
using WrittenFiles = std::map<std::string, Written>;  // by path

// Those whose text is there and means what it did; `written` becomes what the database holds of them.
std::vector<model::FileKnowledge> load_files(Database& database, WrittenFiles& written);

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

// Writes where the file differs from what was `written` before. What the database holds of it now.
Written write_file(Database& database, const model::FileKnowledge& file, const WrittenFiles& written, OwnerIds& owners);

}  // namespace branchlight::state
