// What one node of the tree says of itself: the parts of a statement or clause, and what the compiler makes of some.
// Where a part is missing, the index is end_of(node).
#pragma once

#include <cstdint>

#include "coverage/syntax/tree.h"

namespace branchlight::syntax {

// Behind the colon that ends a header; what is missing there is taken to be at the body's begin.
std::uint32_t header_end(const Tree& tree, std::uint32_t node);
// Empty, at the end, where there is none.
text::ByteRange body_range(const Tree& tree, std::uint32_t node);
// The first expression after the keyword.
std::uint32_t operand(const Tree& tree, std::uint32_t node);
std::uint32_t last_before_colon(const Tree& tree, std::uint32_t node);

// What is a docstring where it stands first.
bool is_plain_string(const Tree& tree, std::uint32_t statement);
// `x: int`, which compiles to nothing in a function, and from 3.14 on to nothing that runs by itself in a
// class either, unless it stands under a condition or `from __future__ import annotations` is in force.
bool is_bare_annotation(const Tree& tree, std::uint32_t statement);
// `case _`, `case x`, `case _ as x`, `case (x)`, `case 1 | _`, without a guard.
bool is_irrefutable(const Tree& tree, std::uint32_t case_clause);

}  // namespace branchlight::syntax
