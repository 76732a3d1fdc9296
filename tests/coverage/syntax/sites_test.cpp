#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "coverage/syntax/syntax.h"

using namespace branchlight;

namespace {
// The sites of a program, one a line: "if x: True False", the arms that exist after the header's text.
std::string sites(std::string source) {
  const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(std::move(source)));
  std::string result;
  for (const auto& site : syntax->sites) {
    result += std::string(syntax->text->slice(site.header));
    if (site.exists[1]) result += " +";
    if (site.exists[0]) result += " -";
    result += "\n";
  }
  return result;
}
}  // namespace

TEST_CASE("if a == 1 / else is one site with two arms") {
  CHECK(sites("if a == 1:\n    b = 2\nelse:\n    b = 3\n") == "if a == 1: + -\n");
}

TEST_CASE("try … return … finally whose finally leads to two places has no site of its own") {
  CHECK(sites("def f(x):\n    try:\n        if x:\n            return 1\n    finally:\n        done()\n    return 2\n") == "if x: + -\n");
}

TEST_CASE("if, elif, while, for, async for and case are sites; with, try, except and finally are none") {
  CHECK(sites(R"(
async def f():
    if a: pass
    elif b: pass
    while c: pass
    for d in e: pass
    async for g in h: pass
    match i:
        case 1: pass
        case [j] if k: pass
    with l: pass
    try: pass
    except m: pass
    else: pass
    finally: pass
)") == "if a: + -\nelif b: + -\nwhile c: + -\nfor d in e: + -\nasync for g in h: + -\ncase 1: + -\ncase [j] if k: + -\n");
}
