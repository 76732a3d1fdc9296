// Every call of the operating system that this folder needs; another system is another process_*.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace branchlight::runs {

using Environment = std::map<std::string, std::string>;

struct StartError {
  int error = 0;       // an errno
  std::string reason;  // in words
};

// How a child ended, as a shell has it: its status, or 128 and the number of the signal.
struct ExitStatus {
  int code = 0;
  bool signalled = false;
};

// Runs a command in the foreground: standard streams, terminal and process group are ours. SIGINT, SIGTERM, SIGHUP,
// SIGQUIT, SIGUSR1 and SIGUSR2 that are sent to us alone are passed on. Those that a terminal, or anybody, sends to
// the whole process group reach the child without us, and are not sent twice. Dispositions that we inherited (nohup)
// are the child's as well.
std::variant<ExitStatus, StartError> run_in_foreground(const std::vector<std::string>& argv,
                                                       const Environment& environment);

// A child in the background, in a process group of its own: a terminal's Ctrl-C does not reach it unless we send it.
class Child {
 public:
  // `output`: where its standard output and error go. Its standard input is empty.
  static std::variant<Child, StartError> start(const std::vector<std::string>& argv, const Environment& environment,
                                               const std::filesystem::path& working_directory, int output);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();  // kills what still runs

  std::optional<ExitStatus> poll();
  void signal_group(int signal) const;

 private:
  explicit Child(int pid) : pid_(pid) {}
  int pid_ = 0;
  std::optional<ExitStatus> status_;
};

struct Captured {
  ExitStatus status;
  bool timed_out = false;
  std::string output;  // standard output and error together
};
// Runs a command to its end, with nothing on its standard input; kills its process group when it takes too long.
std::variant<Captured, StartError> capture(const std::vector<std::string>& argv, const Environment& environment,
                                           const std::filesystem::path& working_directory,
                                           std::chrono::milliseconds patience);

Environment current_environment();
std::uint32_t process_id();
// Clock ticks after boot at which the process started; none where it does not live (a zombie does not).
std::optional<std::uint64_t> process_start(std::uint32_t pid);
std::int64_t now_ns();        // since 1970
std::string random_run_id();  // 32 hexadecimal digits
std::filesystem::path own_executable();
bool is_executable(const std::filesystem::path& path);
// Private to the user (0700) where it has to be made.
std::error_code make_private_folder(const std::filesystem::path& folder);
// The file is there whole, or as it was before.
std::error_code write_atomically(const std::filesystem::path& file, const std::string& content);

}  // namespace branchlight::runs
