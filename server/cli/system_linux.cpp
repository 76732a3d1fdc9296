#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <set>

#include "server/cli/system.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

bool left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  std::error_code error;
  return name.empty() || name[0] == '.' || name == "__pycache__" || name == "node_modules" ||
         fs::exists(folder / "pyvenv.cfg", error);
}

volatile std::sig_atomic_t stop_arrived = 0;
void note_stop(int) { stop_arrived = 1; }
constexpr std::array stop_signals = {SIGINT, SIGTERM, SIGHUP};

}  // namespace

struct FolderWatch::State {
  int descriptor = -1;
  std::map<int, fs::path> folders;
  std::string problem;
  std::set<fs::path> changed;

  void add(const fs::path& folder, bool is_new);
  void take(const inotify_event& event);
};

FolderWatch::FolderWatch(const fs::path& root) : state_(std::make_unique<State>()) {
  state_->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (state_->descriptor < 0) {
    state_->problem = std::string("changes cannot be watched: ") + std::strerror(errno);
    return;
  }
  state_->add(root, false);
}

FolderWatch::~FolderWatch() {
  if (state_->descriptor >= 0) ::close(state_->descriptor);
}

const std::string& FolderWatch::problem() const { return state_->problem; }
int FolderWatch::descriptor() const { return state_->descriptor; }

// What was in a folder before its watch stood has been missed: in a new folder it counts as changed.
void FolderWatch::State::add(const fs::path& folder, bool is_new) {
  const int watch = inotify_add_watch(
      descriptor, folder.c_str(), IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
  if (watch < 0) {
    if (errno == ENOSPC) problem = "not every folder can be watched: raise fs.inotify.max_user_watches";
    return;
  }
  folders[watch] = folder;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) {
    std::error_code ignored;
    if (entries->is_symlink(ignored)) continue;
    if (entries->is_directory(ignored)) {
      if (!left_out(entries->path())) add(entries->path(), is_new);
    } else if (is_new) {
      changed.insert(entries->path());
    }
  }
}

void FolderWatch::State::take(const inotify_event& event) {
  const auto folder = folders.find(event.wd);
  if (folder == folders.end()) return;
  if ((event.mask & IN_IGNORED) != 0) {
    folders.erase(folder);
    return;
  }
  if (event.len == 0) return;
  const fs::path path = folder->second / event.name;
  if ((event.mask & IN_ISDIR) != 0) {
    if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !left_out(path)) add(path, true);
    return;
  }
  // A file that is created is written next: that will be told.
  if ((event.mask & IN_CREATE) == 0) changed.insert(path);
}

std::vector<fs::path> FolderWatch::changed() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = ::read(state_->descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (const char* at = buffer.data(); at < buffer.data() + count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      state_->take(*event);
      at += sizeof(inotify_event) + event->len;
    }
  }
  std::vector<fs::path> result(state_->changed.begin(), state_->changed.end());
  state_->changed.clear();
  return result;
}

OutputPipe::OutputPipe() {
  if (pipe2(ends_, O_CLOEXEC) == 0) fcntl(ends_[0], F_SETFL, O_NONBLOCK);
}

OutputPipe::~OutputPipe() {
  close_writing_end();
  if (ends_[0] >= 0) ::close(ends_[0]);
}

void OutputPipe::close_writing_end() {
  if (ends_[1] >= 0) ::close(ends_[1]);
  ends_[1] = -1;
}

std::string OutputPipe::read() {
  std::string result;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
    if (count > 0)
      result.append(buffer.data(), static_cast<std::size_t>(count));
    else if (count == 0 || errno != EINTR)
      return result;
  }
}

struct StopSignals::Old {
  std::array<struct sigaction, stop_signals.size()> actions{};
};

StopSignals::StopSignals() : old_(std::make_unique<Old>()) {
  stop_arrived = 0;
  struct sigaction action{};
  action.sa_handler = note_stop;
  for (std::size_t i = 0; i < stop_signals.size(); ++i) sigaction(stop_signals[i], &action, &old_->actions[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < stop_signals.size(); ++i) sigaction(stop_signals[i], &old_->actions[i], nullptr);
}

bool StopSignals::arrived() { return stop_arrived != 0; }

void wait_for_any(const std::vector<int>& descriptors, std::chrono::milliseconds limit) {
  std::vector<pollfd> polled;
  for (const int descriptor : descriptors) polled.push_back({descriptor, POLLIN, 0});
  ::poll(polled.data(), polled.size(), static_cast<int>(limit.count()));
}

bool standard_output_is_terminal() { return isatty(1) == 1; }

std::size_t terminal_width() {
  winsize size{};
  return ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace branchlight::cli
