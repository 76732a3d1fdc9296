#include <doctest/doctest.h>

#include "tests/coverage/syntax/sites_fixture.h"

using branchlight::test::check_sites;

TEST_CASE("an arm leads to the statement that runs next, or out of its scope") {
  check_sites(R"(
    class C:
        if a:  # site: yes 3, no 4
            b = 3
        def f(self):
            if c:  # site: yes 6, no out of C.f
                d = 6
    if e:  # site: yes 8, no out of <module>
        f = 8
  )");
}

TEST_CASE("the end of a loop's body leads back to the loop") {
  check_sites(R"(
    for a in b:  # site: yes 2, no 5
        if c:  # site: yes 3, no 1
            d = 3
    else:
        while e:  # site: yes 6, no 8
            if f:  # site: yes 7, no 5
                break
    g = 8
  )");
}

TEST_CASE("else of a loop runs when it completes") {
  check_sites(R"(
    while a:  # site: yes 2, no 5
        if b:  # site: yes 3, no 1
            break
    else:
        c = 5
    d = 6
  )");
}

TEST_CASE("through else, handlers and finally") {
  check_sites(R"(
    def f():
        try:
            if a:  # site: yes 4, no 9
                b = 4
        except c:
            if d:  # site: yes 7, no 11
                e = 7
        else:
            if f:  # site: yes 10, no 11
                g = 10
        finally: h = 11
        if i:  # site: yes 13, no out of f
            j = 13
  )");
}

TEST_CASE("a finally leads on to where its try was going") {
  check_sites(R"(
    def f():
        for a in b:  # site: yes 3, no out of f
            try:
                continue
            finally:
                if c:  # site: yes 7, no 2
                    d = 7
    def g():
        try:
            return 10
        finally:
            if e:  # site: yes 13, no out of g
                h = 13
        i = 14
  )");
}

TEST_CASE("a with hides where it ends: what follows it is what is next") {
  check_sites(R"(
    with a:
        with b:
            if c:  # site: yes 4, no 5
                d = 4
    e = 5
  )");
}

TEST_CASE("docstrings, global, nonlocal and bare annotations in functions are passed by") {
  check_sites(R"(
    def f():
        if a:  # site: yes 6, no out of f
            global b
            nonlocal c
            d: int
            e = 6
    if g:  # site: yes 8, no 9
        def h(): pass
    class C:
        "text"
        if i: pass  # site: yes 11, no out of C
  )");
}

TEST_CASE("a decorated definition begins at its decorator") {
  check_sites(R"(
    if a:  # site: yes 2, no 5
        @b
        def f(): pass
    # a comment
    @c
    @d
    class E: pass
  )");
}

TEST_CASE("headers over several lines, bodies on the header's line") {
  check_sites(R"(
    if (a  # site: yes 3, no 4
            or b):
        c = 3
    if d: e = 4; f = 4  # site: yes 4, no 5
    g = 5
  )");
}

TEST_CASE("a body on its header's line leads to where that line goes on to") {
  check_sites(R"(
    def f():
        if a: return 2  # site: yes out of f, no 3
        if a: b = 3  # site: yes 5, no 4
        else: c = 4
        for d in a:  # site: yes 6, no 15
            if a: break  # site: yes 15, no 7
            if a: continue  # site: yes 5, no 8
            try:
                if a: raise E  # site: yes 11, no 10
                e = 10
            except E:
                if a: raise  # site: yes out of f, no 13
                g = 13
            while h: h -= 1  # site: yes 14, no 5
        for d in a: return d  # site: yes out of f, no 16
        if a: return  # site: yes 16, no out of f
  )");
}

TEST_CASE("cases lead to the next case, and past the last one") {
  check_sites(R"(
    match a:
        case 1:  # site: yes 3, no 4
            b = 3
        case 2 if c:  # site: yes 5, no 6
            d = 5
        case _:
            if e:  # site: yes 8, no 9
                f = 8
    g = 9
  )");
}
