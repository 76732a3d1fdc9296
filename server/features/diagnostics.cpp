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
      const Place place = destination(*marks.syntax, site, claim.missing);
      diagnostic.message += (diagnostic.message.empty() ? "" : "; ") + claim.words + ": would go to " + place.words;
      if (place.range) diagnostic.related.push_back({*place.range, "not reached from here: " + place.words});
    }
    if (!diagnostic.message.empty()) result.push_back(std::move(diagnostic));
  }
  return result;
}

}  // namespace branchlight::features
