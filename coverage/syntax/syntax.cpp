#include "coverage/syntax/syntax.h"

#include <algorithm>

namespace branchlight::syntax {
namespace {

struct Verbs {
  const char *goes, *stays, *leaves;
};

std::string in_words(const Syntax& syntax, const Site& site, Arm arm, const Verbs& verbs) {
  const Destination& to = site.leads_to[static_cast<std::size_t>(arm)];
  if (to.kind == Destination::Kind::line) {
    const bool stays = to.line == syntax.text->position(site.header.begin).line;
    return (stays ? verbs.stays : verbs.goes) + (" line " + std::to_string(to.line));
  }
  const Scope& scope = syntax.scopes[to.scope];
  const std::string name(syntax.text->slice(scope.name));
  switch (scope.kind) {
    case Scope::Kind::module: return std::string(verbs.leaves) + " the module";
    case Scope::Kind::class_: return verbs.leaves + (" class " + name);
    default: return verbs.leaves + (" " + name) + "()";
  }
}

}  // namespace

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

std::string leads(const Syntax& syntax, const Site& site, Arm arm) {
  return in_words(syntax, site, arm, {"leads to", "stays on", "leaves"});
}

std::string would(const Syntax& syntax, const Site& site, Arm arm) {
  return in_words(syntax, site, arm, {"would go to", "would stay on", "would leave"});
}

}  // namespace branchlight::syntax
