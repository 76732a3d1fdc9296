#include "coverage/hitlog/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

namespace branchlight::hitlog {

std::optional<LogFile> LogFile::open(const std::filesystem::path& path, std::string& reason) {
  // O_NONBLOCK: opening a named pipe that somebody left there must not hang us.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) {
    reason = std::string("cannot be opened: ") + std::strerror(errno);
    return std::nullopt;
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    reason = "is not a regular file";
    return std::nullopt;
  }
  return LogFile(descriptor);
}

LogFile::LogFile(LogFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::size_t> LogFile::read_at(std::uint64_t offset, void* into, std::size_t bytes) const {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        ::pread(descriptor_, static_cast<char*>(into) + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::uint64_t LogFile::size() const {
  struct stat status{};
  return ::fstat(descriptor_, &status) == 0 && status.st_size > 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

namespace {

// The fields of /proc/PID/stat from the third on: the second, the command's name, may hold spaces and parentheses.
std::string_view fields_from_state(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 > stat.size()) return {};
  return stat.substr(name_end + 2);
}

std::uint64_t number_field(std::string_view fields, int index) {
  for (; index > 0; --index) {
    const auto space = fields.find(' ');
    if (space == std::string_view::npos) return 0;
    fields.remove_prefix(space + 1);
  }
  std::uint64_t value = 0;
  std::from_chars(fields.data(), fields.data() + fields.size(), value);
  return value;
}

}  // namespace

bool process_lives(std::uint32_t process_id, std::uint64_t start) {
  if (process_id == 0) return false;
  const std::string path = "/proc/" + std::to_string(process_id) + "/stat";
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char buffer[1024];
  const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
  ::close(descriptor);
  if (got <= 0) return false;
  const auto fields = fields_from_state({buffer, static_cast<std::size_t>(got)});
  if (fields.empty()) return false;
  // A main thread that has ended while others run shows as Z too; then there is more than one thread (field 20).
  const bool zombie = fields[0] == 'Z' && number_field(fields, 17) <= 1;
  if (zombie || fields[0] == 'X') return false;
  return start == 0 || number_field(fields, 19) == start;
}

}  // namespace branchlight::hitlog
