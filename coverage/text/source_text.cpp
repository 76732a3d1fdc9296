#include "coverage/text/source_text.h"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "coverage/text/encoding.h"

namespace branchlight::text {
namespace {

// Python ends a line at \n, \r\n and a lone \r; never at a form feed.
std::vector<std::uint32_t> find_line_starts(std::string_view bytes) {
  std::vector<std::uint32_t> starts{0};
  for (auto at = bytes.find_first_of("\r\n"); at != std::string_view::npos; at = bytes.find_first_of("\r\n", at)) {
    at += bytes.substr(at, 2) == "\r\n" ? 2 : 1;
    starts.push_back(static_cast<std::uint32_t>(at));
  }
  return starts;
}

}  // namespace

std::uint64_t content_hash(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

SourceText::SourceText(std::string utf8)
    : bytes_(std::move(utf8)), line_starts_(find_line_starts(bytes_)), content_hash_(text::content_hash(bytes_)) {}

std::optional<SourceText> SourceText::from_file_bytes(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max() / 4) return std::nullopt;
  const auto encoding = find_encoding(bytes);
  if (!encoding) return std::nullopt;
  auto utf8 = to_utf8(bytes, *encoding);
  if (!utf8) return std::nullopt;
  SourceText result(std::move(*utf8));
  result.content_hash_ = text::content_hash(bytes);
  return result;
}

std::string_view SourceText::slice(ByteRange range) const {
  const auto size = static_cast<std::uint32_t>(bytes_.size());
  const auto begin = std::min(range.begin, size);
  return bytes().substr(begin, std::clamp(range.end, begin, size) - begin);
}

ByteRange SourceText::line(std::uint32_t number) const {
  const auto size = static_cast<std::uint32_t>(bytes_.size());
  if (number > line_count()) return {size, size};
  const auto begin = line_starts_[std::max(number, 1u) - 1];
  auto end = number < line_count() ? line_starts_[std::max(number, 1u)] : size;
  while (end > begin && (bytes_[end - 1] == '\n' || bytes_[end - 1] == '\r')) --end;
  return {begin, end};
}

Position SourceText::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(bytes_.size()));
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return {static_cast<std::uint32_t>(next - line_starts_.begin()), offset - *std::prev(next)};
}

std::uint32_t SourceText::offset(Position position) const {
  const auto range = line(position.line);
  return range.begin + std::min(position.column, range.end - range.begin);
}

}  // namespace branchlight::text
