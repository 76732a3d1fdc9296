// The calls of the operating system that this folder needs; another system is another system_*.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace branchlight::session {

// Descriptors: owned by the caller, closed in children, negative where there is none.

// Becomes readable when the process has ended. None: it does not live in our process namespace.
int open_process(std::int64_t process_id);

// Becomes readable when an entry appears in a watched folder.
int open_folder_watcher();
bool watch_folder(int watcher, const std::filesystem::path& folder);
// Takes off what has come. True: anything.
bool drain_folder_watcher(int watcher);

struct Pipe {
  int read = -1, write = -1;
};
std::optional<Pipe> open_pipe();
void close_descriptor(int descriptor);

// A client that is gone must be an error of `write`, not the end of this process.
void ignore_broken_pipes();

// Standard input and output may be shared with a terminal or a parent: they are left as they were found.
class KeptFlags {
 public:
  KeptFlags();
  ~KeptFlags();

 private:
  std::array<int, 2> flags_{};
};

}  // namespace branchlight::session
