// coverage.py's JSON report, format 3, branches included: what tools that read `coverage json` expect.
#pragma once

#include <string>
#include <vector>

#include "coverage/exchange/analysis.h"
#include "coverage/model/evidence.h"

namespace branchlight::exchange {

struct ReportedFile {
  const model::FileKnowledge* file = nullptr;
  const Analysis* analysis = nullptr;
  std::string name;  // as it is to appear: relative to the workspace root
};

struct JsonOptions {
  std::string version;    // ours
  std::string timestamp;  // ISO 8601
  // Which tests ran each line. coverage.py repeats the contexts of the whole file in each function and class, of which
  // click's would take gigabytes; here they have those of their own lines.
  bool show_contexts = false;
};

std::string json_report(const std::vector<ReportedFile>& files, const JsonOptions& options);

}  // namespace branchlight::exchange
