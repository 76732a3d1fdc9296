#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "coverage/syntax/syntax.h"
#include "tests/coverage/syntax/sites_fixture.h"

using namespace branchlight;
using test::check_sites;

TEST_CASE("if a == 1 / else is one site with two arms") {
  check_sites(R"(
    if a == 1:  # site: yes 2, no 4
        b = 2
    else:
        b = 4
  )");
}

TEST_CASE("try … return … finally whose finally leads to two places has no site of its own") {
  check_sites(R"(
    def f(x):
        try:
            if x:  # site: yes 4, no 6
                return 4
        finally:
            done(6)
        return 7
  )");
}

TEST_CASE("if, elif, while, for, async for and case are sites; with, try, except and finally are none") {
  check_sites(R"(
    async def f():
        if a:  # site: yes 3, no 4
            b = 3
        elif c:  # site: yes 5, no 6
            d = 5
        while e:  # site: yes 7, no 8
            f = 7
        for g in h:  # site: yes 9, no 10
            i = 9
        async for j in k:  # site: yes 11, no 12
            l = 11
        match m:
            case 1:  # site: yes 14, no 15
                n = 14
            case [o] if p:  # site: yes 16, no 17
                q = 16
        with r:
            s = 18
        try:
            t = 20
        except u:
            v = 22
        else:
            w = 24
        finally:
            x = 26
  )");
}

TEST_CASE("operands, conditional expressions, comprehensions and lambdas are no statement sites") {
  check_sites(R"(
    a = b and c or not d
    e = f if g else h
    i = [j for k in l if m]
    n = lambda o: p if q else r
    assert s
  )");
}

TEST_CASE("a constant test leaves one arm") {
  check_sites(R"(
    while True:  # site: yes 2
        if 0:  # site: no 4
            dead()
        if "text":  # site: yes 5
            a = 5
        if not None:  # site: yes 7
            a = 7
        if __debug__:  # site: yes 9
            a = 9
        elif b:  # site: none
            dead()
        if (not (0.0)):  # site: yes 13
            a = 13
        if -1:  # site: yes 15
            a = 15
        if "" "":  # site: no 18
            dead()
        if ...:  # site: yes 19
            break
  )");
}

TEST_CASE("a constant operand counts by what it leads to") {
  check_sites(R"(
    if a and 0:  # site: no 3
        dead()
    if a or 1:  # site: yes 4
        b = 4
    if a and 1:  # site: yes 6, no 7
        b = 6
    if a or not 1:  # site: yes 8, no 9
        b = 8
    c = 9
  )");
}

TEST_CASE("what is no constant keeps both arms") {
  check_sites(R"(
    if f"{a}":  # site: yes 2, no 3
        a = 2
    if 1 < 2:  # site: yes 4, no 5
        a = 4
    if ():  # site: yes 6, no 7
        a = 6
    if debug:  # site: yes 8, no out of <module>
        a = 8
  )");
}

TEST_CASE("the last case is no site when it always matches") {
  for (const std::string pattern : {"_", "x", "_ as x", "(_)", "(x)", "((x))", "1 | _", "(1 | x) as y", "(_ as x)"}) {
    CAPTURE(pattern);
    check_sites("match a:\n    case 1:  # site: yes 3, no 4\n        b = 3\n    case " + pattern +
                ":  # site: none\n        b = 5\n");
  }
}

TEST_CASE("the last case is a site when it may not match") {
  for (const std::string pattern : {"_ if c", "x if c", "x.y", "[x]", "(x,)", "x, y", "[*_]", "{}", "C()", "1 | 2",
                                    "1 as x", "-1", "None", "'x'", "()"}) {
    CAPTURE(pattern);
    check_sites("match a:\n    case 1:  # site: yes 3, no 4\n        b = 3\n    case " + pattern +
                ":  # site: yes 5, no out of <module>\n        b = 5\n");
  }
}

TEST_CASE("dead code has no arms") {
  check_sites(R"(
    def f():
        return 2
        if a:  # site: none
            b = 4
    def g():
        while True:  # site: yes 7
            a = 7
        for b in c:  # site: none
            d = 9
    def h():
        if a:  # site: yes 12, no 14
            raise b
        else:
            return 14
        while c:  # site: none
            pass
  )");
}

TEST_CASE("a site knows its header, test and body, over lines, parentheses and comments") {
  const auto fixture = test::parse_fixture(R"(
    if (  # why
        a
        and b  # :
    ):  # here
        c = 1
        d = 2
    for e in f, g: h()
    match i:
        case [j, k] if l: m
        case n, o,: p
    while(q):r
  )");
  const auto syntax = syntax::parse(fixture.source);
  std::string found;
  for (const auto& site : syntax->sites) {
    found += std::string(fixture.slice(site.header)) + " | " + std::string(fixture.slice(site.test)) + " | " +
             std::string(fixture.slice(site.body)) + "\n";
  }
  CHECK(found ==
        "if (  # why\n    a\n    and b  # :\n): | (  # why\n    a\n    and b  # :\n) | c = 1\n    d = 2\n"
        "for e in f, g: | f, g | h()\n"
        "case [j, k] if l: | [j, k] if l | m\n"
        "case n, o,: | n, o, | p\n"
        "while(q): | (q) | r\n");
}

TEST_CASE("a site says in words what never happened") {
  using syntax::Arm;
  using syntax::SiteKind;
  CHECK(std::string(syntax::never(SiteKind::if_, Arm::no)) == "never False");
  CHECK(std::string(syntax::never(SiteKind::elif, Arm::yes)) == "never True");
  CHECK(std::string(syntax::never(SiteKind::while_, Arm::no)) == "never False");
  CHECK(std::string(syntax::never(SiteKind::for_, Arm::yes)) == "loop never starts");
  CHECK(std::string(syntax::never(SiteKind::async_for, Arm::no)) == "loop never completes");
  CHECK(std::string(syntax::never(SiteKind::case_, Arm::yes)) == "never matches");
  CHECK(std::string(syntax::never(SiteKind::case_, Arm::no)) == "always matches");
}
