// Where Python's tokenizer sees lines begin and end. Private to the syntax.
#pragma once

#include <vector>

#include "coverage/syntax/syntax.h"
#include "coverage/syntax/tree.h"

namespace branchlight::syntax {

// `text` is what the user wrote, where the tree may be of a repaired one; offsets are the same.
std::vector<LogicalLine> logical_lines(const Tree& tree, const text::SourceText& text);

}  // namespace branchlight::syntax
