// The one line of a status bar.
#pragma once

#include <string>

#include "coverage/model/knowledge.h"

namespace branchlight::features {

// "94 % · 12 partial". Rounded down: only what is whole says 100 %.
std::string status_text(const model::Totals& totals);

}  // namespace branchlight::features
