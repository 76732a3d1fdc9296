#include "server/session/one_sided.h"

#include <algorithm>

namespace branchlight::session {

std::set<std::uint32_t> OneSided::update(const model::FileKnowledge& file, const model::FileVerdicts& verdicts,
                                         TimePoint now, Milliseconds after) {
  if (syntax_ != file.syntax) since_.clear();
  syntax_ = file.syntax;
  next_.reset();
  std::set<std::uint32_t> long_enough;
  for (std::uint32_t site = 0; site < verdicts.sites.size(); ++site) {
    const auto& verdict = verdicts.sites[site];
    if (verdict.settled || verdict.state != model::SiteState::partial) {
      since_.erase(site);
      continue;
    }
    const auto due = since_.emplace(site, now).first->second + after;
    if (due <= now)
      long_enough.insert(site);
    else
      next_ = next_ ? std::min(*next_, due) : due;
  }
  return long_enough;
}

}  // namespace branchlight::session
