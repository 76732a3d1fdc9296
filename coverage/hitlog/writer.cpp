#include "coverage/hitlog/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace branchlight::hitlog {
namespace {

constexpr uint64_t first_chunk = 64 * 1024;
constexpr uint64_t largest_chunk = 1024 * 1024;
constexpr uint64_t header_map = 4096;
constexpr uint64_t word_bytes = sizeof(uint64_t);
constexpr uint64_t header_words = sizeof(Header) / word_bytes;

// A callback must not change errno between a failure in C and the look at it.
class ErrnoKept {
 public:
  ErrnoKept() : saved_(errno) {}
  ErrnoKept(const ErrnoKept&) = delete;
  ErrnoKept& operator=(const ErrnoKept&) = delete;
  ~ErrnoKept() { errno = saved_; }

 private:
  int saved_;
};

// Field 22 of /proc/self/stat; 0 where there is none. The second field, the command, may hold spaces and brackets.
uint64_t process_start() {
  int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[1024];
  ssize_t size = read(file, text, sizeof text - 1);
  ::close(file);
  if (size <= 0) return 0;
  text[size] = 0;
  const char* field = strrchr(text, ')');
  for (int number = 2; field && number < 22; ++number) field = strchr(field + 1, ' ');
  return field ? strtoull(field + 1, nullptr, 10) : 0;
}

uint64_t nanoseconds_since_1970() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

// The folder may be missing in a container or after `erase`: two levels are made again, private to the user.
void make_folders(const char* runs) {
  char* parent = strdup(runs);
  if (!parent) return;
  if (char* slash = strrchr(parent, '/'); slash && slash != parent) {
    *slash = 0;
    mkdir(parent, 0700);
  }
  mkdir(runs, 0700);
  free(parent);
}

}  // namespace

void Writer::configure(const char* runs, const uint8_t run[16], uint32_t interpreter, Backend backend) {
  runs_ = strdup(runs);
  path_ = static_cast<char*>(malloc(strlen(runs) + 128));
  stopped_ = !runs_ || !path_;
  generation_ = 1;  // so that nothing that is zeroed counts as defined
  memcpy(run_, run, sizeof run_);
  interpreter_ = interpreter;
  backend_ = backend;
}

bool Writer::open() {
  if (!path_) return false;
  const ErrnoKept kept;
  Header header;
  memset(&header, 0, sizeof header);
  memcpy(header.magic, magic, sizeof magic);
  header.version = format_version;
  header.byte_order = byte_order_mark;
  header.header_size = sizeof header;
  header.process_id = static_cast<uint32_t>(getpid());
  header.parent_process_id = static_cast<uint32_t>(getppid());
  header.interpreter = interpreter_;
  header.process_start = process_start();
  header.created = nanoseconds_since_1970();
  memcpy(header.run, run_, sizeof run_);
  header.backend = backend_;

  char run[33];
  for (int i = 0; i < 16; ++i) snprintf(run + 2 * i, 3, "%02x", run_[i]);
  int file = -1;
  for (int attempt = 0; file < 0 && attempt < 3; ++attempt) {
    snprintf(path_, strlen(runs_) + 128, "%s/%s-%u-%llx.hits", runs_, run, header.process_id,
             static_cast<unsigned long long>(header.created));
    file = ::open(path_, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == ENOENT) make_folders(runs_);
    if (file < 0 && errno == EEXIST) ++header.created;
  }
  if (file < 0) return stop("cannot create a hit log in", errno);
  // A reader that finds the file never sees half a header: it comes in one piece, before the file grows.
  bool done = pwrite(file, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header);
  struct stat status;
  done = done && fstat(file, &status) == 0;
  if (done) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
    file_bytes_ = 0;
    done = map(file, first_chunk);
  }
  int error = errno;
  if (done) {
    if (header_) munmap(header_, header_map);  // a parent's, or that of a log which was deleted
    void* page = mmap(nullptr, header_map, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    header_ = page == MAP_FAILED ? nullptr : static_cast<Header*>(page);
    cursor_ += header_words;
    ++generation_;
  }
  ::close(file);
  if (!done) {
    unlink(path_);
    return stop("no room for a hit log in", error);
  }
  return true;
}

