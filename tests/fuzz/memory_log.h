// A log in memory, with a path that LogReader can open.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "coverage/hitlog/format.h"
#include "tests/coverage/hitlog/log_builder.h"

namespace branchlight::fuzz {

inline hitlog::Header sound_header(std::uint32_t process_id) {
  hitlog::Header header = test::sound_header();
  header.process_id = process_id;
  header.created = process_id;
  return header;
}

class MemoryLog {
 public:
  MemoryLog() : descriptor_(::memfd_create("log", MFD_CLOEXEC)) {}
  MemoryLog(const MemoryLog&) = delete;
  MemoryLog& operator=(const MemoryLog&) = delete;
  ~MemoryLog() { ::close(descriptor_); }

  // In place of what was there: parts, one after the other.
  void write(std::initializer_list<std::span<const std::uint8_t>> parts) {
    bytes_.clear();
    for (const auto part : parts) bytes_.insert(bytes_.end(), part.begin(), part.end());
    const auto size = static_cast<ssize_t>(bytes_.size());
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, bytes_.data(), bytes_.size(), 0) != size)
      std::abort();
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
  std::vector<std::uint8_t> bytes_;
};

inline std::span<const std::uint8_t> bytes_of(const hitlog::Header& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), sizeof header};
}

}  // namespace branchlight::fuzz
