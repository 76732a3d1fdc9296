// The calls of the operating system that `watch` needs; another system is another system_*.cpp.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace branchlight::cli {

// Says which files changed below a folder. Hidden folders, caches, virtual environments and node_modules are left out:
// what happens there is no edit.
class FolderWatch {
 public:
  explicit FolderWatch(const std::filesystem::path& root);
  ~FolderWatch();

  // Empty: works. Else why changes (or some of them) will not be noticed.
  const std::string& problem() const;
  // Since the last call; without waiting.
  std::vector<std::filesystem::path> changed();
  int descriptor() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a child writes, read without waiting.
class OutputPipe {
 public:
  OutputPipe();
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  ~OutputPipe();

  int writing_end() const { return ends_[1]; }
  void close_writing_end();
  std::string read();
  int descriptor() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
};

// While it lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();
  static bool arrived();

 private:
  struct Old;
  std::unique_ptr<Old> old_;
};

// Returns when one of the descriptors can be read, a signal came, or the time is over.
void wait_for_any(const std::vector<int>& descriptors, std::chrono::milliseconds limit);

bool standard_output_is_terminal();
std::size_t terminal_width();

}  // namespace branchlight::cli
