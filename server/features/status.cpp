#include "server/features/status.h"

namespace branchlight::features {

std::string status_text(const model::Totals& totals, Live live) {
  if (totals.statements == 0) return "run tests";
  const bool branches = totals.arms > 0;
  const auto percent =
      100 * (branches ? totals.arms_taken : totals.statements_executed) / (branches ? totals.arms : totals.statements);
  const char* mark = live == Live::none ? " · not live" : live == Live::partly ? " · partly not live" : "";
  return std::to_string(percent) + " % · " + std::to_string(totals.partial_sites) + " partial" + mark;
}

}  // namespace branchlight::features
