// What this folder asks of the operating system.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace branchlight::collector::system {

// Tells whether a file is still the one that was read.
struct FileIdentity {
  uint64_t device, inode, size, modified_ns;
  bool operator==(const FileIdentity& other) const {
    return device == other.device && inode == other.inode && size == other.size && modified_ns == other.modified_ns;
  }
};

// False where there is no such regular file.
bool identify(const char* path, FileIdentity& identity);
bool exists(const char* path);

// Private to the user, and the folder above it too. Both may exist already.
void make_folder(const char* path);

// The whole file, to be given to free(); null if it cannot be read.
char* read_file(const char* path, size_t& size);

// Under a name of its own first, so that no other process ever reads half of it.
bool write_file_atomically(const char* path, const void* data, size_t size);

// Absolute and without links, to be given to free(); null where there is no such file.
char* real_path(const char* path);

// Calls `child` in every child of a fork, also of one that C code makes.
void on_fork(void (*child)());

}  // namespace branchlight::collector::system
