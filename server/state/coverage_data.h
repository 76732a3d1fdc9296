// coverage.py's data file, as its page "dbschema" describes it: SQLite, schema version 7, branches as arcs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coverage/model/knowledge.h"

namespace branchlight::state {

// Tests become dynamic contexts, named by their ids; what ran outside of tests is the empty context. A file that is
// there is replaced as a whole, at the end; on an error it stays as it was. The error in words.
std::optional<std::string> write_coverage_data(const std::filesystem::path& file,
                                               const std::vector<const model::FileKnowledge*>& measured,
                                               const std::string& version);

}  // namespace branchlight::state
