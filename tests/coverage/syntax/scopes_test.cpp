#include <doctest/doctest.h>

#include <string>

#include "coverage/syntax/syntax.h"
#include "tests/support/fixture.h"

using namespace branchlight;

namespace {
std::string scopes(std::string_view source) {
  std::string result;
  const auto syntax = syntax::parse(test::parse_fixture(source).source);
  for (const auto& scope : syntax->scopes)
    result += (result.empty() ? "" : ", ") + scope.qualified_name + " " + std::to_string(scope.first_line);
  return result;
}

// The name of the scope that a caret of the fixture stands in.
std::string scope_at_caret(std::string_view annotated) {
  const auto fixture = test::parse_fixture(annotated);
  const auto syntax = syntax::parse(fixture.source);
  return syntax->scopes[syntax->scope_at(fixture.carets.at(0).range.begin)].qualified_name;
}
}  // namespace

TEST_CASE("scopes are named as co_qualname names them, and begin where co_firstlineno says") {
  CHECK(scopes(R"(
    class A:
        def f(self):
            def g():
                return lambda: 1
            class B:
                def h(self): pass
        class C:
            @property
            async def i(self): pass
    j = lambda: (lambda: 2)
  )") == "<module> 1, A 1, A.f 2, A.f.<locals>.g 3, A.f.<locals>.g.<locals>.<lambda> 4, A.f.<locals>.B 5, "
         "A.f.<locals>.B.h 6, A.C 7, A.C.i 8, "
         "<lambda> 10, <lambda>.<locals>.<lambda> 10");
}

TEST_CASE("a function that is declared global has its bare name") {
  CHECK(scopes("def f():\n  global g\n  def g(): pass\n") == "<module> 1, f 1, g 3");
}

TEST_CASE("defaults, decorators and bases are evaluated around the function") {
  CHECK(scopes("def f():\n  @d(lambda: 1)\n  def g(x=lambda: 2): pass\n  class C(b(lambda: 3)): pass\n") ==
        "<module> 1, f 1, f.<locals>.<lambda> 2, f.<locals>.g 2, f.<locals>.<lambda> 3, f.<locals>.C 4, "
        "f.<locals>.<lambda> 4");
}

TEST_CASE("type parameters are no part of a name") {
  CHECK(scopes("def f[T](x: T): pass\nclass C[U]:\n  def g[V](self): pass\n") == "<module> 1, f 1, C 2, C.g 3");
}

TEST_CASE("the scope at a place is the innermost one; a header is its function's, a decorator is not") {
  CHECK(scope_at_caret("def f():\n    x\n#   ^ here\n") == "f");
  CHECK(scope_at_caret("def f(): pass\nx = 1\n#   ^ here\n") == "<module>");
  CHECK(scope_at_caret("class C:\n    def f(self): pass\n#       ^ here\n") == "C.f");
  CHECK(scope_at_caret("class C:\n    @d(lambda: 1)\n#    ^ here\n    def f(self): pass\n") == "C");
  CHECK(scope_at_caret("def f(x=lambda: 1):\n    if x: pass\n#      ^ here\n") == "f");
  CHECK(scope_at_caret("@d(lambda: 1)\ndef f():\n    if x: pass\n#      ^ here\n") == "f");
  CHECK(scope_at_caret("def f():\n    def g(): pass\n    x\n#   ^ here\n") == "f");
}
