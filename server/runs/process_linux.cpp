#include "server/runs/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

extern char** environ;

namespace branchlight::runs {
namespace {

constexpr std::array passed_on = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

// Tells a signal that was sent to us alone, which has to be passed on, from one that was sent to our process group
// (`kill -INT -PGID`, `kill %1`, an editor's cancel), which the child has had already: two would cut off the clean-up
// that the first one began. The kernel does not say which it was. So a process of the group does nothing but count what
// it gets.
struct Canary {
  pid_t pid = 0;
  std::atomic<unsigned>* seen = nullptr;  // by signal; in memory that both share
  std::array<unsigned, 65> accounted{};
};

// A signal handler may only touch lock-free atomics and what does not change while it is installed.
std::atomic<pid_t> foreground_child = 0;
Canary canary;

void count_signals() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == 1) _exit(0);
  syscall(SYS_close_range, 0U, ~0U, 0U);  // a reader of our output must not wait for us
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    const int signal = sigwaitinfo(&all, nullptr);
    if (signal > 0 && signal < 65) canary.seen[signal].fetch_add(1);
  }
}

// Without a canary every signal counts as sent to us alone.
void start_canary() {
  void* shared =
      mmap(nullptr, sizeof(std::atomic<unsigned>) * 65, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return;
  canary = Canary{};
  canary.seen = static_cast<std::atomic<unsigned>*>(shared);  // zeros are what a new map holds
  const pid_t pid = fork();
  if (pid == 0) count_signals();
  canary.pid = pid > 0 ? pid : 0;
}

bool sent_to_group(int signal) {
  if (canary.pid == 0) return false;
  for (int i = 0; i < 50; ++i) {
    const unsigned seen = canary.seen[signal].load();
    if (seen != canary.accounted[static_cast<std::size_t>(signal)]) {
      canary.accounted[static_cast<std::size_t>(signal)] = seen;
      return true;
    }
    const timespec millisecond{0, 1'000'000};
    nanosleep(&millisecond, nullptr);
  }
  return false;
}

void pass_on(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  const pid_t child = foreground_child.load(std::memory_order_relaxed);
  // si_code is positive where the kernel sent it: a terminal's Ctrl-C goes to the whole group, the child included.
  const bool by_terminal = info->si_code > 0;
  if (!sent_to_group(signal) && !by_terminal && child > 0 && info->si_pid != child) kill(child, signal);
  errno = saved;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> assignments(const Environment& environment) {
  std::vector<std::string> result;
  result.reserve(environment.size());
  for (const auto& [name, value] : environment) result.push_back(name + "=" + value);
  return result;
}

ExitStatus from_wait(int status) {
  if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), true};
  return {WEXITSTATUS(status), false};
}

std::string why_not_started(const std::string& command, int error) {
  if (error == ENOENT && command.find('/') == std::string::npos) return command + ": command not found";
  if (error == ENOENT && access(command.c_str(), F_OK) == 0)
    return command + ": the interpreter that its first line names does not exist";
  return command + ": " + std::strerror(error);
}

// Reads the errno that a child reports whose exec failed; none: the pipe closed because exec went well.
std::optional<int> exec_error(int pipe_end) {
  int error = 0;
  ssize_t got = 0;
  do got = ::read(pipe_end, &error, sizeof error);
  while (got < 0 && errno == EINTR);
  return got == sizeof error ? std::optional(error) : std::nullopt;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void stop_canary() {
  if (canary.pid > 0) {
    kill(canary.pid, SIGKILL);
    wait_for(canary.pid);
  }
  canary.pid = 0;
}

}  // namespace

std::variant<ExitStatus, StartError> run_in_foreground(const std::vector<std::string>& argv,
                                                       const Environment& environment) {
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<std::string> variables = assignments(environment);
  const std::vector<char*> variable_pointers = pointers(variables);
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) return StartError{errno, std::string("pipe: ") + std::strerror(errno)};

  // Nothing may come between fork and the handlers knowing the child.
  sigset_t blocked, before;
  sigemptyset(&blocked);
  for (const int signal : passed_on) sigaddset(&blocked, signal);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  std::array<struct sigaction, passed_on.size()> old{};
  struct sigaction handler{};
  handler.sa_sigaction = pass_on;
  handler.sa_flags = SA_SIGINFO | SA_RESTART;
  for (std::size_t i = 0; i < passed_on.size(); ++i) {
    sigaction(passed_on[i], nullptr, &old[i]);
    if (old[i].sa_handler != SIG_IGN) sigaction(passed_on[i], &handler, nullptr);
  }

  start_canary();
  const pid_t pid = fork();
  if (pid == 0) {
    for (std::size_t i = 0; i < passed_on.size(); ++i) sigaction(passed_on[i], &old[i], nullptr);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    execvpe(arguments[0], arguments.data(), variable_pointers.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(report[1], &error, sizeof error);
    _exit(127);
  }
  const int fork_error = errno;
  foreground_child = pid > 0 ? pid : 0;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  close(report[1]);

  std::variant<ExitStatus, StartError> result;
  if (pid < 0) {
    result = StartError{fork_error, std::string("fork: ") + std::strerror(fork_error)};
  } else {
    const std::optional<int> error = exec_error(report[0]);
    const int status = wait_for(pid);
    if (error)
      result = StartError{*error, why_not_started(argv[0], *error)};
    else
      result = from_wait(status);
  }
  close(report[0]);
  foreground_child = 0;
  for (std::size_t i = 0; i < passed_on.size(); ++i) sigaction(passed_on[i], &old[i], nullptr);
  stop_canary();
  return result;
}

