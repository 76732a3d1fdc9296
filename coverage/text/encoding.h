// The encoding of a Python file, as PEP 263 says, and its bytes as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace branchlight::text {

struct Encoding {
  std::string name = "utf-8";  // normalised: lower case, '-' for '_', "utf-8" and "iso-8859-1" for their aliases
  bool byte_order_mark = false;
};

// None: a byte-order mark and a coding line that contradict each other.
std::optional<Encoding> find_encoding(std::string_view file);

// None: an encoding that is not known, or bytes that are not valid in it. The byte-order mark is left out.
std::optional<std::string> to_utf8(std::string_view file, const Encoding& encoding);

}  // namespace branchlight::text
