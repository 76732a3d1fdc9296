// Hit logs made by hand, byte by byte, as docs/hit-log.md has them.
#pragma once

#include <unistd.h>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "coverage/hitlog/format.h"

namespace branchlight::test {

inline hitlog::Header sound_header() {
  hitlog::Header header{};
  std::memcpy(header.magic, hitlog::magic, sizeof header.magic);
  header.version = hitlog::format_version;
  header.byte_order = hitlog::byte_order_mark;
  header.header_size = sizeof header;
  header.process_id = static_cast<std::uint32_t>(::getpid());
  header.interpreter = 0x030E02F0;
  header.backend = hitlog::Backend::events;
  header.state = hitlog::LogState::closed;
  return header;
}

class LogBuilder {
 public:
  explicit LogBuilder(const hitlog::Header& header = sound_header()) { raw(&header, sizeof header); }

  LogBuilder& word(hitlog::Tag tag, std::uint32_t small, std::uint32_t large) {
    const auto value = hitlog::word(tag, small, large);
    return raw(&value, sizeof value);
  }
  LogBuilder& payload(hitlog::Tag tag, std::uint32_t small, std::string_view bytes) {
    word(tag, small, static_cast<std::uint32_t>(bytes.size()));
    raw(bytes.data(), bytes.size());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return *this;
  }
  LogBuilder& file(std::uint32_t number, std::string_view path, std::uint64_t content_hash = 7) {
    const hitlog::FileRecord record{content_hash, 100};
    return payload(hitlog::Tag::file, number, text_of(record) + std::string(path));
  }
  LogBuilder& code(std::uint32_t number, std::uint32_t file, std::uint32_t first_line, const std::string& name,
                   const std::string& bytecode = {}, const std::string& locations = {}) {
    const hitlog::CodeRecord record{file,
                                    first_line,
                                    static_cast<std::uint32_t>(name.size()),
                                    static_cast<std::uint32_t>(bytecode.size()),
                                    static_cast<std::uint32_t>(locations.size()),
                                    0};
    return payload(hitlog::Tag::code, number, text_of(record) + name + bytecode + locations);
  }
  LogBuilder& test(std::uint32_t number, std::string_view id) { return payload(hitlog::Tag::test, number, id); }
  LogBuilder& raw(const void* bytes, std::size_t size) {
    bytes_.append(static_cast<const char*>(bytes), size);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

  template <class T>
  static std::string text_of(const T& value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  }

 private:
  std::string bytes_;
};

inline std::string opcode_entry(std::uint16_t number, std::uint16_t cache_units, std::string_view name) {
  return LogBuilder::text_of(number) + LogBuilder::text_of(cache_units) + static_cast<char>(name.size()) +
         std::string(name);
}

// A file that is gone with its scope.
class TemporaryLog {
 public:
  explicit TemporaryLog(std::string_view bytes = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "branchlight-log-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    ::close(descriptor);
    path_ = name;
    write(bytes);
  }
  TemporaryLog(const TemporaryLog&) = delete;
  TemporaryLog& operator=(const TemporaryLog&) = delete;
  ~TemporaryLog() { std::filesystem::remove(path_); }
  void write(std::string_view bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace branchlight::test