std::variant<Child, StartError> Child::start(const std::vector<std::string>& argv, const Environment& environment,
                                             const std::filesystem::path& working_directory, int output) {
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<std::string> variables = assignments(environment);
  const std::vector<char*> variable_pointers = pointers(variables);
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) return StartError{errno, std::string("pipe: ") + std::strerror(errno)};
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (const int signal : passed_on) sigaction(signal, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int empty = open("/dev/null", O_RDONLY);
    const bool ready = chdir(working_directory.c_str()) == 0 && empty >= 0 && dup2(empty, 0) == 0 &&
                       dup2(output, 1) == 1 && dup2(output, 2) == 2;
    if (ready) execvpe(arguments[0], arguments.data(), variable_pointers.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(report[1], &error, sizeof error);
    _exit(127);
  }
  const int fork_error = errno;
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    return StartError{fork_error, std::string("fork: ") + std::strerror(fork_error)};
  }
  setpgid(pid, pid);
  const std::optional<int> error = exec_error(report[0]);
  close(report[0]);
  if (error) {
    wait_for(pid);
    return StartError{*error, why_not_started(argv[0], *error)};
  }
  return Child(pid);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)), status_(other.status_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

Child::~Child() {
  if (pid_ <= 0 || status_) return;
  kill(-pid_, SIGKILL);
  wait_for(pid_);
}

std::optional<ExitStatus> Child::poll() {
  if (status_ || pid_ <= 0) return status_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = from_wait(status);
  return status_;
}

void Child::signal_group(int signal) const {
  if (pid_ > 0 && !status_) kill(-pid_, signal);
}

std::variant<Captured, StartError> capture(const std::vector<std::string>& argv, const Environment& environment,
                                           const std::filesystem::path& working_directory,
                                           std::chrono::milliseconds patience) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return StartError{errno, std::string("pipe: ") + std::strerror(errno)};
  auto started = Child::start(argv, environment, working_directory, ends[1]);
  close(ends[1]);
  if (auto* error = std::get_if<StartError>(&started)) {
    close(ends[0]);
    return std::move(*error);
  }
  Child& child = std::get<Child>(started);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  Captured result;
  // The pipe may stay open in a grandchild: the child's end counts, not the pipe's.
  for (bool open = true;;) {
    const std::optional<ExitStatus> ended = child.poll();
    pollfd readable{ends[0], POLLIN, 0};
    while (open && ::poll(&readable, 1, ended ? 0 : 20) > 0) {
      char buffer[4096];
      const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
      if (count > 0) result.output.append(buffer, static_cast<std::size_t>(count));
      open = count > 0 || (count < 0 && errno == EINTR);
    }
    if (ended) {
      result.status = *ended;
      break;
    }
    if (!open) ::poll(nullptr, 0, 5);
    if (std::chrono::steady_clock::now() > deadline) {
      result.timed_out = true;
      child.signal_group(SIGKILL);
    }
  }
  close(ends[0]);
  return result;
}

Environment current_environment() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string assignment = *entry;
    const std::size_t equals = assignment.find('=');
    if (equals != std::string::npos && equals > 0)
      result.emplace(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return result;
}

std::uint32_t process_id() { return static_cast<std::uint32_t>(getpid()); }

std::optional<std::uint64_t> process_start(std::uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat((std::istreambuf_iterator<char>(file)), {});
  // The name is in parentheses and may hold anything, parentheses and spaces included.
  const std::size_t after_name = stat.rfind(") ");
  if (after_name == std::string::npos) return std::nullopt;
  std::size_t position = after_name + 2;
  const char state = stat[position];
  if (state == 'Z' || state == 'X') return std::nullopt;
  for (int field = 3; field < 22; ++field) {
    position = stat.find(' ', position);
    if (position == std::string::npos) return std::nullopt;
    ++position;
  }
  return std::strtoull(stat.c_str() + position, nullptr, 10);
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string random_run_id() {
  std::array<unsigned char, 16> bytes{};
  while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
  }
  constexpr const char* digits = "0123456789abcdef";
  std::string id;
  for (const unsigned char byte : bytes) {
    id += digits[byte >> 4];
    id += digits[byte & 15];
  }
  return id;
}

std::filesystem::path own_executable() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

bool is_executable(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

std::error_code make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (error) return error;
  if (mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno == EEXIST && std::filesystem::is_directory(folder, error)) return {};
  return {errno, std::generic_category()};
}

std::error_code write_atomically(const std::filesystem::path& file, const std::string& content) {
  const std::string scratch = file.string() + ".new-" + std::to_string(getpid());
  const int descriptor = open(scratch.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return {errno, std::generic_category()};
  std::size_t written = 0;
  int failure = 0;
  while (written < content.size() && failure == 0) {
    const ssize_t count = ::write(descriptor, content.data() + written, content.size() - written);
    if (count >= 0)
      written += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      failure = errno;
  }
  if (close(descriptor) != 0 && failure == 0) failure = errno;
  if (failure == 0 && rename(scratch.c_str(), file.c_str()) != 0) failure = errno;
  if (failure != 0) unlink(scratch.c_str());
  return {failure, std::generic_category()};
}

}  // namespace branchlight::runs
