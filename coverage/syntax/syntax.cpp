#include "coverage/syntax/syntax.h"

#include <algorithm>

namespace branchlight::syntax {

std::uint32_t Syntax::scope_at(std::uint32_t offset) const {
  const auto after = std::upper_bound(scopes.begin() + 1, scopes.end(), offset,
                                      [](std::uint32_t at, const Scope& scope) { return at < scope.header.begin; });
  auto scope = static_cast<std::uint32_t>(after - scopes.begin() - 1);
  while (scope != 0 && offset >= scopes[scope].range.end) scope = scopes[scope].within;
  return scope;
}

const char* never(SiteKind kind, Arm missing) {
  const bool yes = missing == Arm::yes;
  switch (kind) {
    case SiteKind::for_:
    case SiteKind::async_for: return yes ? "loop never starts" : "loop never completes";
    case SiteKind::case_: return yes ? "never matches" : "always matches";
    default: return yes ? "never True" : "never False";
  }
}

}  // namespace branchlight::syntax
