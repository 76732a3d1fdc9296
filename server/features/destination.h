// Where an arm would have gone, as a place to jump to and as words.
#pragma once

#include <optional>
#include <string>

#include "coverage/syntax/syntax.h"

namespace branchlight::features {

struct Place {
  std::optional<text::ByteRange> range;  // of the line's text, or of the function's name; none: the end of the module
  std::string words;                     // "line 12", "the end of total"
};

Place destination(const syntax::Syntax& syntax, const syntax::Site& site, syntax::Arm arm);

}  // namespace branchlight::features
