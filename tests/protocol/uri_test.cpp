#include "protocol/lsp/uri.h"

#include <doctest/doctest.h>

using branchlight::lsp::path_of;
using branchlight::lsp::uri_of;

TEST_CASE("every spelling of a file's URI finds its path") {
  CHECK(path_of("file:///a/b.py") == "/a/b.py");
  CHECK(path_of("file:/a/b.py") == "/a/b.py");
  CHECK(path_of("FILE:///a/b.py") == "/a/b.py");
  CHECK(path_of("file://localhost/a/b.py") == "/a/b.py");
  CHECK(path_of("file:///a%20b/c%3Ad.py") == "/a b/c:d.py");
  CHECK(path_of("file:///a%20b/c:d.py") == "/a b/c:d.py");
  CHECK(path_of("file:///caf%C3%A9.py") == "/caf\xC3\xA9.py");
  CHECK(path_of("file:///caf%c3%a9.py") == "/caf\xC3\xA9.py");
  CHECK(path_of("file:///caf\xC3\xA9.py") == "/caf\xC3\xA9.py");
  CHECK(path_of("file:///a%") == "/a%");
  CHECK(path_of("file:///a%2") == "/a%2");
  CHECK(path_of("file:///a%zz") == "/a%zz");
  CHECK(path_of("file:///a%23b?query#fragment") == "/a#b");
}

TEST_CASE("what is no file of this machine has no path") {
  for (const char* uri : {"", "untitled:Untitled-1", "file://server/share/a.py", "https://example.org/a.py",
                          "file:a.py", "file:///a%00b"})
    CHECK_MESSAGE(!path_of(uri), uri);
}

TEST_CASE("a path's URI leads back to it") {
  for (const char* path : {"/a/b.py", "/a b/c:d.py", "/caf\xC3\xA9.py", "/100%/#?&.py", "/\xFF.py"})
    CHECK(path_of(uri_of(path)) == path);
  CHECK(uri_of("/a b/\xC3\xA9.py") == "file:///a%20b/%C3%A9.py");
}
