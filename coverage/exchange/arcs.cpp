#include "coverage/exchange/arcs.h"

#include <algorithm>
#include <array>

namespace branchlight::exchange {
namespace {

std::int64_t target(const syntax::Syntax& syntax, const syntax::Destination& destination) {
  if (destination.kind == syntax::Destination::Kind::line) return destination.line;
  return -static_cast<std::int64_t>(syntax.scopes[destination.scope].first_line);
}

bool names_a_test(std::string_view name) {
  if (name.find("::") != std::string_view::npos) return true;
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && name.substr(dot + 1).starts_with("test");
}

}  // namespace

std::set<Branch> arcs(const syntax::Syntax& syntax, const model::Evidence& evidence) {
  std::set<Branch> result;
  for (const std::uint32_t line : evidence.lines) result.insert(result.end(), {line, line});
  for (const mapping::ArmRef taken : evidence.arms) {
    const syntax::Site& site = syntax.sites[taken.site];
    const Branch branch = branch_of(syntax, site, site.leads_to[static_cast<std::size_t>(taken.arm)]);
    if (branch.from != branch.to) result.insert(branch);
  }
  return result;
}

Branch branch_of(const syntax::Syntax& syntax, const syntax::Site& site, const syntax::Destination& to) {
  return {syntax.text->position(site.header.begin).line, target(syntax, to)};
}

syntax::Destination settled(const syntax::Syntax& syntax, bool since_3_14, syntax::Destination destination) {
  const auto& statements = syntax.statements;
  while (since_3_14 && destination.kind == syntax::Destination::Kind::line) {
    const auto first = [&](bool before_3_14_only) {
      return std::ranges::find_if(statements, [&](const syntax::Statement& statement) {
        return statement.before_3_14_only == before_3_14_only && statement.first_line == destination.line;
      });
    };
    const auto found = first(true);
    if (found == statements.end() || first(false) != statements.end() || found->goes_on_to == destination) break;
    destination = found->goes_on_to;
  }
  return destination;
}

std::string context_of(const model::Owner& owner) {
  return owner.kind == model::Owner::Kind::test ? owner.name.text() : std::string();
}

model::Owner owner_of(std::string_view context) {
  std::string_view name = context;
  for (const std::string_view phase : {"|setup", "|run", "|teardown"})
    if (name.ends_with(phase)) name.remove_suffix(phase.size());
  // A static context comes first; an id may hold a bar too, among its parameters.
  const std::size_t bar = std::min(name.find('|'), name.find('['));
  if (bar != std::string_view::npos && name[bar] == '|' && names_a_test(name.substr(bar + 1)))
    name.remove_prefix(bar + 1);
  if (names_a_test(name)) return {model::Owner::Kind::test, std::string(name)};
  return {model::Owner::Kind::imported, std::string(context)};
}

}  // namespace branchlight::exchange
