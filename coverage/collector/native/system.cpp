#include "coverage/collector/native/system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace branchlight::collector::system {

bool identify(const char* path, FileIdentity& identity) {
  struct stat status;
  if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  identity.device = status.st_dev;
  identity.inode = status.st_ino;
  identity.size = static_cast<uint64_t>(status.st_size);
  identity.modified_ns =
      static_cast<uint64_t>(status.st_mtim.tv_sec) * 1000000000u + static_cast<uint64_t>(status.st_mtim.tv_nsec);
  return true;
}

bool exists(const char* path) { return access(path, F_OK) == 0; }

void make_folder(const char* path) {
  if (mkdir(path, 0700) == 0 || errno != ENOENT) return;
  char* parent = strdup(path);
  char* slash = parent ? strrchr(parent, '/') : nullptr;
  if (slash) {
    *slash = 0;
    mkdir(parent, 0700);
    mkdir(path, 0700);
  }
  free(parent);
}

char* read_file(const char* path, size_t& size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status;
  char* data = nullptr;
  size = 0;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    const auto expected = static_cast<size_t>(status.st_size);
    data = static_cast<char*>(malloc(expected + 1));
    while (data && size < expected) {
      ssize_t got = read(file, data + size, expected - size);
      if (got <= 0) break;
      size += static_cast<size_t>(got);
    }
  }
  close(file);
  return data;
}

bool write_file_atomically(const char* path, const void* data, size_t size) {
  const size_t room = strlen(path) + 32;
  char* temporary = static_cast<char*>(malloc(room));
  if (!temporary) return false;
  snprintf(temporary, room, "%s.%ld.new", path, static_cast<long>(getpid()));
  int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool done = file >= 0;
  const char* from = static_cast<const char*>(data);
  while (done && size > 0) {
    ssize_t put = write(file, from, size);
    done = put > 0;
    if (done) from += put, size -= static_cast<size_t>(put);
  }
  if (file >= 0) close(file);
  done = done && rename(temporary, path) == 0;
  if (!done) unlink(temporary);
  free(temporary);
  return done;
}

char* real_path(const char* path) { return realpath(path, nullptr); }

void on_fork(void (*child)()) { pthread_atfork(nullptr, nullptr, child); }

}  // namespace branchlight::collector::system
