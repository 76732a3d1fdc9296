// From a jump to an arm.
//
// An instruction knows the range of source that it was compiled from, and so does a site. A conditional jump belongs
// to the site, of its own code object's scope, whose test holds the jump's position; tests of one scope never
// overlap. Which arm a direction is, only its destination says: LEFT (fall-through) and RIGHT (jump) mean nothing of
// their own, for the compiler turns jumps round as it likes. So each direction is walked, along unconditional jumps,
// until an instruction's position decides:
//   - inside the site's body, or behind the guard of a case back at its pattern: Arm::yes;
//   - another conditional jump inside the same test: a short circuit, no arm (a comprehension, `and`, the rest of a
//     pattern); the walk through the test's own instructions goes on (clean-up of a chained comparison);
//   - a return or a raise at the test's own position: out of the scope, Arm::no (an implicit `return None` carries
//     the position of the test before it);
//   - a conditional jump without a position, or any position elsewhere: Arm::no.
// Some bodies leave no instruction of their own: `global x`, or `return` on the test's line before a copy of a
// `finally`. Then both directions end elsewhere, although one of them must be Arm::yes. See NoBody.
//
// `for` needs no walk: FOR_ITER stands at its iterable, falls through into the body and jumps when it is exhausted.
// `async for` is decided by END_ASYNC_FOR, but reported at the END_SEND of the same loop, whose position is the whole
// statement.
//
// All copies of a `finally` or of a `while` test carry the same positions, and so lead to the same sites.
#include "coverage/mapping/mapping.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "coverage/mapping/code_scope.h"
#include "coverage/mapping/placed_code.h"
#include "coverage/mapping/walk.h"

namespace branchlight::mapping {

namespace {

using syntax::Arm;
using syntax::Site;
using syntax::SiteKind;

// Both directions of a jump inside a test.
struct Test {
  const Instruction* jump;
  std::uint32_t site;
  Walk left, right;
  bool turned_round;
  const Walk& direction(bool jumped) const { return jumped ? right : left; }
  // The fall-through leads to the body, for a test is compiled as "jump past the body if it does not hold"; unless the
  // jump was turned round because its target lay before it, which shows as a fall-through that begins with a jump back.
  const Walk& towards_body() const { return direction(turned_round); }
  const Walk& past_body() const { return direction(!turned_round); }
  // Both leave the test, and neither comes to a body.
  bool misses_body() const { return left.out_of_test() && right.out_of_test(); }
};

// One site's ways out where its body has left no instruction: learned from the jumps that leave the test both ways,
// needed for those that leave it one way and go on inside it the other.
class NoBody {
 public:
  void learn(const Test& test) {
    if (!test.misses_body()) return;
    const Walk& yes = test.towards_body();
    const Walk& no = test.past_body();
    if (yes.past_constant) return;  // `a and 0`: the body was dropped with the arm that leads to it
    positive_ = test.jump->op == Op::pop_jump_if_false;
    if (yes.same_way(no)) {
      same_.insert({yes.at, yes.last_in_test});
    } else {
      yes_.insert({yes.at, yes.last_in_test});
      yes_at_.insert(yes.at);
      no_at_.insert(no.at);
    }
  }

  bool leads_to_body(const Test& test, bool jumped) const {
    const Walk& walk = test.direction(jumped);
    const std::pair way{walk.at, walk.last_in_test};
    if (test.misses_body() && test.left.same_way(test.right)) return !walk.past_constant && jumped == test.turned_round;
    if (yes_.contains(way) || (yes_at_.contains(walk.at) && !no_at_.contains(walk.at))) return true;
    // Both arms are the very same place: what the operand has to be for it decides.
    return same_.contains(way) && jumped && (test.jump->op == Op::pop_jump_if_true) == positive_;
  }

 private:
  std::set<std::pair<std::uint32_t, std::uint32_t>> yes_, same_;
  std::set<std::uint32_t> yes_at_, no_at_;
  bool positive_ = true;  // the test holds when the last operand does
};

class CodeMapper {
 public:
  CodeMapper(const hitlog::CodeDefinition& code, const OpcodeTable& opcodes, const syntax::Syntax& syntax)
      : definition_(code), syntax_(syntax), text_(*syntax.text), code_(code, opcodes, *syntax.text) {}

