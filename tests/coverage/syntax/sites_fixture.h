// A fixture says beside each header which arms its site has, and where they lead:
//
//     while x:       # site: yes 2, no 4
//     for y in z:    # site: yes 6, no out of f
//     while True:    # site: yes 8
//     case _:        # site: none
//
// Every site has to be named, and every name has to be a site.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>

#include "coverage/syntax/syntax.h"
#include "tests/support/fixture.h"

namespace branchlight::test {

inline std::string describe(const syntax::Syntax& syntax, const syntax::Site& site) {
  std::string result;
  for (const auto arm : {1, 0}) {
    if (!site.exists[static_cast<std::size_t>(arm)]) continue;
    const auto& to = site.leads_to[static_cast<std::size_t>(arm)];
    if (!result.empty()) result += ", ";
    result += arm ? "yes " : "no ";
    result += to.kind == syntax::Destination::Kind::line ? std::to_string(to.line)
                                                         : "out of " + syntax.scopes[to.scope].qualified_name;
  }
  return result.empty() ? "none" : result;
}

inline void check_sites(std::string_view annotated) {
  const auto fixture = parse_fixture(annotated, {"site"});
  const auto syntax = syntax::parse(fixture.source);
  CHECK(syntax->errors.empty());
  std::map<std::uint32_t, std::string> expected, found;
  for (const auto& note : fixture.notes) expected[note.line] = note.value;
  for (const auto& site : syntax->sites)
    found[syntax->text->position(site.header.begin).line] = describe(*syntax, site);
  for (const auto& [line, value] : expected) {
    INFO("line ", line, ": ", fixture.slice(fixture.source->line(line)));
    CHECK((found.contains(line) ? found[line] : "none") == value);
  }
  for (const auto& [line, value] : found) {
    INFO("line ", line, ": ", fixture.slice(fixture.source->line(line)), " is a site: ", value);
    CHECK(expected.contains(line));
  }
}

}  // namespace branchlight::test
