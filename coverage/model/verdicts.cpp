#include "coverage/model/verdicts.h"

#include <algorithm>

namespace branchlight::model {

namespace {

using syntax::Arm;

// All owners' evidence in one.
struct Union {
  std::vector<bool> lines;
  std::array<std::vector<bool>, 2> arms;  // by Arm, then by site
  std::vector<bool> scopes;

  explicit Union(const syntax::Syntax& syntax)
      : lines(syntax.text->line_count() + 2),
        arms{std::vector<bool>(syntax.sites.size()), std::vector<bool>(syntax.sites.size())},
        scopes(syntax.scopes.size()) {}

  void add(const Evidence& evidence) {
    for (const auto line : evidence.lines)
      if (line < lines.size()) lines[line] = true;
    for (const auto& arm : evidence.arms)
      if (arm.site < arms[0].size()) arms[static_cast<std::size_t>(arm.arm)][arm.site] = true;
    for (const auto scope : evidence.scopes)
      if (scope < scopes.size()) scopes[scope] = true;
  }
};

SiteState state_of(const SiteVerdict& verdict) {
  if (!verdict.taken[0] && !verdict.taken[1]) return SiteState::unreached;
  for (const std::size_t arm : {0u, 1u})
    if (verdict.exists[arm] && !verdict.taken[arm]) return SiteState::partial;
  return SiteState::full;
}

SiteVerdict site_verdict(const FileKnowledge& file, std::uint32_t site, const Union& settled, const Union& all) {
  SiteVerdict verdict;
  const bool branches_known = !file.imported || file.imported->branches;
  for (const Arm arm : {Arm::no, Arm::yes}) {
    const auto a = static_cast<std::size_t>(arm);
    verdict.taken[a] = all.arms[a][site];
    // What was taken exists, whatever the text or another interpreter's code says.
    verdict.exists[a] = verdict.taken[a] ||
                        (branches_known && file.syntax->sites[site].exists[a] && !file.absent.contains({site, arm}));
  }
  verdict.state = state_of(verdict);
  verdict.settled = verdict.state != SiteState::partial || settled.arms[0][site] || settled.arms[1][site];
  return verdict;
}

bool any_line(const std::vector<bool>& lines, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t line = first; line <= last && line < lines.size(); ++line)
    if (lines[line]) return true;
  return false;
}

}  // namespace

FileVerdicts verdicts(const FileKnowledge& file) {
  const auto& syntax = *file.syntax;
  Union settled(syntax);
  for (const auto& [owner, evidence] : file.settled) settled.add(evidence);
  Union all = settled;
  for (const auto& [run, owners] : file.running)
    for (const auto& [owner, evidence] : owners) all.add(evidence);

  FileVerdicts result;
  result.called = all.scopes;
  for (std::uint32_t site = 0; site < syntax.sites.size(); ++site) {
    result.sites.push_back(site_verdict(file, site, settled, all));
    if (result.sites.back().state != SiteState::unreached) result.called[syntax.sites[site].scope] = true;
  }
  for (const auto& statement : syntax.statements) {
    const bool executed =
        any_line(all.lines, statement.first_line, std::max(statement.first_line, statement.last_line));
    result.executed.push_back(executed);
    // A line of its own below the header can only run in the scope itself.
    const auto& scope = syntax.scopes[statement.scope];
    if (executed && statement.first_line > syntax.text->position(scope.header.end).line)
      result.called[statement.scope] = true;
  }
  // Nothing in a module runs before the module does.
  const auto any = [](const std::vector<bool>& of) { return std::find(of.begin(), of.end(), true) != of.end(); };
  if (any(result.called) || any(all.lines)) result.called[0] = true;
  return result;
}

std::vector<Owner> takers(const FileKnowledge& file, mapping::ArmRef arm) {
  FlatSet<Owner> owners;
  for (const auto& [owner, evidence] : file.settled)
    if (evidence.arms.contains(arm)) owners.insert(owner);
  for (const auto& [run, running] : file.running)
    for (const auto& [owner, evidence] : running)
      if (evidence.arms.contains(arm)) owners.insert(owner);
  std::vector<Owner> result(owners.begin(), owners.end());
  std::stable_partition(result.begin(), result.end(),
                        [](const Owner& owner) { return owner.kind == Owner::Kind::test; });
  return result;
}

Totals totals(const FileKnowledge& file, const configuration::Exclusions& exclusions) {
  const auto found = verdicts(file);
  const auto& syntax = *file.syntax;
  Totals totals;
  for (std::size_t i = 0; i < found.sites.size(); ++i) {
    const SiteVerdict& site = found.sites[i];
    if (!site.exists[0] || !site.exists[1]) continue;  // a constant test: no choice, and no branch
    if (exclusions.site(syntax, syntax.sites[i])) continue;
    totals.arms += 2;
    totals.arms_taken += static_cast<std::uint64_t>(site.taken[0]) + static_cast<std::uint64_t>(site.taken[1]);
    totals.partial_sites += site.state == SiteState::partial;
  }
  for (std::size_t i = 0; i < found.executed.size(); ++i) {
    if (exclusions.statement(syntax.statements[i]) || !is_statement(file, syntax.statements[i])) continue;
    ++totals.statements;
    totals.statements_executed += found.executed[i];
  }
  return totals;
}

Totals operator+(const Totals& a, const Totals& b) {
  return {a.arms + b.arms, a.arms_taken + b.arms_taken, a.statements + b.statements,
          a.statements_executed + b.statements_executed, a.partial_sites + b.partial_sites};
}

}  // namespace branchlight::model
