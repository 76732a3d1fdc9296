// Bytes in, frames out: the `Content-Length` framing of the Language Server Protocol. No I/O.
//
// A header that makes no sense gives one error, and reading goes on at the next `Content-Length: N` line. That is safe
// because JSON cannot hold a raw line break inside a string: such a line is never part of a body.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace branchlight::jsonrpc {

struct Frame {
  std::string body;
};
struct FramingError {
  std::string reason;
};

struct FrameLimits {
  std::size_t header_bytes = 4096;
  std::size_t body_bytes = std::size_t{64} << 20;
};

class FrameReader {
 public:
  explicit FrameReader(FrameLimits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next frame or error, in the order of the bytes; none: more bytes are needed.
  std::optional<std::variant<Frame, FramingError>> next();

 private:
  std::optional<std::variant<Frame, FramingError>> read_header();
  bool find_next_header();
  std::variant<Frame, FramingError> fail(std::string reason);
  std::string_view rest() const { return std::string_view(buffer_).substr(consumed_); }
  void consume(std::size_t bytes);

  FrameLimits limits_;
  std::string buffer_;
  std::size_t consumed_ = 0;
  std::optional<std::size_t> body_length_;
  bool lost_ = false;  // between an error and the next header
};

// A body with its header, as it goes over the wire.
std::string framed(std::string_view body);

}  // namespace branchlight::jsonrpc
