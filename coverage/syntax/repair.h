// Broken Python is the normal state of a file that is being typed. The grammar's own recovery may lose what is around
// an error, or read it as something else; so the broken lines are looked for, and a statement that means nothing is
// put in their place, as long as they are. What is around them then parses as if they were not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coverage/text/source_text.h"

namespace branchlight::syntax {

struct Repair {
  std::string source;                     // of the same length, the lines in the same places
  std::vector<text::ByteRange> replaced;  // in the order of the text
};

// Of a text that does not parse. What cannot be found within a few times the cost of parsing it stays as it is.
Repair repair(std::string_view source);

}  // namespace branchlight::syntax
