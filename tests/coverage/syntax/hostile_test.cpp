// Parsing never fails, never recurses without bound, and never gives a range outside of the text.
#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>

#include "coverage/syntax/syntax.h"

using namespace branchlight;

namespace {

syntax::SharedSyntax parse(std::string source) {
  auto result = syntax::parse(std::make_shared<const text::SourceText>(std::move(source)));
  const text::ByteRange whole{0, static_cast<std::uint32_t>(result->text->bytes().size())};
  for (const auto& site : result->sites) {
    REQUIRE(whole.contains(site.statement));
    REQUIRE(site.statement.contains(site.header));
    REQUIRE(site.header.contains(site.test));
    REQUIRE(site.scope < result->scopes.size());
  }
  for (const auto& statement : result->statements) {
    REQUIRE(whole.contains(statement.range));
    REQUIRE(statement.scope < result->scopes.size());
  }
  for (std::size_t i = 0; i < result->scopes.size(); ++i) {
    REQUIRE(whole.contains(result->scopes[i].range));
    REQUIRE(result->scopes[i].parent <= i);
  }
  return result;
}

std::string repeat(const std::string& part, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += part;
  return result;
}

std::string nested(const std::string& header, int depth) {
  std::string result;
  for (int i = 0; i < depth; ++i) result += std::string(static_cast<std::size_t>(i), ' ') + header + "\n";
  return result + std::string(static_cast<std::size_t>(depth), ' ') + "pass\n";
}

}  // namespace

TEST_CASE("thousands of elifs, operands, brackets and strings need no stack") {
  CHECK(parse("if a: pass\n" + repeat("elif b: pass\n", 20000))->sites.size() == 20001);
  CHECK(parse("if " + repeat("a and ", 20000) + "b: pass\n")->sites.size() == 1);
  CHECK(parse("if " + repeat("not ", 20000) + "b: pass\n")->sites.size() == 1);
  CHECK(parse("x = " + repeat("lambda: ", 5000) + "1\n")->scopes.size() == 5001);
  parse("x = " + repeat("(", 5000) + repeat(")", 5000) + "\n");
  parse(repeat("(", 5000));
  parse("match a:\n  case " + repeat("(", 2000) + "_" + repeat(")", 2000) + ": pass\n");
}

TEST_CASE("deep indentation") {
  CHECK(parse(nested("if a:", 90))->sites.size() == 90);
  CHECK(parse(nested("def f():", 90))->scopes.size() == 91);
  CHECK_FALSE(parse(nested("if a:", 2000))->errors.empty());
}

TEST_CASE("every beginning of a program parses, and what is whole in it is found") {
  const std::string source =
      "@d\nclass C:\n    def f(self, x=lambda: 1):\n        \"\"\"Doc.\"\"\"\n        try:\n            if (x and\n    "
      "                y): pass\n"
      "        except* E as e:\n            for a in b, c: break\n            else: d\n        finally:\n            "
      "match x:\n                case [1, _] if z: f'{x:>{y}}'\n"
      "                case _: pass\n    async def g(self):\n        async for h in i:\n            async with j: "
      "await k\n";
  for (std::size_t length = 0; length <= source.size(); ++length) parse(source.substr(0, length));
  for (std::size_t begin = 0; begin <= source.size(); ++begin) parse(source.substr(begin));
}

TEST_CASE("random bytes and random tokens") {
  std::mt19937 random(1);
  const std::string tokens[] = {"if ",      "elif ",  "else:",
                                "while ",   "for ",   "in ",
                                "def ",     "class ", "match ",
                                "case ",    "try:",   "except ",
                                "finally:", "with ",  "lambda ",
                                "x",        "(",      ")",
                                "[",        "]",      "{",
                                "}",        ":",      ",",
                                "\n",       "\n    ", "\n        ",
                                "\"\"\"",   "'",      "f'",
                                "#",        "\\\n",   "\r",
                                "\f",       "\t",     "@",
                                "=",        "é",      std::string(1, '\0'),
                                "\xFF",     "_",      "1",
                                " "};
  for (int i = 0; i < 2000; ++i) {
    std::string source;
    for (auto n = random() % 60; n > 0; --n)
      source += i % 2 ? tokens[random() % std::size(tokens)] : std::string(1, static_cast<char>(random()));
    parse(source);
  }
}

TEST_CASE("a syntax error costs its own line") {
  const auto syntax =
      parse("def f(x):\n    if x:\n        y = foo(\n    while x: pass\ndef g():\n    for a in b: pass\n");
  CHECK(syntax->sites.size() == 3);
  CHECK(syntax->scopes.size() == 3);
  REQUIRE(syntax->errors.size() == 1);
  CHECK(syntax->text->slice(syntax->errors[0]) == "y = foo(");
}

TEST_CASE("syntax that the grammar does not know counts as a statement") {
  const auto syntax = parse("import a\nlazy import b\nif c:\n    d = 4\n");
  CHECK(syntax->statements.size() == 4);
  CHECK(syntax->sites.size() == 1);
}

TEST_CASE("a long file is parsed in seconds") {
  const auto begin = std::chrono::steady_clock::now();
  const auto syntax = parse(repeat("def f(x):\n    if x:\n        return 1\n    return 2\n\n\n", 10000));
  CHECK(syntax->sites.size() == 10000);
  CHECK(syntax->text->position(syntax->sites.back().header.begin).line == 59996);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}
