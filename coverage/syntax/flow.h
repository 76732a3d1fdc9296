// Where control goes: which statements can run at all, and where each way out of a site leads.
//
// A compound statement has clauses (an if has its test and body, each elif, the else; a try its body, handlers, else
// and finally); a clause holds statements. Both vectors are in source order, an owner always before what it owns, so
// that one loop backwards gathers what is inside and one loop forwards hands down what is around.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coverage/syntax/syntax.h"

namespace branchlight::syntax {

constexpr std::uint32_t nothing = UINT32_MAX;

enum class Does : std::uint8_t {
  simple,
  returns,
  raises,
  breaks,
  continues,
  if_,
  while_,
  for_,
  try_,
  with_,
  match_,
  defines,
};

// A statement that compiles to something.
struct FlowStatement {
  Does does = Does::simple;
  std::uint32_t line = 0;        // the first that runs of it
  std::uint32_t clause = 0;      // that it stands in
  std::uint32_t next = nothing;  // in the same clause
  std::uint32_t first_clause = nothing;
  std::uint32_t last_clause = nothing;
  // Worked out by solve():
  bool live = false;
  bool completes = true;   // control can come out at its end
  bool may_break = false;  // holds a break, out of the loop around it, that can run
  bool may_continue = false;
};

struct Clause {
  enum class Part : std::uint8_t { module, body, tested, else_, except, finally, definition } part{};
  std::uint32_t owner = nothing;  // the statement; nothing for the module
  std::uint32_t next = nothing;   // the owner's next clause
  std::uint32_t first = nothing;  // statement
  std::uint32_t last = nothing;
  std::uint32_t line = 0;        // of its header
  std::uint32_t scope = 0;       // of what is in it
  std::uint32_t site = nothing;  // whose Arm::yes leads here
  std::optional<bool> truth;     // of its test, where that is constant (an irrefutable case: true)
  bool of_group = false;         // except*: what it raises is kept back, and the compiler knows a way past it
  bool is_new = true;            // nothing stood in it yet: a string would be its docstring
  // Worked out by solve():
  bool reached = false;  // its header can run
  bool live = false;     // what is in it can run
  bool completes = true;
  bool may_break = false;
  bool may_continue = false;
  Destination after{};  // where control goes at its end
};

struct Flow {
  std::vector<FlowStatement> statements;
  std::vector<Clause> clauses;  // [0] is the module
};

// Fills in what is worked out, and of each site that a clause names `exists` and `leads_to`.
void solve(Flow& flow, std::vector<Site>& sites);

// Where control goes past a statement that completes. After solve().
Destination after(const Flow& flow, const FlowStatement& statement);

}  // namespace branchlight::syntax
