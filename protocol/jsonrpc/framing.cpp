#include "protocol/jsonrpc/framing.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace branchlight::jsonrpc {
namespace {

constexpr std::string_view length_name = "content-length";

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](unsigned char a, char b) { return std::tolower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> parse_length(std::string_view digits) {
  std::size_t length = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return length;
}

struct HeaderLine {
  std::string_view text;  // without its line end
  std::size_t bytes = 0;  // with it
};

std::optional<HeaderLine> first_line(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto text = bytes.substr(0, end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return HeaderLine{text, end + 1};
}

}  // namespace

std::optional<std::variant<Frame, FramingError>> FrameReader::next() {
  if (lost_ && !find_next_header()) return std::nullopt;
  if (!body_length_) {
    if (auto problem = read_header()) return problem;
    if (!body_length_) return std::nullopt;
  }
  if (rest().size() < *body_length_) return std::nullopt;
  Frame frame{std::string(rest().substr(0, *body_length_))};
  consume(*body_length_);
  body_length_.reset();
  return frame;
}

// Leaves body_length_ set when the header is complete. Returns an error, or nothing.
std::optional<std::variant<Frame, FramingError>> FrameReader::read_header() {
  std::optional<std::size_t> length;
  std::size_t at = 0;
  while (const auto line = first_line(rest().substr(at))) {
    at += line->bytes;
    if (at > limits_.header_bytes) break;
    if (line->text.empty()) {
      consume(at);
      if (!length) return fail("a header without Content-Length");
      if (*length > limits_.body_bytes) return fail("a message of " + std::to_string(*length) + " bytes is too long");
      body_length_ = length;
      return std::nullopt;
    }
    const auto colon = line->text.find(':');
    if (colon == std::string_view::npos) {
      consume(at);
      return fail("a header line without a colon");
    }
    if (!equal_ignoring_case(trimmed(line->text.substr(0, colon)), length_name)) continue;
    const auto parsed = parse_length(trimmed(line->text.substr(colon + 1)));
    if (!parsed || (length && *length != *parsed)) {
      consume(at);
      return fail("a Content-Length that is no number");
    }
    length = parsed;
  }
  if (rest().size() > limits_.header_bytes) {
    consume(1);
    return fail("a header that does not end");
  }
  return std::nullopt;
}

// True when the buffer stands at a line `Content-Length: N`; what came before it is gone.
bool FrameReader::find_next_header() {
  const auto bytes = rest();
  for (std::size_t at = 0; at + length_name.size() < bytes.size(); ++at) {
    if (!equal_ignoring_case(bytes.substr(at, length_name.size()), length_name)) continue;
    const auto line = first_line(bytes.substr(at));
    if (!line && bytes.size() - at < 64) {  // perhaps its end is still to come
      consume(at);
      return false;
    }
    if (!line) continue;
    const auto colon = line->text.find(':');
    if (colon == std::string_view::npos || !parse_length(trimmed(line->text.substr(colon + 1)))) continue;
    consume(at);
    lost_ = false;
    return true;
  }
  consume(bytes.size() - std::min(bytes.size(), length_name.size()));
  return false;
}

std::variant<Frame, FramingError> FrameReader::fail(std::string reason) {
  lost_ = true;
  body_length_.reset();
  return FramingError{std::move(reason)};
}

void FrameReader::consume(std::size_t bytes) {
  consumed_ += bytes;
  if (consumed_ < buffer_.size() && consumed_ < (std::size_t{1} << 16)) return;
  buffer_.erase(0, consumed_);
  consumed_ = 0;
}

std::string framed(std::string_view body) {
  std::string bytes = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  bytes.append(body);
  return bytes;
}

}  // namespace branchlight::jsonrpc
