#include <doctest/doctest.h>

#include <string>

#include "coverage/text/source_text.h"

using branchlight::text::ByteRange;
using branchlight::text::Position;
using branchlight::text::SourceText;

TEST_CASE("lines end at a newline, at both of CR LF, and at a lone CR; a form feed ends none") {
  const SourceText text("a\nbc\r\nd\re\ff\n");
  REQUIRE(text.line_count() == 5);
  CHECK(text.slice(text.line(1)) == "a");
  CHECK(text.slice(text.line(2)) == "bc");
  CHECK(text.slice(text.line(3)) == "d");
  CHECK(text.slice(text.line(4)) == "e\ff");
  CHECK(text.slice(text.line(5)) == "");
}

TEST_CASE("a text without a newline at its end has its last line") {
  const SourceText text("a\nb");
  REQUIRE(text.line_count() == 2);
  CHECK(text.slice(text.line(2)) == "b");
}

TEST_CASE("an empty text has one line") {
  const SourceText text("");
  CHECK(text.line_count() == 1);
  CHECK(text.line(1) == ByteRange{0, 0});
  CHECK(text.position(0) == Position{1, 0});
  CHECK(text.position(99) == Position{1, 0});
  CHECK(text.offset({7, 3}) == 0);
}

TEST_CASE("a blank line between CR LFs is a line of its own") {
  const SourceText text("a\r\n\r\nb");
  REQUIRE(text.line_count() == 3);
  CHECK(text.line(2) == ByteRange{3, 3});
}

TEST_CASE("offsets and positions are each other's inverse") {
  const SourceText text("x = 'é'\nif x:\r\n  y\rz");
  for (std::uint32_t offset = 0; offset <= text.bytes().size(); ++offset) {
    const auto position = text.position(offset);
    const auto line = text.line(position.line);
    if (offset <= line.end)
      CHECK(text.offset(position) == offset);
    else
      CHECK(text.offset(position) == line.end);  // between CR and LF, or just before the newline's end
  }
}

TEST_CASE("positions outside of the text are clamped: to their line, and to the text") {
  const SourceText text("ab\ncd\n");
  CHECK(text.offset({1, 99}) == 2);
  CHECK(text.offset({2, 1}) == 4);
  CHECK(text.offset({99, 0}) == 6);
  CHECK(text.offset({0, 1}) == 1);
  CHECK(text.slice({4, 99}) == "d\n");
  CHECK(text.slice({99, 120}) == "");
}

TEST_CASE("a file and a buffer of the same bytes have the same hash") {
  const std::string bytes = "if x:\n    pass\n";
  CHECK(SourceText(bytes).content_hash() == SourceText::from_file_bytes(bytes)->content_hash());
  CHECK(SourceText(bytes).content_hash() != SourceText(bytes + " ").content_hash());
  CHECK(SourceText("").content_hash() == 0x2D06800538D394C2ull);  // xxHash's own test vector
}

TEST_CASE("the hash of a file is that of its bytes, not of its text") {
  const std::string file = "# coding: latin-1\nx = '\xE9'\n";
  const auto text = SourceText::from_file_bytes(file);
  REQUIRE(text);
  CHECK(text->content_hash() == SourceText(file).content_hash());
  CHECK(text->content_hash() != SourceText(std::string(text->bytes())).content_hash());
}
