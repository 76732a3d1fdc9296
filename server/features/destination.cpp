#include "server/features/destination.h"

namespace branchlight::features {
namespace {

text::ByteRange without_indentation(const text::SourceText& text, text::ByteRange line) {
  while (line.begin < line.end && (text.bytes()[line.begin] == ' ' || text.bytes()[line.begin] == '\t')) ++line.begin;
  return line;
}

}  // namespace

Place destination(const syntax::Syntax& syntax, const syntax::Site& site, syntax::Arm arm) {
  const syntax::Destination& to = site.leads_to[static_cast<std::size_t>(arm)];
  if (to.kind == syntax::Destination::Kind::line)
    return {without_indentation(*syntax.text, syntax.text->line(to.line)), "line " + std::to_string(to.line)};
  const syntax::Scope& scope = syntax.scopes.at(to.scope);
  switch (scope.kind) {
    case syntax::Scope::Kind::module: return {std::nullopt, "the end of the module"};
    case syntax::Scope::Kind::lambda: return {std::nullopt, "the end of the lambda"};
    default: break;
  }
  return {scope.name, "the end of " + std::string(syntax.text->slice(scope.name))};
}

}  // namespace branchlight::features
