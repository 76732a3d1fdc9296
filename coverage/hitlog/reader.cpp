// How a record is read whole while its writer races us.
//
// The writer stores a record's payload first and then, with release order, the word that carries the tag. A copy
// by pread is no such load: the kernel may copy a word while it is being stored, so that the first bytes are new and
// the others still zero; and a later part of the same copy may be older than its beginning. Therefore a range
// is read twice. A record counts only if the *first* copy already had its tag; by then the store was under way, the
// payload complete, and the second copy, begun after the first one ended, sees all of it. Lengths and payloads are
// taken from the second copy alone. What the first copy did not have yet comes with the next call.
#include "coverage/hitlog/reader.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "coverage/hitlog/log_file.h"

namespace branchlight::hitlog {

namespace {

// A live log mostly grows by a few words between two polls; one that is read from its start comes in large pieces.
constexpr std::size_t first_chunk_bytes = 4 * 1024;
constexpr std::size_t chunk_bytes = 128 * 1024;
// No record that means anything is larger; one that claims to be is not worth the memory.
constexpr std::uint64_t largest_payload = 256 * 1024 * 1024;

template <class T>
T load(const char* from) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// Numbers that definitions have introduced. Dense in a sound log; sixteen million at most in any.
class Defined {
 public:
  void add(std::uint32_t number) {
    if (number >= seen_.size()) seen_.resize(std::max<std::size_t>(number + 1, seen_.size() * 2));
    seen_[number] = true;
  }
  bool has(std::uint32_t number) const { return number < seen_.size() && seen_[number]; }

 private:
  std::vector<bool> seen_;
};

struct Word {
  std::uint8_t tag;
  std::uint32_t small;
  std::uint32_t large;
  explicit Word(std::uint64_t word)
      : tag(static_cast<std::uint8_t>(word & 0xFF)),
        small(static_cast<std::uint32_t>(word >> 8) & max_number),
        large(static_cast<std::uint32_t>(word >> 32)) {}
  bool has_payload() const { return tag >= first_payload_tag; }
};

std::optional<std::string> why_not(const Header& header, std::uint64_t file_size) {
  if (header.byte_order == __builtin_bswap32(byte_order_mark))
    return "it was written by a machine of the other byte order";
  if (header.byte_order != byte_order_mark) return "its byte-order mark is damaged";
  if (header.version != format_version)
    return "it has format version " + std::to_string(header.version) + ", and this program reads version " +
           std::to_string(format_version);
  if (header.header_size < sizeof(Header) || header.header_size % 8 != 0 || header.header_size > file_size)
    return "its header names " + std::to_string(header.header_size) + " bytes as its own size";
  return std::nullopt;
}

}  // namespace

struct LogReader::State {
  LogFile file;
  Header header;
  std::uint64_t position;
  Wanted kinds;
  std::optional<LogError> error;
  std::vector<char> first, second;  // the two copies of a range
  Defined files, codes, tests;
  std::unordered_map<std::uint32_t, std::uint32_t> marker_counts;  // by file

  State(LogFile opened, const Header& read, Wanted wanted)
      : file(std::move(opened)), header(read), position(read.header_size), kinds(wanted) {}

