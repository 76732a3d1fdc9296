// What we say beyond the protocol: notifications from the server that editors' plugins draw gutters and a status bar
// from. A client that knows nothing of them ignores them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/lsp/types.h"

namespace branchlight::lsp {

// `branchlight/coverage`, for each open document: its lines by state, from 0, each in at most one list.
struct CoverageParams {
  static constexpr const char* method = "branchlight/coverage";
  std::string uri;
  std::optional<std::int64_t> version;
  std::vector<std::uint32_t> covered, partial, missing, stale;
};

// `branchlight/status`, for a status bar.
struct StatusParams {
  static constexpr const char* method = "branchlight/status";
  enum class State : std::uint8_t { none, known, running } state{};
  std::string text;  // "94 % · 12 partial", or "run tests"
  struct Arms {
    std::uint64_t taken = 0, total = 0;
  } arms;
  std::uint64_t partial = 0;   // sites
  std::uint64_t imported = 0;  // files whose numbers come from coverage.py, and are not live
  struct Tests {
    std::uint64_t passed = 0, failed = 0;
    std::optional<std::uint64_t> total;  // none: not known
  } tests;
  std::optional<std::string> run;  // the id of the one under way
};

void to_json(Json& json, const CoverageParams& value);
void to_json(Json& json, const StatusParams& value);

}  // namespace branchlight::lsp
