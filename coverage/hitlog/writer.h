// Writes one hit log: the memory-mapped, append-only file of one process. Freestanding, as it links into a CPython
// extension: no libstdc++, no exceptions, no static object with a destructor.
//
// Who may touch it, and when: one writer at a time; in the collector the GIL sees to that. Readers in other processes
// need no lock: a record's first word is stored last, with release order, into room that is zero until then.
//
// fork() copies the mapping but not our right to write it: the child's handler calls forget(), and the child's first
// record opens a log of its own. Numbers stay, definitions do not: whoever defines them compares generation().
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "coverage/hitlog/format.h"

namespace branchlight::hitlog {

struct Bytes {
  const void* data;
  size_t size;
};

class Writer {
 public:
  // Nothing is created before the first record. `runs` is an absolute path and is copied.
  void configure(const char* runs, const uint8_t run[16], uint32_t interpreter, Backend backend);

  // Makes sure that there is a log to write to. False: recording has ended.
  bool ready() { return cursor_ != nullptr || (!stopped_ && open()); }

  // Changes whenever a new file begins. Never 0 once configured.
  uint32_t generation() const { return generation_; }
  bool stopped() const { return stopped_; }

  // One word. False: it went nowhere; either recording has ended, or the log has to be begun anew, which a new
  // generation() tells.
  bool put(uint64_t one_word) {
    if (__builtin_expect(cursor_ >= limit_, 0) && !grow(sizeof(uint64_t))) return false;
    __atomic_store_n(cursor_++, one_word, __ATOMIC_RELEASE);
    return true;
  }

  // A word and its payload, which is the parts one after the other.
  bool put(Tag tag, uint32_t small, const Bytes* parts, size_t count);

  // In the child of a fork: a few stores, safe in a signal handler.
  void forget() {
    limit_ = cursor_ = nullptr;
    ++generation_;
    words_bytes_ = 0;  // the parent says them
  }

  // The interpreter ends in order.
  void close();

 private:
  bool open();
  bool grow(uint64_t bytes);
  bool map(int file, uint64_t bytes);
  void publish_size();
  bool begin_anew();
  bool stop(const char* what, int error);
  void tell();

  uint64_t* cursor_;
  uint64_t* limit_;
  uint32_t generation_;
  bool stopped_;
  Header* header_;
  uint64_t* chunk_;
  uint64_t chunk_bytes_;
  uint64_t file_bytes_;
  uint64_t device_, inode_;
  uint64_t stderr_device_, stderr_inode_;
  char words_[1024];  // what there is to say on standard error, and has not been said
  size_t words_bytes_;
  char* runs_;
  char* path_;
  uint8_t run_[16];
  uint32_t interpreter_;
  Backend backend_;
};

}  // namespace branchlight::hitlog
