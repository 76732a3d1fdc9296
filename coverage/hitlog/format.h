// The layout of a hit log: every byte that a collector writes and a reader may meet.
//
// One definition for both sides. It is freestanding (no libstdc++, no allocation), because the writer links into
// a CPython extension. docs/hit-log.md explains the same for people who write a collector of their own; a test
// holds the two against each other.
//
// A log is a Header and then records, each a multiple of 8 bytes and 8-byte aligned. The first word of a record is
//
//     bits 0-7   tag; 0 means "nothing written here yet", and it is stored last, with release order
//     bits 8-31  `small`, 24 bits whose meaning depends on the tag
//     bits 32-63 `large`, 32 bits whose meaning depends on the tag
//
// A tag below first_payload_tag is that one word. From first_payload_tag on, `large` is the number of bytes of
// payload that follow the word, padded with zeros to a multiple of 8; so a reader can skip a tag that it does not
// know. All numbers are in the byte order of the writing machine, which the header names.
#pragma once

#include <stdint.h>

namespace branchlight::hitlog {

inline constexpr char magic[8] = {'B', 'L', 'H', 'I', 'T', 'L', 'O', 'G'};
inline constexpr uint32_t format_version = 1;
inline constexpr uint32_t byte_order_mark = 0x01020304;
inline constexpr uint32_t max_number = 0xFFFFFF;  // files, code objects, tests and shared parts: from 1 to this

enum class Backend : uint32_t { events = 1, markers = 2, bookkeeping = 3 };

// Only ever grows, by an aligned 32-bit store.
enum class LogState : uint32_t {
  recording = 0,  // alive, or killed: ask the operating system for the process
  closed = 1,     // the interpreter ended in order
  stopped = 2,    // no more room: what follows was not recorded
};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t byte_order;
  uint32_t header_size;  // bytes from the start of the file to the first record
  uint32_t process_id;
  uint32_t parent_process_id;
  uint32_t interpreter;    // sys.hexversion
  uint64_t process_start;  // clock ticks after boot (field 22 of /proc/PID/stat): tells a reused pid apart
  uint64_t created;        // nanoseconds since 1970, UTC
  uint8_t run[16];         // the run that the process belongs to; BRANCHLIGHT_RUN, 32 hexadecimal digits
  Backend backend;
  LogState state;
  uint64_t allocated;  // bytes that the file has, stored after they were allocated; 0: not said. A shorter one was cut
  uint8_t reserved[48];  // zero
};
static_assert(sizeof(Header) == 128);

enum class Tag : uint8_t {
  none = 0x00,

  // One word.
  line = 0x01,        // small: file, large: line, 1-based
  arm = 0x02,         // small: file, large: index into that file's markers
  left = 0x03,        // small: code object, large: byte offset of the jump in its bytecode; fell through
  right = 0x04,       // the same; jumped
  call = 0x05,        // small: code object, large: 0; it was entered
  test_begin = 0x06,  // small: test, large: 0, or test_inherited; hits from here to test_end belong to that test
  test_end = 0x07,    // small: test, large: Outcome
  // What runs once for several tests: a fixture of more than one test, or an import (0). Hits from begin to end belong
  // to the test that is running, if any, and to every test that uses it; those of an import also to no test. They nest,
  // and the same number may begin again (a fixture's teardown).
  shared_begin = 0x08,  // small: shared part, large: 0
  shared_end = 0x09,    // the same
  shared_use = 0x0A,    // the same; the test that is running uses it

  // A word and a payload of `large` bytes.
  padding = 0x40,  // small: 0; skip it
  process = 0x41,  // small: 0; UTF-8 JSON: {"argv": [...], "cwd": "...", "root": "...", "executable": "...", "version":
                   // "..."}
  file = 0x42,     // small: file; FileRecord, then the absolute path, bytes as the file system has them
  code = 0x43,     // small: code object; CodeRecord, then its parts
  opcodes = 0x44,  // small: 0; for each opcode: its number (2 bytes), its inline cache units (2 bytes), the length of
                   // its name (1 byte), its name
  markers = 0x45,  // small: file; MarkerRecords
  test = 0x46,     // small: test; its id, UTF-8
  note = 0x47,     // small: NoteKind; UTF-8 text: what could not be recorded, and why
};
inline constexpr uint8_t first_payload_tag = 0x40;

enum class Outcome : uint32_t { passed = 1, failed = 2, skipped = 3, interrupted = 4 };

// The test began in another process (a fork's parent), whose log has its outcome: no test_end follows in this one.
inline constexpr uint32_t test_inherited = 1;

enum class NoteKind : uint32_t { warning = 1, tool_id = 2, rewriting = 3 };

struct FileRecord {
  uint64_t content_hash;  // XXH3_64bits, seed 0, over the bytes of the file as they are on disk
  uint64_t size;          // bytes
};

// Followed, without padding, by: qualified name (UTF-8), bytecode (co_code), location table (co_linetable; the
// format of CPython's InternalDocs/code_objects.md).
struct CodeRecord {
  uint32_t file;
  uint32_t first_line;  // co_firstlineno: with decorators the first one's
  uint32_t name_bytes;
  uint32_t bytecode_bytes;  // 0 where it is not needed: with markers, or without jumps
  uint32_t location_bytes;
  uint32_t reserved;
};

// A marker stands for one arm. Its site is the one whose test holds this position (for `for` the iterable, for
// `case` the pattern).
struct MarkerRecord {
  uint32_t test_line;    // 1-based
  uint32_t test_column;  // bytes of UTF-8, 0-based
  uint32_t by_line;      // not 0: no marker was needed, a hit of this line says as much
  uint8_t arm;           // 1: True, starts, matches; 0: False, completes, does not match
  uint8_t exists;        // 0: the compiler dropped the arm (a constant test)
  uint16_t reserved;
};
static_assert(sizeof(FileRecord) == 16 && sizeof(CodeRecord) == 24 && sizeof(MarkerRecord) == 16);

constexpr uint64_t word(Tag tag, uint32_t small, uint32_t large) {
  return static_cast<uint64_t>(tag) | static_cast<uint64_t>(small & max_number) << 8 |
         static_cast<uint64_t>(large) << 32;
}
constexpr uint64_t padded(uint64_t bytes) { return (bytes + 7) & ~uint64_t{7}; }

}  // namespace branchlight::hitlog
