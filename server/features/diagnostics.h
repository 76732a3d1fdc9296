// One diagnostic for each partial site of an open buffer, on the site's test.
#pragma once

#include <string>
#include <vector>

#include "server/features/marks.h"

namespace branchlight::features {

struct Related {
  text::ByteRange range;
  std::string message;  // "would go to line 12"
};

struct Diagnostic {
  text::ByteRange range;
  std::string message;           // "never False: would go to line 12", and whether it is not live
  std::vector<Related> related;  // where each missing arm leads
};

// None for what was edited since: a hint may say `was`, a problem list may not.
std::vector<Diagnostic> diagnostics(const Marks& marks);

}  // namespace branchlight::features
