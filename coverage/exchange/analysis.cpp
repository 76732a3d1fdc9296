#include "coverage/exchange/analysis.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "coverage/model/verdicts.h"

namespace branchlight::exchange {
namespace {

// Lines with more than one exit that counts, and how many.
std::map<std::int64_t, std::uint64_t> branching_lines(const Analysis& analysis) {
  std::map<std::int64_t, std::uint64_t> exits;
  for (const Branch& branch : analysis.possible) {
    if (analysis.excluded.contains(static_cast<std::uint32_t>(branch.from))) continue;
    if (branch.to > 0 && analysis.excluded.contains(static_cast<std::uint32_t>(branch.to))) continue;
    ++exits[branch.from];
  }
  std::erase_if(exits, [](const auto& entry) { return entry.second < 2; });
  return exits;
}

double percent_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<std::uint32_t> Analysis::missing() const {
  std::vector<std::uint32_t> result;
  std::set_difference(statements.begin(), statements.end(), executed.begin(), executed.end(),
                      std::back_inserter(result));
  return result;
}

std::vector<Branch> Analysis::executed_branches() const {
  const auto lines = branching_lines(*this);
  std::vector<Branch> result;
  std::copy_if(taken.begin(), taken.end(), std::back_inserter(result),
               [&](const Branch& branch) { return lines.contains(branch.from); });
  return result;
}

std::vector<Branch> Analysis::missing_branches() const {
  const auto lines = branching_lines(*this);
  std::vector<Branch> result;
  for (const Branch& branch : possible) {
    const bool left_out = taken.contains(branch) || no_branch.contains(static_cast<std::uint32_t>(branch.from)) ||
                          (branch.to > 0 && excluded.contains(static_cast<std::uint32_t>(branch.to)));
    if (!left_out && lines.contains(branch.from)) result.push_back(branch);
  }
  return result;
}

Analysis analyze(const model::FileKnowledge& file, const configuration::Exclusions& exclusions) {
  const syntax::Syntax& syntax = *file.syntax;
  const model::FileVerdicts verdicts = model::verdicts(file);
  Analysis result;
  for (std::size_t i = 0; i < syntax.statements.size(); ++i) {
    const std::uint32_t line = syntax.statements[i].first_line;
    if (exclusions.lines.contains(line) || !model::is_statement(file, syntax.statements[i])) continue;
    result.statements.insert(line);
    if (verdicts.executed[i]) result.executed.insert(line);
  }
  for (std::size_t i = 0; i < syntax.sites.size(); ++i) {
    const syntax::Site& site = syntax.sites[i];
    const model::SiteVerdict& verdict = verdicts.sites[i];
    for (const std::size_t arm : {0U, 1U}) {
      const Branch branch = branch_of(syntax, site, settled(syntax, file.since_3_14, site.leads_to.at(arm)));
      // A body on the header's own line is no other line.
      if (!verdict.exists[arm] || branch.to == branch.from) continue;
      result.possible.insert(branch);
      if (verdict.taken[arm]) result.taken.insert(branch);
    }
  }
  result.excluded = exclusions.lines;
  result.no_branch = exclusions.no_branch;
  return result;
}

Analysis narrow(const Analysis& whole, const std::set<std::uint32_t>& lines) {
  const auto of_lines = [&](const std::set<std::uint32_t>& all) {
    std::set<std::uint32_t> result;
    std::set_intersection(all.begin(), all.end(), lines.begin(), lines.end(), std::inserter(result, result.end()));
    return result;
  };
  const auto of_branches = [&](const std::set<Branch>& all) {
    std::set<Branch> result;
    for (const Branch& branch : all) {
      if (lines.contains(static_cast<std::uint32_t>(branch.from))) result.insert(result.end(), branch);
    }
    return result;
  };
  return {of_lines(whole.statements), of_lines(whole.executed),    of_lines(whole.excluded),
          of_lines(whole.no_branch),  of_branches(whole.possible), of_branches(whole.taken)};
}

double Numbers::percent() const { return percent_of(executed() + executed_branches(), statements + branches); }
double Numbers::percent_statements() const { return percent_of(executed(), statements); }
double Numbers::percent_branches() const { return percent_of(executed_branches(), branches); }

Numbers& Numbers::operator+=(const Numbers& other) {
  statements += other.statements;
  missing += other.missing;
  excluded += other.excluded;
  branches += other.branches;
  partial_branches += other.partial_branches;
  missing_branches += other.missing_branches;
  return *this;
}

Numbers numbers(const Analysis& analysis) {
  Numbers result;
  result.statements = analysis.statements.size();
  result.missing = analysis.missing().size();
  result.excluded = analysis.excluded.size();
  for (const auto& [line, exits] : branching_lines(analysis)) result.branches += exits;
  for (const Branch& branch : analysis.missing_branches()) {
    ++result.missing_branches;
    if (analysis.executed.contains(static_cast<std::uint32_t>(branch.from))) ++result.partial_branches;
  }
  return result;
}

std::string display(double percent) {
  if (percent > 0 && percent < 1) return "1";
  if (percent > 99 && percent < 100) return "99";
  return std::to_string(static_cast<int>(std::nearbyint(percent)));
}

std::string missing_text(const Analysis& analysis) {
  const std::vector<std::uint32_t> missing = analysis.missing();
  std::vector<std::pair<std::int64_t, std::string>> items;
  auto next = missing.begin();
  std::uint32_t first = 0, last = 0;
  const auto close = [&] {
    if (first != 0)
      items.emplace_back(first,
                         first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last));
    first = 0;
  };
  for (const std::uint32_t line : analysis.statements) {
    if (next != missing.end() && *next == line) {
      if (first == 0) first = line;
      last = line;
      ++next;
    } else {
      close();
    }
  }
  close();
  const auto is_missing = [&](std::int64_t line) { return std::binary_search(missing.begin(), missing.end(), line); };
  for (const Branch& branch : analysis.missing_branches()) {
    if (is_missing(branch.from) || is_missing(branch.to)) continue;
    items.emplace_back(branch.from,
                       std::to_string(branch.from) + "->" + (branch.to > 0 ? std::to_string(branch.to) : "exit"));
  }
  std::sort(items.begin(), items.end());
  std::string result;
  for (const auto& [line, text] : items) result += (result.empty() ? "" : ", ") + text;
  return result;
}

}  // namespace branchlight::exchange
