// Python that the grammar does not know, in words that it knows: `lazy import a` of 3.15, the defaults of type
// parameters of 3.13, `def f[T = int]()`, and comments between a decorator and its function, which the grammar wants
// indented as the function is; and `match [a, b]:`, which it may take for an annotated assignment that goes on in the
// next line. None of these chooses anything, so nothing is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace branchlight::syntax {

// Of the same length, with the same lines, and all that is left at its place; none where there is nothing to change.
std::optional<std::string> respell(std::string_view source);

// Whether a text that parses without an error may still have been read as something else.
bool may_be_misread(std::string_view source);

}  // namespace branchlight::syntax
