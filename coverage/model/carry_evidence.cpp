#include "coverage/model/carry_evidence.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "coverage/freshness/carry.h"

namespace branchlight::model {

namespace {

using freshness::Age;
using freshness::Carried;

std::optional<std::uint32_t> fresh(const std::vector<std::optional<Carried>>& carried, std::uint32_t old_index) {
  if (old_index >= carried.size() || !carried[old_index] || carried[old_index]->age != Age::fresh) return std::nullopt;
  return carried[old_index]->index;
}

// Old line to new line. A line moves with the statement that it is of; a line of none is not known any more.
std::map<std::uint32_t, std::uint32_t> moved_lines(const syntax::Syntax& before, const syntax::Syntax& after,
                                                   const freshness::Carry& carry) {
  std::map<std::uint32_t, std::uint32_t> moved;
  for (std::uint32_t index = 0; index < before.statements.size(); ++index) {
    const auto to = fresh(carry.statements, index);
    if (!to) continue;
    const auto& was = before.statements[index];
    const auto& is = after.statements[*to];
    const auto last = std::max(is.first_line, is.last_line);
    for (std::uint32_t line = was.first_line; line <= std::max(was.first_line, was.last_line); ++line)
      moved.try_emplace(line, std::min(is.first_line + (line - was.first_line), last));
  }
  return moved;
}

}  // namespace

void carry_evidence(FileKnowledge& file, syntax::SharedSyntax new_syntax) {
  const auto carry = freshness::carry(*file.syntax, *new_syntax);
  const auto lines = moved_lines(*file.syntax, *new_syntax, carry);
  const auto carry_one = [&](const Evidence& old) {
    Evidence evidence;
    for (const auto line : old.lines)
      if (const auto to = lines.find(line); to != lines.end()) evidence.lines.insert(to->second);
    for (const auto& arm : old.arms)
      if (const auto site = fresh(carry.sites, arm.site)) evidence.arms.insert({*site, arm.arm});
    for (const auto scope : old.scopes)
      if (const auto to = fresh(carry.scopes, scope)) evidence.scopes.insert(*to);
    return evidence;
  };
  const auto carry_all = [&](std::map<Owner, Evidence>& owners) {
    for (auto at = owners.begin(); at != owners.end();) {
      at->second = carry_one(at->second);
      at = at->second.empty() ? owners.erase(at) : std::next(at);
    }
  };
  carry_all(file.settled);
  for (auto& [run, owners] : file.running) carry_all(owners);
  file.absent.clear();  // the new text's code objects tell
  file.since_3_14 = false;
  file.syntax = std::move(new_syntax);
}

}  // namespace branchlight::model
