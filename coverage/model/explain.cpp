#include "coverage/model/explain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "coverage/model/file_state.h"

namespace branchlight::model {

namespace {

using syntax::Arm;

SiteExplanation describe(const FileKnowledge& file, std::uint32_t index, const SiteVerdict& verdict) {
  const auto& syntax = *file.syntax;
  const auto& site = syntax.sites[index];
  SiteExplanation result;
  result.path = file.path;
  result.site = index;
  result.kind = site.kind;
  result.line = syntax.text->position(site.header.begin).line;
  result.scope = syntax.scopes[site.scope].qualified_name;
  result.test = syntax.text->slice(site.test);
  result.verdict = verdict;
  for (const Arm arm : {Arm::no, Arm::yes}) {
    const mapping::ArmRef ref{index, arm};
    auto& explained = result.arms[static_cast<std::size_t>(arm)];
    explained.arm = arm;
    explained.exists = site.exists[static_cast<std::size_t>(arm)];
    explained.absent = file.absent.contains(ref);
    explained.taken = verdict.taken[static_cast<std::size_t>(arm)];
    for (const auto& [owner, evidence] : file.settled)
      if (evidence.arms.contains(ref)) explained.settled.push_back(owner);
    for (const auto& [run, owners] : file.running)
      for (const auto& [owner, evidence] : owners)
        if (evidence.arms.contains(ref)) explained.running.push_back({run, owner});
  }
  return result;
}

void add_cause(std::vector<SiteExplanation>& sites, std::uint32_t site, const std::optional<mapping::ArmRef>& arm,
               const Cause& cause) {
  for (auto& explained : sites) {
    if (explained.site != site) continue;
    (arm ? explained.arms[static_cast<std::size_t>(arm->arm)].causes : explained.undecided).push_back(cause);
  }
}

std::vector<Taken> listed(const std::set<Taken>& taken) { return {taken.begin(), taken.end()}; }

void sort_causes(std::vector<Cause>& causes) {
  std::sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) {
    return std::tie(a.interpreter, a.code, a.offset, a.jumped) < std::tie(b.interpreter, b.code, b.offset, b.jumped);
  });
}

}  // namespace

std::vector<SiteExplanation> FileState::explain(std::uint32_t line) const {
  const auto found = verdicts(*known_);
  const auto& syntax = *known_->syntax;
  std::vector<SiteExplanation> sites;
  for (std::uint32_t index = 0; index < syntax.sites.size(); ++index) {
    const auto& header = syntax.sites[index].header;
    if (syntax.text->position(header.begin).line <= line && line <= syntax.text->position(header.end).line)
      sites.push_back(describe(*known_, index, found.sites[index]));
  }
  for (const auto& [key, code] : codes_) {
    for (std::size_t index = 0; index < code->mapped.trails.size(); ++index) {
      const auto& trail = code->mapped.trails[index];
      if (!trail.site) continue;
      add_cause(sites, *trail.site, trail.arm,
                {code->name, code->interpreter, trail.offset, false, trail.jumped, trail.reason, trail.orphan,
                 listed(code->taken[index])});
    }
  }
  for (const auto& [key, table] : markers_) {
    for (std::uint32_t index = 0; index < table->records.size(); ++index) {
      if (!table->arms[index]) continue;
      const auto& record = table->records[index];
      std::string reason = record.exists == 0 ? "a marker that the compiler dropped"
                           : record.by_line   ? "line " + std::to_string(record.by_line) + " says as much"
                                              : "a marker at the head of the arm";
      add_cause(sites, table->arms[index]->site, table->arms[index],
                {"", table->interpreter, index, true, false, std::move(reason), false, listed(table->taken[index])});
    }
  }
  for (auto& site : sites) {
    for (auto& arm : site.arms) sort_causes(arm.causes);
    sort_causes(site.undecided);
  }
  return sites;
}

}  // namespace branchlight::model
