// The one line of a status bar.
#pragma once

#include <cstdint>
#include <string>

#include "coverage/model/verdicts.h"

namespace branchlight::features {

enum class Live : std::uint8_t { all, partly, none };

// "94 % · 12 partial", "94 % · 12 partial · not live". Rounded down: only what is whole says 100 %.
std::string status_text(const model::Totals& totals, Live live = Live::all);

}  // namespace branchlight::features
