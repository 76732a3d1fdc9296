#include <doctest/doctest.h>

#include <string>

#include "coverage/syntax/syntax.h"
#include "tests/support/fixture.h"

using namespace branchlight;

namespace {
// "1 2 2 5": the first lines of the statements.
std::string lines(std::string_view source) {
  const auto syntax = syntax::parse(test::parse_fixture(source).source);
  std::string result;
  for (const auto& statement : syntax->statements) {
    result += (result.empty() ? "" : " ") + std::to_string(statement.first_line);
  }
  return result;
}
}  // namespace

TEST_CASE("a statement counts by its first line, however many it has") {
  CHECK(lines("a = [\n  1,\n]\nb = 1\n") == "1 4");
  CHECK(lines("a = 1; b = 2\n") == "1 1");
  CHECK(lines("a = (1,\n2); b = 3\n") == "1 1");
  CHECK(lines("a = \\\n  1; \\\n  b = 2\nc = 3\n") == "1 1 4");
  CHECK(lines("a = 1  # so \\\nb = 2\n") == "1 2");
  CHECK(lines("if a: b = (\n1)\n") == "1 1");
}

TEST_CASE("else, try's else and finally have no line of their own; try, except and case have") {
  CHECK(lines("try:\n  a\nexcept B:\n  c\nexcept:\n  d\nelse:\n  e\nfinally:\n  f\n") == "1 2 3 4 5 6 8 10");
  CHECK(lines("if a:\n  b\nelif c:\n  d\nelse:\n  e\n") == "1 2 3 4 6");
  CHECK(lines("match a:\n  case 1:\n    b\n  case _:\n    c\n") == "1 2 3 4 5");
  CHECK(lines("for a in b:\n  c\nelse: d\n") == "1 2 3");
}

TEST_CASE("decorators, definitions and what they hold") {
  CHECK(lines("@a\n@b(\n  1)\ndef f(\n    x,\n):\n  return 1\n") == "1 2 4 7");
  CHECK(lines("@a\nclass C:\n  b = 1\n") == "1 2 3");
}

TEST_CASE("what follows an except* may run, whatever that raises") {
  CHECK(lines("def f():\n  try:\n    return a\n  except* B:\n    raise\n  c\n") == "1 2 3 4 5 6");
  CHECK(lines("def f():\n  try:\n    return a\n  except  * (B, C) as d:\n    raise d\n  c\n") == "1 2 3 4 5 6");
  CHECK(lines("def f():\n  try:\n    return a\n  except B:\n    raise\n  c\n") == "1 2 3 4 5");
}

TEST_CASE("docstrings are no statements, other strings are") {
  CHECK(lines("'doc'\na = 1\n'not doc'\n") == "2 3");
  CHECK(lines("def f():\n  '''doc\n  more'''\n  a = 1\n") == "1 4");
  CHECK(lines("class C:\n  ('doc')\n  a = 1\n") == "1 3");
  CHECK(lines("def f():\n  f'{x}'\n") == "1 2");
  CHECK(lines("def f(): 'doc'\na = 1\n") == "2");  // coverage.py takes the whole line for the docstring's
}

TEST_CASE("global, nonlocal and bare annotations in functions compile to nothing") {
  CHECK(lines("def f():\n  global a\n  nonlocal b\n  c: int\n  (d): int\n  self.e: int\n  g: int = 1\n") == "1 6 7");
}

TEST_CASE("a bare annotation in a class runs before 3.14 only") {
  const auto syntax =
      syntax::parse(test::parse_fixture("class C:\n  a: int\n  b: int = 1\n  if c:\n    d: int\ne: int\n").source);
  std::string found;
  for (const auto& statement : syntax->statements) found += statement.before_3_14_only ? "-" : "+";
  CHECK(found == "+-++++");
}

TEST_CASE("dead code is no statement") {
  CHECK(lines("def f():\n  return 1\n  a = 2\n") == "1 2");
  CHECK(lines("while True:\n  a\nb\n") == "1 2");
  CHECK(lines("while True:\n  if a:\n    break\nb\n") == "1 2 3 4");
  CHECK(lines("while True:\n  for a in b:\n    break\nc\n") == "1 2 3");
  CHECK(lines("def f():\n  try:\n    return 1\n  finally:\n    a\n  b\n") == "1 2 3 5");
  CHECK(lines("def f():\n  try:\n    return 1\n  except A:\n    b\n  c\n") == "1 2 3 4 5 6");
  CHECK(lines("def f():\n  with a:\n    return 1\n  b\n") == "1 2 3 4");
  CHECK(lines("def f():\n  assert False\n  a\n") == "1 2");
  CHECK(lines("def f():\n  match a:\n    case 1:\n      return 1\n    case _:\n      return 2\n  b\n") ==
        "1 2 3 4 5 6");
  CHECK(lines("if 0:\n  a\nelse:\n  b\n") == "1 4");
}

TEST_CASE("CR LF, lone CR, form feeds, tabs and a missing last newline make no difference") {
  CHECK(lines("if a:\r\n\tb = 2\r\nc = 3") == "1 2 3");
  const auto lone = syntax::parse(std::make_shared<const text::SourceText>("if a:\r  b = 2\rc = 3"));
  REQUIRE(lone->statements.size() == 3);
  CHECK(lone->statements[2].first_line == 3);
  CHECK(lines("a = 1\n\f\nif b:\n\f  c = 4\n") == "1 3 4");
}

TEST_CASE("a compound statement's last line is its header's") {
  const auto syntax = syntax::parse(test::parse_fixture("if (a and\n    b):\n  c = [\n    1]\n").source);
  REQUIRE(syntax->statements.size() == 2);
  CHECK(syntax->statements[0].last_line == 2);
  CHECK(syntax->statements[1].first_line == 3);
  CHECK(syntax->statements[1].last_line == 4);
}
