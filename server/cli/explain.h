// `report --explain FILE:LINE` as text: what led to each verdict of a line.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "server/cli/known.h"

namespace branchlight::cli {

struct NothingToExplain {
  std::string reason;
};

// `known` must have been opened with Detail::hits.
std::variant<std::string, NothingToExplain> explain_line(Known& known, const std::string& path, std::uint32_t line);

}  // namespace branchlight::cli