  MappedCode map();

 private:
  std::uint32_t last_offset() const;
  void collect_sites();
  void map_jump(std::uint32_t index);
  void map_for(std::uint32_t index);
  const Instruction* end_send_behind(std::uint32_t get_anext) const;
  void map_async_for(const Instruction* source);
  void map_tests();
  bool both_in_body(const Test& test) const;
  bool may_hold(const Test& test) const;
  bool is_match_of_alternative(const Test& test, bool jumped) const;
  bool leads_to_body(const Test& test, bool jumped, const NoBody& no_body) const;
  void add(std::uint32_t offset, bool jumped, const Instruction& at, std::optional<ArmRef> arm, std::string reason,
           std::optional<std::uint32_t> site = std::nullopt, bool orphan = false);
  void add_both(const Instruction& jump, std::string_view reason, bool orphan,
                std::optional<std::uint32_t> site = std::nullopt);
  std::string how(const Walk& walk, Arm arm) const;
  std::string_view why_no_arm(std::uint32_t index) const;

  std::optional<std::uint32_t> site_whose_test_holds(text::ByteRange range) const;
  bool is_the_iterable(text::ByteRange range, const Site& site) const;

  const hitlog::CodeDefinition& definition_;
  const syntax::Syntax& syntax_;
  const text::SourceText& text_;
  const PlacedCode code_;
  std::vector<std::uint32_t> sites_;  // of this scope, by the start of their tests
  // Of each `for` whose FOR_ITER stands at the whole statement, where that begins and which site it is.
  std::map<std::uint32_t, std::uint32_t> loops_at_statement_;
  std::vector<Test> tests_;
  MappedCode mapped_;
};

MappedCode CodeMapper::map() {
  mapped_.scope = find_scope(definition_, syntax_, last_offset());
  if (mapped_.scope) collect_sites();
  const bool ends_name_their_loop =
      std::any_of(code_.instructions().begin(), code_.instructions().end(),
                  [](const Instruction& one) { return one.op == Op::end_async_for && one.argument != 0; });
  for (std::uint32_t index = 0; index < code_.instructions().size(); ++index) {
    const auto& instruction = code_.instructions()[index];
    if (instruction.op == Op::end_async_for && instruction.argument != 0) {
      map_async_for(code_.at(instruction.target()));
    } else if (instruction.op == Op::get_anext && !ends_name_their_loop) {
      map_async_for(end_send_behind(index));
    } else if (!instruction.is_conditional_jump()) {
      continue;
    } else if (!mapped_.scope) {
      const auto why = why_no_scope(definition_.qualified_name,
                                    text_.slice({text_.line(definition_.first_line).begin, last_offset()}));
      add_both(instruction, why.empty() ? "the text has no scope of this name and line" : why, why.empty());
    } else if (instruction.op == Op::for_iter) {
      map_for(index);
    } else {
      map_jump(index);
    }
  }
  map_tests();
  std::sort(mapped_.trails.begin(), mapped_.trails.end(),
            [](const Trail& a, const Trail& b) { return std::tie(a.offset, a.jumped) < std::tie(b.offset, b.jumped); });
  std::set<ArmRef> arms;
  for (const auto& trail : mapped_.trails)
    if (trail.arm) arms.insert(*trail.arm);
  mapped_.arms.assign(arms.begin(), arms.end());
  return std::move(mapped_);
}

// Of an instruction that someone wrote: the first ones may stand at the line's beginning, or nowhere.
std::uint32_t CodeMapper::last_offset() const {
  for (auto at = code_.instructions().rbegin(); at != code_.instructions().rend(); ++at)
    if (const auto range = code_.range_of(*at); range && !range->empty()) return range->begin;
  return 0;
}

void CodeMapper::collect_sites() {
  for (std::uint32_t index = 0; index < syntax_.sites.size(); ++index)
    if (syntax_.sites[index].scope == *mapped_.scope) sites_.push_back(index);
  std::sort(sites_.begin(), sites_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return syntax_.sites[a].test.begin < syntax_.sites[b].test.begin;
  });
  // Before 3.13 that of a `for` stands at the whole statement.
  std::set<std::uint32_t> loops;
  for (const auto& instruction : code_.instructions())
    if (const auto range = code_.range_of(instruction); range && instruction.op == Op::for_iter)
      loops.insert(range->begin);
  for (const auto index : sites_) {
    const auto& site = syntax_.sites[index];
    if (site.kind == SiteKind::for_ && loops.contains(site.statement.begin))
      loops_at_statement_.emplace(site.statement.begin, index);
  }
}

void CodeMapper::map_jump(std::uint32_t index) {
  const auto& jump = code_.instructions()[index];
  const auto range = code_.range_of(jump);
  if (!range) return add_both(jump, "the compiler's own clean-up, without a position", false);
  if (!syntax_.scopes[*mapped_.scope].range.contains(range->begin))
    return add_both(jump, "its position lies outside of its scope", true);
  const auto site = site_whose_test_holds(*range);
  if (!site) return add_both(jump, why_no_arm(index), false);
  const auto& whose = syntax_.sites[*site];
  // Before 3.13 its FOR_ITER stands at the whole statement, as if these led out of the iterable.
  if (whose.kind == SiteKind::for_ || whose.kind == SiteKind::async_for)
    return add_both(jump, "goes on inside the test: a short circuit, no arm yet", false, site);
  tests_.push_back({&jump, *site, walk(code_, jump, jump.next, whose), walk(code_, jump, jump.target(), whose),
                    turned_round(code_, jump, whose)});
}

// Only where the position *is* the iterable: a comprehension inside it has a FOR_ITER of its own, at its own iterable.
void CodeMapper::map_for(std::uint32_t index) {
  const auto& jump = code_.instructions()[index];
  const auto range = code_.range_of(jump);
  if (!range) return add_both(jump, "a loop without a position", true);
  const auto own = loops_at_statement_.find(range->begin);
  const bool at_statement = own != loops_at_statement_.end();
  const auto site = at_statement ? std::optional(own->second) : site_whose_test_holds(*range);
  // Where the loop's own one stands at the statement, one at the iterable is a comprehension's, which is the iterable.
  const bool at_iterable =
      site && (at_statement || (!loops_at_statement_.contains(syntax_.sites[*site].statement.begin) &&
                                is_the_iterable(*range, syntax_.sites[*site])));
  if (!site || syntax_.sites[*site].kind != SiteKind::for_ || !at_iterable)
    return add_both(jump, "the loop of a comprehension, no statement", false, site);
  add(jump.offset, false, jump, ArmRef{*site, Arm::yes}, "the iterator gave an item", site);
  add(jump.offset, true, jump, ArmRef{*site, Arm::no}, "the iterator was exhausted", site);
}

// Before 3.14 END_ASYNC_FOR names no END_SEND, and bookkeeping reports as if it did: the SEND behind GET_ANEXT jumps
// there.
const Instruction* CodeMapper::end_send_behind(std::uint32_t get_anext) const {
  for (std::uint32_t index = get_anext; index < code_.instructions().size() && index < get_anext + 8; ++index)
    if (code_.instructions()[index].op == Op::send) return code_.at(code_.instructions()[index].target());
  return nullptr;
}

void CodeMapper::map_async_for(const Instruction* source) {
  if (!source) return;
  // Exceptions thrown in leave through CLEANUP_THROW, which some versions put right before the END_SEND: then the
  // interpreter's table and its events name the one and the other.
  std::vector<std::uint32_t> offsets{source->offset};
  const auto* end_send = source;
  if (source->op == Op::cleanup_throw) {
    if (const auto* next = code_.at(source->next); next && next->op == Op::end_send) {
      offsets.push_back(next->offset);
      end_send = next;
    }
  } else if (source > code_.instructions().data() && source[-1].op == Op::cleanup_throw) {
    offsets.push_back(source[-1].offset);
  }
  // Where LINE events are on as well, the fall-through is reported one instruction later.
  if (const auto* next = code_.at(end_send->next); next && next->op == Op::not_taken) offsets.push_back(next->offset);
  const auto range = code_.range_of(*source);
  std::optional<std::uint32_t> site;
  for (const auto candidate : sites_) {
    const auto& whole = syntax_.sites[candidate];
    if (range && whole.kind == SiteKind::async_for && whole.statement.begin == range->begin) site = candidate;
  }
  for (const auto offset : offsets) {
    if (site) {
      add(offset, false, *source, ArmRef{*site, Arm::yes}, "the iterator gave an item", site);
      add(offset, true, *source, ArmRef{*site, Arm::no}, "the iterator was exhausted", site);
    } else {
      add(offset, false, *source, std::nullopt, "the loop of an asynchronous comprehension, no statement");
      add(offset, true, *source, std::nullopt, "the loop of an asynchronous comprehension, no statement");
    }
  }
}

// 3.13 puts the jump past a `pass` on the line of that `pass`, where it may be what the other direction jumps to.
bool CodeMapper::both_in_body(const Test& test) const {
  const Site& site = syntax_.sites[test.site];
  // A guard that always holds leads to the body both ways; that of a case shows in no arm, for its pattern may fail.
  const bool may_fail = site.exists[static_cast<std::size_t>(Arm::no)] && site.kind != SiteKind::case_;
  return may_fail && test.left.end == Walk::End::body && test.right.end == Walk::End::body;
}

// Where a test never holds, nothing is left of its body, and no direction could lead there.
bool CodeMapper::may_hold(const Test& test) const {
  return syntax_.sites[test.site].exists[static_cast<std::size_t>(Arm::yes)];
}

// The jumps of a pattern are taken where something does not match; from an alternative they lead to the next one. What
// falls through and leaves the test has matched, also where each alternative has a copy of what follows of its own.
bool CodeMapper::is_match_of_alternative(const Test& test, bool jumped) const {
  const Walk& walk = test.direction(jumped);
  return syntax_.sites[test.site].kind == SiteKind::case_ && jumped == test.turned_round && walk.out_of_test() &&
         !walk.past_constant && test.direction(!jumped).end == Walk::End::short_circuit;
}

bool CodeMapper::leads_to_body(const Test& test, bool jumped, const NoBody& no_body) const {
  if (both_in_body(test)) return jumped == test.turned_round;
  if (test.direction(jumped).end == Walk::End::body) return true;
  return may_hold(test) && (is_match_of_alternative(test, jumped) || no_body.leads_to_body(test, jumped));
}

void CodeMapper::map_tests() {
  std::map<std::uint32_t, NoBody> no_body;  // by site
  for (const auto& test : tests_) no_body[test.site].learn(test);
  for (const auto& test : tests_) {
    for (const bool jumped : {false, true}) {
      const auto& walk = test.direction(jumped);
      if (walk.end == Walk::End::short_circuit) {
        add(test.jump->offset, jumped, *test.jump, std::nullopt, "goes on inside the test: a short circuit, no arm yet",
            test.site);
      } else if (walk.end == Walk::End::nowhere) {
        add(test.jump->offset, jumped, *test.jump, std::nullopt, "its destination could not be followed", test.site,
            true);
      } else {
        const auto arm = leads_to_body(test, jumped, no_body[test.site]) ? Arm::yes : Arm::no;
        add(test.jump->offset, jumped, *test.jump, ArmRef{test.site, arm}, how(walk, arm), test.site);
      }
    }
  }
}

std::string CodeMapper::how(const Walk& walk, Arm arm) const {
  const std::string line = walk.line ? ", at line " + std::to_string(walk.line) : "";
  if (walk.end == Walk::End::body) return "leads into the body" + line;
  if (arm == Arm::yes) return "leads where the body, which left no code, would have stood" + line;
  return walk.end == Walk::End::leaves ? "leaves the scope" : "leads past the body" + line;
}

std::string_view CodeMapper::why_no_arm(std::uint32_t index) const {
  // Far enough for the await of an asynchronous exit.
  for (std::uint32_t back = index; back > 0 && index - back < 10; --back) {
    const auto op = code_.instructions()[back - 1].op;
    if (op == Op::check_exc_match) return "whether an except clause matches: no branch";
    if (op == Op::with_except_start) return "the exit of a with: no branch";
    if (code_.instructions()[back - 1].is_conditional_jump()) break;
  }
  return "a condition in no statement's test (an assert, a conditional expression, a comprehension)";
}

void CodeMapper::add(std::uint32_t offset, bool jumped, const Instruction& at, std::optional<ArmRef> arm,
                     std::string reason, std::optional<std::uint32_t> site, bool orphan) {
  mapped_.trails.push_back(
      {offset, jumped, arm, site, at.position ? at.position->begin.line : 0, std::move(reason), orphan});
}

void CodeMapper::add_both(const Instruction& jump, std::string_view reason, bool orphan,
                          std::optional<std::uint32_t> site) {
  for (const bool jumped : {false, true})
    add(jump.offset, jumped, jump, std::nullopt, std::string(reason), site, orphan);
}

std::optional<std::uint32_t> CodeMapper::site_whose_test_holds(text::ByteRange range) const {
  const auto after = std::upper_bound(
      sites_.begin(), sites_.end(), range.begin,
      [&](std::uint32_t offset, std::uint32_t site) { return offset < syntax_.sites[site].test.begin; });
  if (after == sites_.begin()) return std::nullopt;
  const auto site = *std::prev(after);
  return syntax_.sites[site].test.contains(range) ? std::optional(site) : std::nullopt;
}

// Apart from the parentheses, comments and line ends around it, for which CPython keeps no position.
bool CodeMapper::is_the_iterable(text::ByteRange range, const Site& site) const {
  const auto only_around = [&](text::ByteRange part) {
    bool comment = false;
    for (const char c : text_.slice(part)) {
      if (c == '#') comment = true;
      if (c == '\n' || c == '\r') comment = false;
      if (!comment && std::string_view("() \t\f\\\r\n").find(c) == std::string_view::npos) return false;
    }
    return true;
  };
  return only_around({site.test.begin, range.begin}) && only_around({range.end, site.test.end});
}

}  // namespace

