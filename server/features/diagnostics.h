// One diagnostic for each partial site of an open buffer, on the site's test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/features/marks.h"

namespace branchlight::features {

struct Related {
  text::ByteRange range;
  std::string message;
};

struct Diagnostic {
  text::ByteRange range;
  std::string message;  // "never False: would go to line 12"
  std::vector<Related> related;
};

// None for what was edited since: a hint may say `was`, a problem list may not.
std::vector<Diagnostic> diagnostics(const Marks& marks);

}  // namespace branchlight::features
