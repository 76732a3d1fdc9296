#include "coverage/mapping/code_scope.h"

#include <algorithm>
#include <string>

namespace branchlight::mapping {

namespace {

std::string_view last_name(std::string_view qualified_name) {
  const auto dot = qualified_name.rfind('.');
  return dot == std::string_view::npos ? qualified_name : qualified_name.substr(dot + 1);
}

// Python normalises the names that it compiles (NFKC: 𝐱 becomes x), the text does not.
bool may_be(const syntax::Scope& scope, std::string_view compiled) {
  const std::string_view written = scope.qualified_name;
  const bool ascii = std::all_of(written.begin(), written.end(), [](char c) { return (c & 0x80) == 0; });
  return written == compiled || (!ascii && last_name(written).starts_with('<') == last_name(compiled).starts_with('<'));
}

}  // namespace

std::optional<std::uint32_t> find_scope(const hitlog::CodeDefinition& code, const syntax::Syntax& syntax,
                                        std::uint32_t inside) {
  if (code.qualified_name == "<module>") return 0;
  std::optional<std::uint32_t> found, alike;
  for (std::uint32_t index = 1; index < syntax.scopes.size(); ++index) {
    const auto& scope = syntax.scopes[index];
    const bool holds = scope.range.contains(inside);
    if (scope.first_line == code.first_line && scope.qualified_name == code.qualified_name) {
      if (!found || holds) found = index;
    } else if (holds && may_be(scope, code.qualified_name) && scope.first_line <= code.first_line &&
               code.first_line <= syntax.text->position(scope.header.begin).line) {
      alike = index;  // with a decorator in brackets it begins on the line of what is in them
    }
  }
  return found ? found : alike;
}

std::string_view why_no_scope(std::string_view qualified_name, std::string_view written) {
  const std::string name(last_name(qualified_name));
  if (name == "<genexpr>" || name == "<listcomp>" || name == "<setcomp>" || name == "<dictcomp>")
    return "in a comprehension, no statement's test";
  if (name == "<lambda>") return "in a lambda, no statement's test";
  // The value of a type alias, the bound of a type parameter, annotations: code objects that are named after something.
  const bool a_statement = written.find("def " + name) != written.npos || written.find("class " + name) != written.npos;
  return a_statement ? "" : "in code that the compiler made for annotations or type parameters";
}

}  // namespace branchlight::mapping
