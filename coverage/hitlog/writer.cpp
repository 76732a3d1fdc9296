#include "coverage/hitlog/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

// Where all the descriptors that the program may have are taken, the limit is put up for this one.
int open_with_room(const char* path, int flags) {
  int file = ::open(path, flags | O_CLOEXEC, 0600);
  rlimit limit;
  if (file >= 0 || errno != EMFILE || getrlimit(RLIMIT_NOFILE, &limit) != 0) return file;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    file = ::open(path, flags | O_CLOEXEC, 0600);
    const int error = errno;
    setrlimit(RLIMIT_NOFILE, &limit);
    errno = error;
  }
  return file;
}

// Past the limit of a file's size the kernel sends SIGXFSZ. Python ignores it, but a program may have undone that.
bool may_have(uint64_t bytes) {
  rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || bytes <= limit.rlim_cur) return true;
  errno = EFBIG;
  return false;
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
  struct stat status;
  if (fstat(STDERR_FILENO, &status) != 0) return;
  stderr_device_ = status.st_dev;
  stderr_inode_ = status.st_ino;
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
    file = open_with_room(path_, O_RDWR | O_CREAT | O_EXCL);
    if (file < 0 && errno == ENOENT) make_folders(runs_);
    if (file < 0 && errno == EEXIST) ++header.created;
  }
  if (file < 0) return stop("cannot create a hit log in", errno);
  // A reader that finds the file never sees half a header: it comes in one piece, before the file grows.
  bool done = may_have(first_chunk) && pwrite(file, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header);
  if (done) fchmod(file, 0600);  // an umask of the program's may have taken even our own rights away
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
    publish_size();
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
  if (!may_have(file_bytes_ + bytes)) return false;
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
  int file = open_with_room(path_, O_RDWR);
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
  publish_size();
  return true;
}

// After the file has grown, so that one that is shorter than it says was cut off.
void Writer::publish_size() {
  if (header_) __atomic_store_n(&header_->allocated, file_bytes_, __ATOMIC_RELEASE);
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
  tell();
}

// Someone has deleted the log, or put another file in its place: that does no harm.
bool Writer::begin_anew() {
  forget();
  return false;
}

bool Writer::stop(const char* what, int error) {
  stopped_ = true;
  if (header_ && cursor_)
    __atomic_store_n(reinterpret_cast<uint32_t*>(&header_->state), static_cast<uint32_t>(LogState::stopped),
                     __ATOMIC_RELEASE);
  limit_ = cursor_ = nullptr;
  // A path may be longer than any line that one would read.
  const int size =
      snprintf(words_, sizeof words_, "branchlight: recording ended: %s %.800s: %s\n", what, runs_, strerror(error));
  words_bytes_ = size > 0 && static_cast<size_t>(size) < sizeof words_ ? static_cast<size_t>(size) : 0;
  tell();
  return false;
}

// The one thing that the user hears of us, and only where it does no harm: by now descriptor 2 may be a file of the
// program's, or a test's; a pipe may be full, or its reader gone. What cannot be said at once is said at the end.
void Writer::tell() {
  if (words_bytes_ == 0) return;
  struct stat status;
  if (fstat(STDERR_FILENO, &status) != 0 || status.st_dev != stderr_device_ || status.st_ino != stderr_inode_) return;
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT) return;
  if (write(STDERR_FILENO, words_, words_bytes_) >= 0) words_bytes_ = 0;
}

}  // namespace branchlight::hitlog
