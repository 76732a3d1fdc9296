#include "protocol/jsonrpc/framing.h"

#include <doctest/doctest.h>

#include <vector>

using namespace branchlight::jsonrpc;

namespace {

// What came out: bodies as they are, errors as "! reason".
std::vector<std::string> all(FrameReader& reader) {
  std::vector<std::string> result;
  while (auto next = reader.next()) {
    if (const auto* frame = std::get_if<Frame>(&*next))
      result.push_back(frame->body);
    else
      result.push_back("! " + std::get<FramingError>(*next).reason);
  }
  return result;
}

std::vector<std::string> read(std::string_view bytes, FrameLimits limits = {}) {
  FrameReader reader(limits);
  reader.feed(bytes);
  return all(reader);
}

using Frames = std::vector<std::string>;

}  // namespace

TEST_CASE("frames come out as they went in") {
  CHECK(read(framed("{}") + framed("") + framed("caf\xC3\xA9")) == Frames{"{}", "", "caf\xC3\xA9"});
  CHECK(read("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}") == Frames{"{}"});
  CHECK(read("content-length:2\r\n\r\n{}") == Frames{"{}"});
  CHECK(read("Content-Length: 2\n\n{}") == Frames{"{}"});
}

TEST_CASE("bytes may come one at a time, or all at once") {
  const std::string bytes = framed("{\"a\":1}") + framed("[]");
  FrameReader reader;
  Frames frames;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    for (auto& frame : all(reader)) frames.push_back(frame);
  }
  CHECK(frames == Frames{"{\"a\":1}", "[]"});
}

TEST_CASE("a header that makes no sense is one error, and the next frame is read") {
  struct {
    const char* name;
    std::string bytes;
    const char* reason;
  } cases[] = {
      {"no length", "Content-Type: x\r\n\r\n", "! a header without Content-Length"},
      {"an empty header", "\r\n", "! a header without Content-Length"},
      {"no number", "Content-Length: two\r\n\r\n{}", "! a Content-Length that is no number"},
      {"a negative number", "Content-Length: -2\r\n\r\n{}", "! a Content-Length that is no number"},
      {"too large for any number", "Content-Length: 99999999999999999999999\r\n\r\n",
       "! a Content-Length that is no number"},
      {"two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "! a Content-Length that is no number"},
      {"no colon", "hello\r\nworld\r\n\r\n", "! a header line without a colon"},
      {"a bare body", "{\"jsonrpc\": \"2.0\"}\r\n", "! a header without Content-Length"},
      {"a body with a text that looks like a header", "x\r\n{\"a\": \"Content-Length: 2\\r\\n\\r\\n\"}",
       "! a header line without a colon"},
  };
  for (const auto& one : cases) {
    INFO(one.name);
    const auto frames = read(one.bytes + framed("{}") + framed("[]"));
    if (std::string_view(one.name) == "a bare body") {  // its colons make it a header line, which the next header ends
      CHECK(frames == Frames{"{}", "[]"});
    } else {
      CHECK(frames == Frames{one.reason, "{}", "[]"});
    }
  }
}

TEST_CASE("a message that is too long is passed over without keeping it") {
  FrameReader reader({.header_bytes = 4096, .body_bytes = 100});
  reader.feed("Content-Length: 1000000000\r\n\r\n");
  CHECK(all(reader) == Frames{"! a message of 1000000000 bytes is too long"});
  for (int i = 0; i < 1000; ++i) {
    reader.feed(std::string(1000, 'x'));
    CHECK(all(reader).empty());
  }
  reader.feed(framed("{}"));
  CHECK(all(reader) == Frames{"{}"});
}

TEST_CASE("a header that never ends is given up") {
  FrameReader reader;
  reader.feed("X: " + std::string(10000, 'x'));
  CHECK(all(reader) == Frames{"! a header that does not end"});
  reader.feed("\r\n" + framed("{}"));
  CHECK(all(reader) == Frames{"{}"});
}
