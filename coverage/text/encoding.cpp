#include "coverage/text/encoding.h"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace branchlight::text {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find_first_of("\r\n");
  const auto line = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
  } else {
    const bool two = rest.substr(end, 2) == "\r\n";
    rest.remove_prefix(end + (two ? 2 : 1));
  }
  return line;
}

bool is_blank_or_comment(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\f");
  return begin == std::string_view::npos || line[begin] == '#';
}

// PEP 263: ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)
std::string_view cookie(std::string_view line) {
  constexpr std::string_view name_characters = "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const auto hash = line.find_first_not_of(" \t\f");
  if (hash == std::string_view::npos || line[hash] != '#') return {};
  for (auto at = line.find("coding", hash); at != std::string_view::npos; at = line.find("coding", at + 1)) {
    auto rest = line.substr(at + 6);
    if (rest.empty() || (rest[0] != ':' && rest[0] != '=')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const auto name = rest.substr(0, rest.find_first_not_of(name_characters));
    if (!name.empty()) return name;
  }
  return {};
}

bool is_or_begins(std::string_view name, std::string_view head) {
  return name == head || (name.starts_with(head) && name[head.size()] == '-');
}

std::string normalised(std::string_view name) {
  std::string result;
  for (char c : name) result += c == '_' ? '-' : ('A' <= c && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  if (is_or_begins(result, "utf-8") || result == "utf8" || result == "u8") return "utf-8";
  for (auto latin : {"latin-1", "iso-8859-1", "iso-latin-1"}) {
    if (is_or_begins(result, latin)) return "iso-8859-1";
  }
  for (auto latin : {"latin1", "latin", "l1", "8859", "cp819", "iso8859-1"}) {
    if (result == latin) return "iso-8859-1";
  }
  // To iconv a backslash of Shift JIS is a yen sign; to Python it is a backslash, as it is in Microsoft's variant.
  for (auto japanese : {"shift-jis", "shiftjis", "sjis", "s-jis", "csshiftjis"}) {
    if (result == japanese) return "cp932";
  }
  if (result == "us-ascii" || result == "646") return "ascii";
  if (result == "mac-roman" || result == "macroman") return "macintosh";
  return result;
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > bytes.size()) return false;
    std::uint32_t code = lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (0xD800 <= code && code <= 0xDFFF)) return false;
    i += length;
  }
  return true;
}

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (known()) iconv_close(handle_);
  }
  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::optional<std::string> convert(std::string_view bytes) {
    std::string result;
    auto* in = const_cast<char*>(bytes.data());  // POSIX's signature; iconv does not write there
    auto in_left = bytes.size();
    std::array<char, 16384> buffer;
    for (bool flushing = false;;) {
      auto* out = buffer.data();
      auto out_left = buffer.size();
      const auto status = iconv(handle_, flushing ? nullptr : &in, &in_left, &out, &out_left);
      result.append(buffer.data(), buffer.size() - out_left);
      if (status == static_cast<std::size_t>(-1)) {
        if (errno != E2BIG) return std::nullopt;
      } else if (flushing) {
        return result;
      } else {
        flushing = true;
      }
    }
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::optional<Encoding> find_encoding(std::string_view file) {
  Encoding result;
  if (file.starts_with(byte_order_mark)) {
    result.byte_order_mark = true;
    file.remove_prefix(byte_order_mark.size());
  }
  const auto first = take_line(file);
  auto name = cookie(first);
  if (name.empty() && is_blank_or_comment(first)) name = cookie(take_line(file));
  if (name.empty()) return result;
  result.name = normalised(name);
  if (result.byte_order_mark && result.name != "utf-8") return std::nullopt;
  return result;
}

std::optional<std::string> to_utf8(std::string_view file, const Encoding& encoding) {
  if (encoding.byte_order_mark) file.remove_prefix(byte_order_mark.size());
  if (encoding.name == "utf-8") return is_utf8(file) ? std::optional<std::string>(file) : std::nullopt;
  // iconv and Python spell some names differently: euc_jp, euc-jp, eucjp.
  auto underscored = encoding.name;
  std::string joined;
  for (auto& c : underscored) {
    if (c == '-')
      c = '_';
    else
      joined += c;
  }
  for (const auto& name : {encoding.name, underscored, joined}) {
    if (Converter converter(name); converter.known()) return converter.convert(file);
  }
  return std::nullopt;
}

}  // namespace branchlight::text
