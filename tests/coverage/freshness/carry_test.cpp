#include "coverage/freshness/carry.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

using namespace branchlight;
using freshness::Age;

namespace {

syntax::SharedSyntax parse(std::string source) {
  return syntax::parse(std::make_shared<const text::SourceText>(std::move(source)));
}

// What became of the old text's sites: "2 -> 3 fresh, 5 gone", by the lines of their headers.
std::string sites(std::string before, std::string after) {
  const auto old_syntax = parse(std::move(before)), new_syntax = parse(std::move(after));
  const auto carry = freshness::carry(*old_syntax, *new_syntax);
  std::string result;
  for (std::size_t i = 0; i < old_syntax->sites.size(); ++i) {
    if (!result.empty()) result += ", ";
    result += std::to_string(old_syntax->text->position(old_syntax->sites[i].header.begin).line);
    if (const auto& site = carry.sites[i]) {
      result += " -> " + std::to_string(new_syntax->text->position(new_syntax->sites[site->index].header.begin).line);
      result += site->age == Age::fresh ? " fresh" : " stale";
    } else {
      result += " gone";
    }
  }
  return result;
}

const std::string f = "def f(x):\n    if x:\n        return 1\n    return 2\n";
const std::string g = "def g(x):\n    for y in x:\n        print(y)\n";

}  // namespace

TEST_CASE("a text that is the same keeps everything") { CHECK(sites(f + g, f + g) == "2 -> 2 fresh, 6 -> 6 fresh"); }

TEST_CASE("sites move with their functions, whatever is put above or between") {
  CHECK(sites(f + g, "import os\n\n\n" + f + "\n\n" + g) == "2 -> 5 fresh, 6 -> 11 fresh");
  CHECK(sites(f + g, g + f) == "2 -> 5 fresh, 6 -> 2 fresh");
}

TEST_CASE("comments, blank lines and line breaks change nothing") {
  CHECK(sites(f, "def f(x):  # takes x\n\n    # why\n    if  x :\n        return 1\n\n    return 2\n") ==
        "2 -> 4 fresh");
  CHECK(sites("def f(x):\n    if g(x, 1):\n        return 1\n",
              "def f(x):\n    if g(\n        x, 1\n    ):\n        return 1\n") == "2 -> 2 fresh");
  CHECK(sites("def f(x):\n    if x:\n        return 1\n", "def f(x):\n  if x: return 1\n") == "2 -> 2 fresh");
  CHECK(sites("def f(x):\n    if x:\n        return 1\n", "def f(x):\r\n\tif x:\r\n\t\treturn 1\r\n") ==
        "2 -> 2 fresh");
}

TEST_CASE("an edit inside of a function makes its other sites stale, and leaves other functions alone") {
  CHECK(sites(f + g, "def f(x):\n    log(x)\n    if x:\n        return 1\n    return 2\n" + g) ==
        "2 -> 3 stale, 6 -> 7 fresh");
}

TEST_CASE("the edited site is gone") {
  CHECK(sites(f + g, "def f(x):\n    if not x:\n        return 1\n    return 2\n" + g) == "2 gone, 6 -> 6 fresh");
  CHECK(sites("def f(x):\n    if x:\n        return 1\n    while x:\n        x -= 1\n",
              "def f(x):\n    if y:\n        return 1\n    while x:\n        x -= 1\n") == "2 gone, 4 -> 4 stale");
}

TEST_CASE("an edit of a body makes its own site stale") {
  CHECK(sites(f, "def f(x):\n    if x:\n        return 3\n    return 2\n") == "2 -> 2 stale");
}

TEST_CASE("indentation that changes what is inside of what is an edit") {
  CHECK(sites("def f(x):\n    if x:\n        a()\n        b()\n", "def f(x):\n    if x:\n        a()\n    b()\n") ==
        "2 -> 2 stale");
}

TEST_CASE("an edit of a function's own header makes its sites stale") {
  CHECK(sites(f, "def f(x, y=0):\n    if x:\n        return 1\n    return 2\n") == "2 -> 2 stale");
  CHECK(sites(f, "@cached\n" + f) == "2 -> 3 stale");
}

TEST_CASE("a function that was renamed is another one") {
  CHECK(sites(f, "def h(x):\n    if x:\n        return 1\n    return 2\n") == "2 gone");
}

TEST_CASE("text inside of a string counts, white space too") {
  CHECK(sites("def f(x):\n    if x == 'a b':\n        pass\n", "def f(x):\n    if x == 'a  b':\n        pass\n") ==
        "2 gone");
  CHECK(sites("def f(x):\n    if x == f'{x:>10}':\n        pass\n",
              "def f(x):\n    if x == f'{x:>11}':\n        pass\n") == "2 gone");
  CHECK(sites("def f(x):\n    if x == 'a\\nb':\n        pass\n", "def f(x):\n    if x == 'a\\nc':\n        pass\n") ==
        "2 gone");
}

TEST_CASE("of two identical sites of which one went away, none is guessed") {
  CHECK(sites("def f(x):\n    if x:\n        a()\n    if x:\n        a()\n", "def f(x):\n    if x:\n        a()\n") ==
        "2 gone, 4 gone");
}

