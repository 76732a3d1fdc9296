#include "server/features/diagnostics.h"

#include "server/features/destination.h"

namespace branchlight::features {

std::vector<Diagnostic> diagnostics(const Marks& marks) {
  std::vector<Diagnostic> result;
  for (const SiteMark& mark : marks.sites) {
    const syntax::Site& site = marks.syntax->sites[mark.site];
    Diagnostic diagnostic{site.test, "", {}};
    for (const Claim& claim : claims(marks, mark)) {
      if (claim.tense == Claim::Tense::was) continue;
      const std::string would = syntax::would(*marks.syntax, site, claim.missing);
      diagnostic.message += (diagnostic.message.empty() ? "" : "; ") + claim.words + ": " + would;
      diagnostic.related.push_back({destination(*marks.syntax, site, claim.missing), would});
    }
    if (diagnostic.message.empty()) continue;
    if (marks.imported) diagnostic.message += " (not live: imported)";
    result.push_back(std::move(diagnostic));
  }
  return result;
}

}  // namespace branchlight::features
