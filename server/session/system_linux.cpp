#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/session/system.h"

namespace branchlight::session {

int open_process(std::int64_t process_id) {
  if (process_id <= 0 || process_id > INT32_MAX) return -1;
  return static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process_id), 0));
}

int open_folder_watcher() { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

bool watch_folder(int watcher, const std::filesystem::path& folder) {
  return watcher >= 0 && inotify_add_watch(watcher, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) >= 0;
}

bool drain_folder_watcher(int watcher) {
  std::array<char, 4096> events;
  bool any = false;
  while (read(watcher, events.data(), events.size()) > 0) any = true;
  return any;
}

std::optional<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{ends[0], ends[1]};
}

void close_descriptor(int descriptor) { close(descriptor); }

void ignore_broken_pipes() { signal(SIGPIPE, SIG_IGN); }

KeptFlags::KeptFlags() : flags_{fcntl(0, F_GETFL), fcntl(1, F_GETFL)} {}

KeptFlags::~KeptFlags() {
  for (const int descriptor : {0, 1})
    if (const int flags = flags_.at(static_cast<std::size_t>(descriptor)); flags >= 0)
      fcntl(descriptor, F_SETFL, flags);
}

}  // namespace branchlight::session
