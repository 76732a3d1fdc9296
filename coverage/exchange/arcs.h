// How coverage.py's data files say what was taken: pairs of lines, in contexts.
//
// A branch goes from the line of a site's keyword to the line that an arm leads to, or to minus the first line of the
// scope that it leaves.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "coverage/model/evidence.h"

namespace branchlight::exchange {

struct Branch {
  std::int64_t from = 0;
  std::int64_t to = 0;
  friend auto operator<=>(const Branch&, const Branch&) = default;
};

// What one owner took: (line, line) for a line, and the branch of each arm.
std::set<Branch> arcs(const syntax::Syntax& syntax, const model::Evidence& evidence);

Branch branch_of(const syntax::Syntax& syntax, const syntax::Site& site, const syntax::Destination& to);
// Past what is no statement for a CPython from 3.14 on.
syntax::Destination settled(const syntax::Syntax& syntax, bool since_3_14, syntax::Destination destination);

// A test is a context with the test's id as its name; all else is the empty context.
std::string context_of(const model::Owner& owner);
// The inverse, for the contexts of others too: pytest-cov's "test_a.py::test_b|run", coverage.py's own "test_a.test_b",
// both with a static context before them ("py311|test_a.test_b"). What names no test belongs to the import.
model::Owner owner_of(std::string_view context);

}  // namespace branchlight::exchange
