// What the reader needs of the operating system, all of it in log_file.cpp: bytes of a file at an offset, the
// file's size, and whether a process still lives. Never a map: a log that shrinks under a map is SIGBUS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace branchlight::hitlog {

class LogFile {
 public:
  // None: it cannot be opened; `reason` says why.
  static std::optional<LogFile> open(const std::filesystem::path& path, std::string& reason);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  ~LogFile();

  // Bytes read, fewer than asked for at the end of the file; none: the read failed.
  std::optional<std::size_t> read_at(std::uint64_t offset, void* into, std::size_t bytes) const;
  std::uint64_t size() const;

 private:
  explicit LogFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

// `start`: clock ticks after boot, so that a reused id is not mistaken for the process; 0: not known. A zombie
// counts as gone: it writes nothing any more.
bool process_lives(std::uint32_t process_id, std::uint64_t start);

}  // namespace branchlight::hitlog
