#include "server/features/destination.h"

namespace branchlight::features {
namespace {

using syntax::Destination;

text::ByteRange without_indentation(const text::SourceText& text, text::ByteRange line) {
  while (line.begin < line.end && (text.bytes()[line.begin] == ' ' || text.bytes()[line.begin] == '\t')) ++line.begin;
  return line;
}

std::uint32_t end_of_module(const text::SourceText& text) {
  const auto last = text.bytes().find_last_not_of(" \t\f\r\n");
  return last == std::string_view::npos ? 0 : static_cast<std::uint32_t>(last + 1);
}

}  // namespace

text::ByteRange destination(const syntax::Syntax& syntax, const syntax::Site& site, syntax::Arm arm) {
  const text::SourceText& text = *syntax.text;
  const Destination& to = site.leads_to[static_cast<std::size_t>(arm)];
  if (to.kind == Destination::Kind::line) {
    const bool stays = to.line == text.position(site.header.begin).line;
    return stays ? site.body : without_indentation(text, text.line(to.line));
  }
  if (to.scope != 0) return syntax.scopes.at(to.scope).name;
  const auto end = end_of_module(text);
  return {end, end};
}

}  // namespace branchlight::features
