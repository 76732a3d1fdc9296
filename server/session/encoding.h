// The one place where positions change their kind: bytes inside, the negotiated encoding outside.
#pragma once

#include <cstdint>

#include "coverage/text/source_text.h"
#include "protocol/lsp/types.h"

namespace branchlight::session {

enum class Encoding : std::uint8_t { utf8, utf16 };

lsp::Position to_lsp(const text::SourceText& text, std::uint32_t offset, Encoding encoding);
lsp::Range to_lsp(const text::SourceText& text, text::ByteRange range, Encoding encoding);

// Clamped to the line, and to the text; a position inside a character is that character's start.
std::uint32_t from_lsp(const text::SourceText& text, lsp::Position position, Encoding encoding);
// One that ends before it begins is empty.
text::ByteRange from_lsp(const text::SourceText& text, const lsp::Range& range, Encoding encoding);

}  // namespace branchlight::session
