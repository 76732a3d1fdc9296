// Which contexts ran each line, as coverage.py's reports name them with --show-contexts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coverage/model/evidence.h"

namespace branchlight::exchange {

// By line; the contexts in the order of their names.
using LineContexts = std::map<std::uint32_t, std::vector<std::string>>;

// Of every line that reported, also one within a statement, and one that does not count.
LineContexts line_contexts(const model::FileKnowledge& file);

}  // namespace branchlight::exchange