TEST_CASE("of two sites with the same test, what they hold tells which one is left") {
  CHECK(sites("def f(x):\n    if x:\n        a()\n    if x:\n        b()\n", "def f(x):\n    if x:\n        b()\n") ==
        "2 gone, 4 -> 2 stale");
}

TEST_CASE("of two functions of one name the tokens tell which is which") {
  const std::string get = "    @property\n    def v(self):\n        if self.a:\n            return 1\n";
  const std::string set = "    @v.setter\n    def v(self, x):\n        if x:\n            self.a = x\n";
  CHECK(sites("class C:\n" + get + set, "class C:\n" + get + "    z = 1\n" + set) == "4 -> 4 fresh, 8 -> 9 fresh");
  const std::string edited =
      "    @property\n    def v(self):\n        log()\n        if self.a:\n            return 1\n";
  CHECK(sites("class C:\n" + get + set, "class C:\n" + edited + set) == "4 -> 5 stale, 8 -> 9 fresh");
}

TEST_CASE("a function that was copied has no marks until one of the two is changed") {
  CHECK(sites(f, f + f) == "2 gone");
  CHECK(sites(f, f + "def f2(x):\n    if x:\n        return 1\n    return 2\n") == "2 -> 2 fresh");
}

TEST_CASE("functions come and go without touching the code of the module or class around them") {
  const std::string module = "import sys\nif sys.platform == 'x':\n    y = 1\n";
  CHECK(sites(module + f, module + g + f) == "2 -> 2 fresh, 5 -> 8 fresh");
  CHECK(sites(module + f, module + "z = 1\n" + f) == "2 -> 2 stale, 5 -> 6 fresh");
  CHECK(sites(f + "class C:\n    if a:\n        b = 1\n",
              f + "class C:\n    if a:\n        b = 1\n    def m(self): pass\n") == "2 -> 2 fresh, 6 -> 6 fresh");
}

TEST_CASE("an edit of an inner function leaves the outer one fresh; one that moves in it does not") {
  CHECK(sites("def o(x):\n    def i(y):\n        if y:\n            return 1\n    if x:\n        return i\n",
              "def o(x):\n    def i(y):\n        if y:\n            return 2\n    if x:\n        return i\n") ==
        "3 -> 3 stale, 5 -> 5 fresh");
  CHECK(sites("def o(x):\n    def i(y): pass\n    if x:\n        return i\n",
              "def o(x):\n    if x:\n        return i\n    def i(y): pass\n") == "3 -> 2 stale");
}

TEST_CASE("code that can no longer run loses its marks") {
  CHECK(sites(f, "def f(x):\n    return 0\n    if x:\n        return 1\n    return 2\n") == "2 gone");
}

TEST_CASE("statements and scopes are carried as well, lambdas with the statement that they stand in") {
  const auto old_syntax = parse("def f(x):\n    k = lambda: x\n    return k\n");
  const auto new_syntax = parse("import os\n\ndef f(x):\n    k = lambda: x\n    log()\n    return k\n");
  const auto carry = freshness::carry(*old_syntax, *new_syntax);
  REQUIRE(old_syntax->scopes.size() == 3);
  REQUIRE(carry.scopes[1]);
  CHECK(new_syntax->scopes[carry.scopes[1]->index].qualified_name == "f");
  CHECK(carry.scopes[1]->age == Age::stale);
  REQUIRE(carry.scopes[2]);
  CHECK(new_syntax->scopes[carry.scopes[2]->index].qualified_name == "f.<locals>.<lambda>");
  const std::map<std::uint32_t, std::uint32_t> expected{{1, 3}, {2, 4}, {3, 6}};
  for (std::size_t i = 0; i < old_syntax->statements.size(); ++i) {
    REQUIRE(carry.statements[i]);
    CHECK(new_syntax->statements[carry.statements[i]->index].first_line ==
          expected.at(old_syntax->statements[i].first_line));
  }
}

TEST_CASE("a syntax error keeps what was known of the functions outside of it") {
  for (const std::string broken : {"    foo(\n", "    if :\n", "    x = 'abc\n", "    )\n", "    \"\"\"\n",
                                   "    y = x +\n", "    if x\n", "    class\n", "  odd\n"}) {
    CAPTURE(broken);
    CHECK(sites(g + f + "def h(x):\n    while x: pass\n",
                g + "def f(x):\n" + broken +
                    "    if x:\n        return 1\n    return 2\ndef h(x):\n    while x: pass\n") ==
          "2 -> 2 fresh, 5 -> 6 stale, 9 -> 10 fresh");
  }
}

TEST_CASE("a syntax error in a method keeps what was known of the other methods") {
  const std::string a = "    def a(self):\n        if self.x:\n            return 1\n";
  const std::string b = "    def b(self):\n        if self.y:\n            return 1\n";
  for (const std::string broken : {"        foo(\n", "        if :\n", "        x = 'abc\n", "        )\n",
                                   "        \"\"\"\n", "        y = x +\n", "        def\n"}) {
    CAPTURE(broken);
    CHECK(sites("class C:\n" + a + b + a.substr(0, 8) + "c" + a.substr(9),
                "class C:\n" + a + b + broken + a.substr(0, 8) + "c" + a.substr(9)) ==
          "3 -> 3 fresh, 6 -> 6 stale, 9 -> 10 fresh");
  }
}
