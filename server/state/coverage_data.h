// coverage.py's data file, as its page "dbschema" describes it: SQLite, schema version 7, branches as arcs.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coverage/exchange/imported_file.h"
#include "coverage/model/evidence.h"

namespace branchlight::state {

// Tests become dynamic contexts, named by their ids; what ran outside of tests is the empty context. A file that is
// there is replaced as a whole, at the end; on an error it stays as it was. The error in words.
std::optional<std::string> write_coverage_data(const std::filesystem::path& file,
                                               const std::vector<const model::FileKnowledge*>& measured,
                                               const std::string& version);

struct CoverageData {
  bool branches = false;  // false: it holds lines alone
  struct File {
    exchange::MeasuredArcs measured;
    std::string tracer;  // the plugin that measured it; empty: coverage.py itself, so that it is Python
  };
  std::map<std::string, File> files;  // by path, as coverage.py has it: bytes that nobody has looked at yet
};
struct CoverageDataError {
  std::string reason;
};

// Reads what any coverage.py from 5.0 on has written, and trusts nothing of it. The file is not changed.
std::variant<CoverageData, CoverageDataError> read_coverage_data(const std::filesystem::path& file);

}  // namespace branchlight::state
