#include "tests/server/features/page.h"

#include <algorithm>

#include "server/features/diagnostics.h"

namespace branchlight::test {
namespace {

using model::Owner;
using syntax::Arm;

bool says(const Fixture& fixture, std::string_view key, std::uint32_t line, std::string_view value) {
  const auto values = fixture.values(key, line);
  return std::find(values.begin(), values.end(), value) != values.end();
}

Arm arm_named(const std::string& name) {
  return name == "True" || name == "starts" || name == "matches" ? Arm::yes : Arm::no;
}

model::Evidence evidence(const Fixture& fixture, const syntax::Syntax& syntax) {
  model::Evidence taken;
  const auto line_of = [&](std::uint32_t offset) { return syntax.text->position(offset).line; };
  for (std::uint32_t i = 0; i < syntax.sites.size(); ++i)
    for (const auto& name : fixture.values("arms", line_of(syntax.sites[i].header.begin)))
      if (!name.empty()) taken.arms.insert({i, arm_named(name)});
  for (std::uint32_t i = 0; i < syntax.scopes.size(); ++i)
    if (!says(fixture, "called", line_of(syntax.scopes[i].header.begin), "no")) taken.scopes.insert(i);
  const auto runs = [&](std::uint32_t scope) {
    for (; scope != 0; scope = syntax.scopes[scope].parent)
      if (!taken.scopes.contains(scope)) return false;
    return true;
  };
  for (const auto& statement : syntax.statements)
    if (runs(statement.scope) && !says(fixture, "ran", statement.first_line, "no"))
      taken.lines.insert(statement.first_line);
  return taken;
}

}  // namespace

Measured measured(std::string_view annotated, When when) {
  Measured result{parse_fixture(annotated, {"arms", "called", "ran"}), {}};
  result.file.path = "/shop/price.py";
  result.file.syntax = syntax::parse(result.fixture.source);
  const Owner owner{Owner::Kind::test, "test_price.py::test_total"};
  auto& owners = when == When::settled ? result.file.settled : result.file.running["0123"];
  owners[owner] = evidence(result.fixture, *result.file.syntax);
  return result;
}

features::Marks marks_of(const Measured& measured, std::optional<std::string> buffer, bool one_sided_for_long) {
  const auto& file = measured.file;
  const auto edited =
      buffer ? syntax::parse(std::make_shared<const text::SourceText>(std::move(*buffer))) : file.syntax;
  std::set<std::uint32_t> for_long;
  for (std::uint32_t i = 0; one_sided_for_long && i < file.syntax->sites.size(); ++i) for_long.insert(i);
  return features::marks(file, model::verdicts(file), edited, freshness::carry(*file.syntax, *edited),
                         configuration::find_exclusions(*edited, *configuration::read_settings("/none", {})), for_long);
}

std::string drawn(const Measured& measured, const features::Marks& marks, features::HintOptions options) {
  const auto& text = *marks.syntax->text;
  const auto hints = features::inlay_hints(marks, measured.file, options, {0, UINT32_MAX});
  const auto diagnostics = features::diagnostics(marks);
  std::string result;
  const auto last = text.line(text.line_count()).empty() ? text.line_count() - 1 : text.line_count();
  for (std::uint32_t number = 1; number <= last; ++number) {
    const auto line = text.line(number);
    result += text.slice(line);
    for (const auto& hint : hints)
      if (hint.offset == line.end && text.position(hint.offset).line == number) result += "  «" + hint.label() + "»";
    result += '\n';
    for (const auto& diagnostic : diagnostics) {
      if (text.position(diagnostic.range.begin).line != number) continue;
      result += std::string(diagnostic.range.begin - line.begin, ' ') +
                std::string(std::min(diagnostic.range.end, line.end) - diagnostic.range.begin, '~') + " " +
                diagnostic.message + '\n';
    }
  }
  return result;
}

std::string drawn(std::string_view annotated) {
  const auto given = measured(annotated);
  return drawn(given, marks_of(given));
}

}  // namespace branchlight::test
