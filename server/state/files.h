// The calls of the operating system that the state needs beyond SQLite's own; another system is another files_*.cpp.
#pragma once

#include <cstdint>
#include <filesystem>

namespace branchlight::state {

// Held by one process at a time; the others wait. Where it cannot be had, nobody is kept out.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_;
};

// Tells a file from another one that has come in its place; 0: there is none.
std::uint64_t file_identity(const std::filesystem::path& file);

}  // namespace branchlight::state
