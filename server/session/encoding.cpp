#include "server/session/encoding.h"

#include <algorithm>
#include <string_view>

namespace branchlight::session {
namespace {

// Of the character at the front. A byte that begins none counts as one character.
struct Width {
  std::uint32_t bytes = 1;
  std::uint32_t utf16 = 1;
};
Width front_width(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::uint32_t bytes = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 1;
  for (std::uint32_t i = 1; i < bytes; ++i)
    if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) bytes = 1;
  return {bytes, bytes == 4 ? 2u : 1u};
}

}  // namespace

lsp::Position to_lsp(const text::SourceText& text, std::uint32_t offset, Encoding encoding) {
  const auto position = text.position(offset);
  if (encoding == Encoding::utf8) return {position.line - 1, position.column};
  const auto line = text.line(position.line);
  std::string_view before = text.slice({line.begin, std::min(line.begin + position.column, line.end)});
  std::uint32_t units = 0;
  while (!before.empty()) {
    const auto width = front_width(before);
    units += width.utf16;
    before.remove_prefix(width.bytes);
  }
  return {position.line - 1, units};
}

lsp::Range to_lsp(const text::SourceText& text, text::ByteRange range, Encoding encoding) {
  return {to_lsp(text, range.begin, encoding), to_lsp(text, range.end, encoding)};
}

std::uint32_t from_lsp(const text::SourceText& text, lsp::Position position, Encoding encoding) {
  if (position.line >= text.line_count()) return static_cast<std::uint32_t>(text.bytes().size());
  const auto line = text.line(position.line + 1);
  std::string_view rest = text.slice(line);
  std::uint32_t offset = line.begin;
  std::uint32_t passed = 0;
  while (!rest.empty()) {
    const auto width = front_width(rest);
    passed += encoding == Encoding::utf16 ? width.utf16 : width.bytes;
    if (passed > position.character) break;
    offset += width.bytes;
    rest.remove_prefix(width.bytes);
  }
  return offset;
}

text::ByteRange from_lsp(const text::SourceText& text, const lsp::Range& range, Encoding encoding) {
  const auto begin = from_lsp(text, range.start, encoding);
  return {begin, std::max(begin, from_lsp(text, range.end, encoding))};
}

}  // namespace branchlight::session