  bool writer_may_go_on() const;
  // True: the file is shorter than its writer had made it, and `error` says so.
  bool fail_if_cut_off();
  void fail(std::string reason);
  bool fail_at(std::uint64_t offset, const std::string& what);
  std::size_t load_range(std::size_t bytes);
  // Decodes what stands in the two copies; false: something is wrong, and `error` says what. `needed`: so many bytes
  // must be in the copies for the next record to be read.
  bool decode_range(std::size_t bytes, std::vector<Record>& out, std::size_t limit, std::size_t& needed);
  bool check_length(Word word, std::uint64_t offset, bool& wait);
  bool decode_word(Word word, std::uint64_t offset, std::vector<Record>& out);
  bool decode_payload(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out);
  bool decode_code(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out);
  bool decode_opcodes(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out);
  bool decode_markers(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out);
};

std::variant<LogReader, LogError> LogReader::open(const std::filesystem::path& path, Wanted wanted) {
  std::string reason;
  auto file = LogFile::open(path, reason);
  if (!file) return LogError{std::move(reason)};
  Header header{};
  const auto read = [&] { return file->read_at(0, &header, sizeof header).value_or(0) == sizeof header; };
  if (!read()) return LogError{"it is shorter than a header", true};
  if (header.magic[0] == 0) return LogError{"its header has not been written yet", true};
  // Where some other writer maps its header and stores the magic last, a second look sees the rest (see above).
  if (!read()) return LogError{"it is shorter than a header", true};
  if (std::memcmp(header.magic, magic, sizeof magic) != 0) return LogError{"it is not a hit log"};
  if (auto refused = why_not(header, file->size())) return LogError{std::move(*refused)};
  return LogReader(std::make_unique<State>(std::move(*file), header, wanted));
}

LogReader::LogReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

const Header& LogReader::header() const { return state_->header; }
const std::optional<LogError>& LogReader::error() const { return state_->error; }

LogState LogReader::state() const {
  LogState state{};
  const auto got = state_->file.read_at(offsetof(Header, state), &state, sizeof state);
  return got == sizeof state ? state : LogState::recording;
}

bool LogReader::writer_lives() const { return process_lives(state_->header.process_id, state_->header.process_start); }

bool LogReader::read(std::vector<Record>& out, std::size_t limit) {
  State& state = *state_;
  if (state.error) return false;
  std::uint64_t next = 0;
  const auto probed = state.file.read_at(state.position, &next, sizeof next);
  if (!probed) {
    state.fail("it cannot be read any more");
    return false;
  }
  if (*probed < sizeof next) {
    state.fail_if_cut_off();
    return false;
  }
  if (Word(next).tag == 0) return false;

  const std::size_t before = out.size();
  std::size_t wanted = first_chunk_bytes;
  while (out.size() - before < limit) {
    const std::uint64_t start = state.position;
    const std::size_t bytes = state.load_range(wanted);
    if (bytes < sizeof next) {
      state.fail_if_cut_off();
      break;
    }
    std::size_t needed = 0;
    if (!state.decode_range(bytes, out, before + limit, needed)) break;
    if (state.position == start && needed <= wanted) break;  // nothing more yet
    wanted = std::max(std::min(wanted * 8, chunk_bytes), needed);
  }
  return out.size() > before;
}

bool LogReader::State::writer_may_go_on() const {
  LogState state{};
  const auto got = file.read_at(offsetof(Header, state), &state, sizeof state);
  return got == sizeof state && state == LogState::recording && process_lives(header.process_id, header.process_start);
}

bool LogReader::State::fail_if_cut_off() {
  std::uint64_t allocated = 0;
  const auto got = file.read_at(offsetof(Header, allocated), &allocated, sizeof allocated);
  if (got != sizeof allocated) allocated = header.allocated;
  const std::uint64_t size = file.size();
  if (size >= allocated) return false;
  fail("it was cut off: " + std::to_string(size) + " of its " + std::to_string(allocated) +
       " bytes are there, and what they hold was read");
  return true;
}

void LogReader::State::fail(std::string reason) { error = LogError{std::move(reason)}; }

bool LogReader::State::fail_at(std::uint64_t offset, const std::string& what) {
  fail("at byte " + std::to_string(offset) + ": " + what);
  return false;
}

std::size_t LogReader::State::load_range(std::size_t bytes) {
  if (first.size() < bytes) {
    first.resize(bytes);
    second.resize(bytes);
  }
  const auto once = file.read_at(position, first.data(), bytes).value_or(0);
  const auto twice = file.read_at(position, second.data(), once).value_or(0);
  return std::min(once, twice);
}

bool LogReader::State::decode_range(std::size_t bytes, std::vector<Record>& out, std::size_t limit,
                                    std::size_t& needed) {
  const std::uint64_t base = position;
  std::size_t at = 0;
  while (out.size() < limit && at + sizeof(std::uint64_t) <= bytes) {
    if (Word(load<std::uint64_t>(first.data() + at)).tag == 0) return true;
    const Word word(load<std::uint64_t>(second.data() + at));
    if (word.tag == 0) return fail_at(base + at, "a record was taken back");
    std::size_t length = sizeof(std::uint64_t);
    if (word.has_payload()) {
      const auto tag = static_cast<Tag>(word.tag);
      const bool skipped = tag == Tag::padding || (kinds == Wanted::files && tag != Tag::file);
      bool wait = false;
      if (!check_length(word, base + at, wait)) return false;
      if (wait) return true;
      length += padded(word.large);
      if (at + length > bytes) {
        needed = skipped ? 0 : length;
        if (at > 0) return true;  // the next range begins with it
        if (needed == 0) position = base + length;
        return true;
      }
      if (!skipped && !decode_payload(word, second.data() + at + sizeof(std::uint64_t), base + at, out)) return false;
    } else if (kinds == Wanted::all && !decode_word(word, base + at, out)) {
      return false;
    }
    at += length;
    position = base + at;
  }
  return true;
}

// A sound writer makes room before it writes, so a record that reaches past the end of the file is one that the file
// system has cut off, or a damaged length.
bool LogReader::State::check_length(Word word, std::uint64_t offset, bool& wait) {
  const std::uint64_t end = offset + sizeof(std::uint64_t) + padded(word.large);
  if (end > file.size()) {
    if (fail_if_cut_off()) return false;
    if (writer_may_go_on()) {
      wait = true;
      return true;
    }
    return fail_at(offset, "a record of " + std::to_string(word.large) + " bytes reaches past the end of the log");
  }
  if (word.large > largest_payload && word.tag != static_cast<std::uint8_t>(Tag::padding))
    return fail_at(offset, "a record claims " + std::to_string(word.large) + " bytes");
  return true;
}

bool LogReader::State::decode_word(Word word, std::uint64_t offset, std::vector<Record>& out) {
  const auto undefined = [&](const char* kind) {
    return fail_at(offset, std::string("a hit names ") + kind + " " + std::to_string(word.small) +
                               ", which the log has not defined");
  };
  switch (static_cast<Tag>(word.tag)) {
    case Tag::line:
      if (!files.has(word.small)) return undefined("file");
      out.emplace_back(LineHit{word.small, word.large});
      return true;
    case Tag::arm: {
      if (!files.has(word.small)) return undefined("file");
      const auto count = marker_counts.find(word.small);
      if (count == marker_counts.end() || word.large >= count->second)
        return fail_at(offset, "a hit names marker " + std::to_string(word.large) + " of file " +
                                   std::to_string(word.small) + ", which the log has not defined");
      out.emplace_back(ArmHit{word.small, word.large});
      return true;
    }
    case Tag::left:
    case Tag::right:
      if (!codes.has(word.small)) return undefined("code object");
      out.emplace_back(JumpHit{word.small, word.large, static_cast<Tag>(word.tag) == Tag::right});
      return true;
    case Tag::call:
      if (!codes.has(word.small)) return undefined("code object");
      out.emplace_back(CallHit{word.small});
      return true;
    case Tag::test_begin:
      if (!tests.has(word.small)) return undefined("test");
      out.emplace_back(TestBegin{word.small, word.large == test_inherited});
      return true;
    case Tag::test_end: {
      if (!tests.has(word.small)) return undefined("test");
      // An outcome that a later version may add takes nothing away, as an interrupted test does.
      const bool known = word.large >= 1 && word.large <= static_cast<std::uint32_t>(Outcome::interrupted);
      out.emplace_back(TestEnd{word.small, known ? static_cast<Outcome>(word.large) : Outcome::interrupted});
      return true;
    }
    case Tag::shared_begin: out.emplace_back(SharedBegin{word.small}); return true;
    case Tag::shared_end: out.emplace_back(SharedEnd{word.small}); return true;
    case Tag::shared_use: out.emplace_back(SharedUse{word.small}); return true;
    default: return true;  // of a later version
  }
}

bool LogReader::State::decode_payload(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out) {
  const auto text = [&] { return std::string(payload, word.large); };
  switch (static_cast<Tag>(word.tag)) {
    case Tag::process: out.emplace_back(ProcessDefinition{text()}); return true;
    case Tag::file: {
      if (word.small == 0 || word.large < sizeof(FileRecord)) return fail_at(offset, "a damaged definition of a file");
      const auto record = load<FileRecord>(payload);
      files.add(word.small);
      out.emplace_back(FileDefinition{word.small, record.content_hash, record.size,
                                      std::string(payload + sizeof record, word.large - sizeof record)});
      return true;
    }
    case Tag::code: return decode_code(word, payload, offset, out);
    case Tag::opcodes: return decode_opcodes(word, payload, offset, out);
    case Tag::markers: return decode_markers(word, payload, offset, out);
    case Tag::test:
      if (word.small == 0) return fail_at(offset, "a damaged definition of a test");
      tests.add(word.small);
      out.emplace_back(TestDefinition{word.small, text()});
      return true;
    case Tag::note: out.emplace_back(Note{static_cast<NoteKind>(word.small), text()}); return true;
    default: return true;  // padding, or of a later version
  }
}

bool LogReader::State::decode_code(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out) {
  if (word.small == 0 || word.large < sizeof(CodeRecord))
    return fail_at(offset, "a damaged definition of a code object");
  const auto record = load<CodeRecord>(payload);
  const std::uint64_t parts = std::uint64_t{record.name_bytes} + record.bytecode_bytes + record.location_bytes;
  if (parts > word.large - sizeof record) return fail_at(offset, "a definition of a code object whose parts exceed it");
  if (!files.has(record.file))
    return fail_at(offset, "a code object of file " + std::to_string(record.file) + ", which the log has not defined");
  codes.add(word.small);
  const char* name = payload + sizeof record;
  const char* bytecode = name + record.name_bytes;
  const char* locations = bytecode + record.bytecode_bytes;
  out.emplace_back(CodeDefinition{word.small, record.file, record.first_line, std::string(name, record.name_bytes),
                                  std::string(bytecode, record.bytecode_bytes),
                                  std::string(locations, record.location_bytes)});
  return true;
}

bool LogReader::State::decode_opcodes(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out) {
  OpcodesDefinition definition;
  std::size_t at = 0;
  constexpr std::size_t fixed = 5;  // number and cache units of two bytes, length of a byte
  while (at < word.large) {
    if (at + fixed > word.large) return fail_at(offset, "a damaged table of opcodes");
    const auto number = load<std::uint16_t>(payload + at);
    const auto cache_units = load<std::uint16_t>(payload + at + 2);
    const std::size_t name_bytes = static_cast<std::uint8_t>(payload[at + 4]);
    if (at + fixed + name_bytes > word.large) return fail_at(offset, "a damaged table of opcodes");
    // The compiler's own pseudo-instructions are numbered from 256 and never stand in bytecode.
    if (number <= UINT8_MAX && cache_units <= UINT8_MAX)
      definition.opcodes.push_back({static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(cache_units),
                                    std::string(payload + at + fixed, name_bytes)});
    at += fixed + name_bytes;
  }
  out.emplace_back(std::move(definition));
  return true;
}

bool LogReader::State::decode_markers(Word word, const char* payload, std::uint64_t offset, std::vector<Record>& out) {
  if (!files.has(word.small))
    return fail_at(offset, "markers of file " + std::to_string(word.small) + ", which the log has not defined");
  if (word.large % sizeof(MarkerRecord) != 0) return fail_at(offset, "a damaged table of markers");
  MarkersDefinition definition{word.small, std::vector<MarkerRecord>(word.large / sizeof(MarkerRecord))};
  if (word.large > 0) std::memcpy(definition.markers.data(), payload, word.large);
  marker_counts[word.small] = static_cast<std::uint32_t>(definition.markers.size());
  out.emplace_back(std::move(definition));
  return true;
}

}  // namespace branchlight::hitlog
