// docs/branches.md says beside its examples what is a site and what is none. It has to be true.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "coverage/syntax/syntax.h"

using namespace branchlight;

namespace {

std::string comment_of(const std::string& line) {
  const auto hash = line.find("# ");
  return hash == std::string::npos ? "" : line.substr(hash + 2);
}

void check_example(const std::string& source) {
  const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(source));
  CHECK(syntax->errors.empty());
  std::map<std::uint32_t, const syntax::Site*> sites;
  for (const auto& site : syntax->sites) sites[syntax->text->position(site.header.begin).line] = &site;
  for (std::uint32_t number = 1; number <= syntax->text->line_count(); ++number) {
    const std::string line(syntax->text->slice(syntax->text->line(number)));
    const auto comment = comment_of(line);
    INFO(line);
    const auto site = sites.find(number);
    const bool both = site != sites.end() && site->second->exists[0] && site->second->exists[1];
    if (comment.starts_with("no ") || comment == "the same") CHECK_FALSE(both);
    if (comment.starts_with("one site") || comment == "the choice is here") CHECK(both);
    if (comment.starts_with("never ") || comment.starts_with("loop ") || comment.starts_with("always ")) {
      REQUIRE(both);
      const std::set<std::string> words{syntax::never(site->second->kind, syntax::Arm::no),
                                        syntax::never(site->second->kind, syntax::Arm::yes)};
      CHECK(words.contains(comment));
    }
  }
}

}  // namespace

TEST_CASE("what docs/branches.md says of its examples is so") {
  std::ifstream page(BRANCHLIGHT_BRANCHES_PAGE);
  REQUIRE(page);
  int examples = 0;
  std::string example;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      if (inside && !example.empty()) {
        check_example(example);
        ++examples;
      }
      inside = line == "```python";
      example.clear();
    } else if (inside) {
      example += line + "\n";
    }
  }
  CHECK(examples >= 9);
}