// Room is allocated before it is mapped: where the disk is full, touching a hole would kill the process.
bool Writer::map(int file, uint64_t bytes) {
  if (int error = posix_fallocate(file, static_cast<off_t>(file_bytes_), static_cast<off_t>(bytes)); error != 0) {
    errno = error;
    return false;
  }
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, static_cast<off_t>(file_bytes_));
  if (start == MAP_FAILED) return false;
  if (chunk_) munmap(chunk_, chunk_bytes_);
  chunk_ = static_cast<uint64_t*>(start);
  chunk_bytes_ = bytes;
  file_bytes_ += bytes;
  cursor_ = chunk_;
  limit_ = chunk_ + bytes / word_bytes;
  return true;
}

// No descriptor is kept: the program may close any of them and get its number for a file of its own.
bool Writer::grow(uint64_t bytes) {
  if (stopped_ || !cursor_) return false;
  const ErrnoKept kept;
  int file = ::open(path_, O_RDWR | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? begin_anew() : stop("cannot go on writing", errno);
  struct stat status;
  if (fstat(file, &status) != 0 || status.st_dev != device_ || status.st_ino != inode_) {
    ::close(file);
    return begin_anew();
  }
  uint64_t size = chunk_bytes_ * 2 < largest_chunk ? chunk_bytes_ * 2 : largest_chunk;
  while (size < bytes) size *= 2;
  // The old chunk's rest becomes padding only when there is a new one; until then a reader simply waits there.
  uint64_t* rest = cursor_;
  const auto rest_bytes = static_cast<uint64_t>(limit_ - cursor_) * sizeof *cursor_;
  uint64_t* old_chunk = chunk_;
  const uint64_t old_bytes = chunk_bytes_;
  chunk_ = nullptr;
  const bool mapped = map(file, size);
  const int error = errno;
  ::close(file);
  if (!mapped) {
    chunk_ = old_chunk;
    return stop("no more room for", error);
  }
  if (rest_bytes > 0)
    __atomic_store_n(rest, word(Tag::padding, 0, static_cast<uint32_t>(rest_bytes - sizeof *rest)), __ATOMIC_RELEASE);
  munmap(old_chunk, old_bytes);
  return true;
}

bool Writer::put(Tag tag, uint32_t small, const Bytes* parts, size_t count) {
  uint64_t payload = 0;
  for (size_t i = 0; i < count; ++i) payload += parts[i].size;
  if (payload > UINT32_MAX / 2) return true;  // larger than the format can say: nothing of ours is
  const uint64_t bytes = sizeof(uint64_t) + padded(payload);
  if (!cursor_) return false;
  if (bytes > static_cast<uint64_t>(limit_ - cursor_) * sizeof *cursor_ && !grow(bytes)) return false;
  char* to = reinterpret_cast<char*>(cursor_ + 1);
  for (size_t i = 0; i < count; ++i) {
    if (parts[i].size) memcpy(to, parts[i].data, parts[i].size);
    to += parts[i].size;
  }
  uint64_t* first = cursor_;
  const uint64_t words = bytes / word_bytes;
  cursor_ += words;
  __atomic_store_n(first, word(tag, small, static_cast<uint32_t>(payload)), __ATOMIC_RELEASE);
  return true;
}

void Writer::close() {
  if (header_ && cursor_)
    __atomic_store_n(reinterpret_cast<uint32_t*>(&header_->state), static_cast<uint32_t>(LogState::closed),
                     __ATOMIC_RELEASE);
  stopped_ = true;
  limit_ = cursor_ = nullptr;
}

// Someone has deleted the log, or put another file in its place: that does no harm.
bool Writer::begin_anew() {
  forget();
  return false;
}

// The one thing that the user hears of us.
bool Writer::stop(const char* what, int error) {
  stopped_ = true;
  if (header_ && cursor_)
    __atomic_store_n(reinterpret_cast<uint32_t*>(&header_->state), static_cast<uint32_t>(LogState::stopped),
                     __ATOMIC_RELEASE);
  limit_ = cursor_ = nullptr;
  char text[1024];
  int size = snprintf(text, sizeof text, "branchlight: recording ended: %s %s: %s\n", what, runs_, strerror(error));
  if (size > static_cast<int>(sizeof text) - 1) size = sizeof text - 1;
  if (size > 0 && write(STDERR_FILENO, text, static_cast<size_t>(size)) < 0) return false;
  return false;
}

}  // namespace branchlight::hitlog