const Trail* MappedCode::find(std::uint32_t offset, bool jumped) const {
  const auto found =
      std::lower_bound(trails.begin(), trails.end(), std::tie(offset, jumped),
                       [](const Trail& trail, const auto& key) { return std::tie(trail.offset, trail.jumped) < key; });
  return found != trails.end() && found->offset == offset && found->jumped == jumped ? &*found : nullptr;
}

MappedCode map_code(const hitlog::CodeDefinition& code, const OpcodeTable& opcodes, const syntax::Syntax& syntax) {
  return CodeMapper(code, opcodes, syntax).map();
}

MappedCode map_code(const hitlog::CodeDefinition& code, const hitlog::OpcodesDefinition& opcodes,
                    const syntax::Syntax& syntax) {
  return map_code(code, OpcodeTable(opcodes), syntax);
}

std::vector<std::optional<ArmRef>> map_markers(std::span<const hitlog::MarkerRecord> markers,
                                               const syntax::Syntax& syntax) {
  std::vector<std::uint32_t> by_test(syntax.sites.size());
  for (std::uint32_t index = 0; index < by_test.size(); ++index) by_test[index] = index;
  const auto begin = [&](std::uint32_t site) { return syntax.sites[site].test.begin; };
  std::sort(by_test.begin(), by_test.end(), [&](auto a, auto b) { return begin(a) < begin(b); });

  std::vector<std::optional<ArmRef>> arms;
  arms.reserve(markers.size());
  for (const auto& marker : markers) {
    const auto offset = syntax.text->offset({marker.test_line, marker.test_column});
    // Tests hold no statements, so no test lies inside another one.
    const auto after =
        std::upper_bound(by_test.begin(), by_test.end(), offset, [&](auto at, auto site) { return at < begin(site); });
    const bool inside = after != by_test.begin() && syntax.sites[*std::prev(after)].test.contains(offset);
    arms.push_back(inside ? std::optional(ArmRef{*std::prev(after), marker.arm ? Arm::yes : Arm::no}) : std::nullopt);
  }
  return arms;
}

}  // namespace branchlight::mapping
