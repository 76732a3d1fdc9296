// A Python source text and its lines. Immutable and shared: a snapshot holds one, the pool reads it.
//
// The text is UTF-8 whatever the file's encoding was, because CPython's own column offsets count bytes of UTF-8.
// Lines are numbered from 1, columns are bytes from 0. UTF-16 exists only in server/session.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace branchlight::text {

// Bytes into a SourceText, half open.
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool contains(std::uint32_t offset) const { return begin <= offset && offset < end; }
  bool contains(ByteRange inner) const { return begin <= inner.begin && inner.end <= end; }
  bool empty() const { return begin == end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct Position {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 0;  // bytes, from 0
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Names a text: XXH3_64bits of the bytes of a file, or of an editor's buffer.
std::uint64_t content_hash(std::string_view bytes);

class SourceText {
 public:
  // Takes UTF-8 (an editor's buffer). Invalid sequences are kept as they are.
  explicit SourceText(std::string utf8);

  // Decodes a file's bytes as PEP 263 says: byte-order mark, coding line, else UTF-8. An unknown encoding, or bytes
  // that are not valid in it, give nothing: such a file has no coverage to show.
  static std::optional<SourceText> from_file_bytes(std::string_view bytes);

  std::string_view bytes() const { return bytes_; }
  std::string_view slice(ByteRange range) const;
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_starts_.size()); }
  // Of a line without its end-of-line characters. A line past the end is empty, at the end of the text.
  ByteRange line(std::uint32_t number) const;
  Position position(std::uint32_t offset) const;  // clamped to the text
  std::uint32_t offset(Position position) const;  // clamped to the line, and to the text
  // Of the bytes of the file (from_file_bytes) or of the buffer (constructor).
  std::uint64_t content_hash() const { return content_hash_; }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> line_starts_;
  std::uint64_t content_hash_ = 0;
};

using SharedText = std::shared_ptr<const SourceText>;

}  // namespace branchlight::text
