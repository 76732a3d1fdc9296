#include "coverage/mapping/walk.h"

#include <cstddef>

namespace branchlight::mapping {

namespace {

// An empty body of a `while` is nothing but the jump back to its own test. A comprehension inside the test jumps back
// too, but to its own FOR_ITER or GET_ANEXT; and so may the way out, to an implicit `return None` that lies before.
bool jumps_back_to_test(const PlacedCode& code, const Instruction* to, const syntax::Site& site) {
  if (!to || site.kind != syntax::SiteKind::while_ || to->op == Op::for_iter || to->op == Op::get_anext) return false;
  const auto* next = code.at(to->next);
  if (to->op == Op::return_value || (next && next->op == Op::return_value)) return false;
  const auto range = code.range_of(*to);
  return range && site.test.contains(range->begin);
}

}  // namespace

Walk walk(const PlacedCode& code, const Instruction& jump, std::optional<std::uint32_t> offset,
          const syntax::Site& site) {
  Walk walk;
  const auto jump_range = code.range_of(jump);
  const auto ends = [&](Walk::End end, const Instruction& at, std::uint32_t line) {
    walk.end = end;
    walk.at = at.offset;
    walk.line = line;
    return walk;
  };
  const Instruction* at = code.at(offset);
  // No path that decides is longer than the code; a loop that decides nothing ends here.
  for (std::size_t steps = 0; at && steps <= code.instructions().size(); ++steps) {
    const auto range = code.range_of(*at);
    const std::uint32_t line = range ? at->position->begin.line : 0;
    const bool in_test = range && site.test.contains(range->begin);
    if (range && !in_test)
      return ends(site.body.contains(range->begin) ? Walk::End::body : Walk::End::elsewhere, *at, line);
    if (at->is_conditional_jump() || at->op == Op::end_async_for || at->op == Op::get_anext)
      return ends(in_test ? Walk::End::short_circuit : Walk::End::elsewhere, *at, line);
    // What stands at a pattern and runs behind its guard drops the subject: the case has matched.
    if (in_test && jump_range && site.guard.contains(jump_range->begin) && range->begin < site.guard.begin)
      return ends(Walk::End::body, *at, line);
    // What a folded operand leaves, a NOP, a jump or an implicit return, stands at that operand; all others stand at
    // what they belong to.
    const bool may_be_left_over = at->op == Op::nop || at->op == Op::return_value || at->is_unconditional_jump();
    if (in_test && may_be_left_over && jump_range && !range->contains(*jump_range)) walk.past_constant = true;
    if (at->op == Op::return_value || at->op == Op::raise) return ends(Walk::End::leaves, *at, line);
    if (at->op == Op::send) {  // an await inside the test: past it, not round it
      at = code.at(at->target());
    } else if (at->is_unconditional_jump()) {
      const auto* to = code.at(at->target());
      if (at->op == Op::jump_backward && jumps_back_to_test(code, to, site)) return ends(Walk::End::body, *at, line);
      at = to;
    } else {
      if (in_test && at->op != Op::not_taken) walk.last_in_test = at->offset;
      at = code.at(at->next);
    }
  }
  return {};
}

bool turned_round(const PlacedCode& code, const Instruction& jump, const syntax::Site& site) {
  const auto* next = code.at(jump.next);
  if (next && next->op == Op::not_taken) next = code.at(next->next);
  if (!next || next->op != Op::jump_backward) return false;
  const auto range = code.range_of(*next);
  return !range || site.test.contains(range->begin);
}

}  // namespace branchlight::mapping
