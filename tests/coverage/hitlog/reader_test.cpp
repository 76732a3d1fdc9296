#include "coverage/hitlog/reader.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "tests/coverage/hitlog/log_builder.h"
#include "tests/coverage/hitlog/sound_log.h"

using namespace branchlight;
using namespace branchlight::hitlog;
using test::LogBuilder;
using test::open_sound;
using test::read_all;
using test::sound_log;
using test::TemporaryLog;

namespace {

std::string refused(const Header& header) {
  const TemporaryLog log(LogBuilder(header).bytes());
  const auto opened = LogReader::open(log.path());
  const auto* error = std::get_if<LogError>(&opened);
  return error ? error->reason : "";
}

bool name_only_defined(const std::vector<Record>& records) {
  std::set<std::uint32_t> files, codes, tests;
  for (const auto& record : records) {
    if (const auto* file = std::get_if<FileDefinition>(&record)) files.insert(file->file);
    if (const auto* code = std::get_if<CodeDefinition>(&record)) codes.insert(code->code);
    if (const auto* test = std::get_if<TestDefinition>(&record)) tests.insert(test->test);
    if (const auto* hit = std::get_if<LineHit>(&record); hit && !files.contains(hit->file)) return false;
    if (const auto* hit = std::get_if<JumpHit>(&record); hit && !codes.contains(hit->code)) return false;
    if (const auto* hit = std::get_if<CallHit>(&record); hit && !codes.contains(hit->code)) return false;
    if (const auto* begin = std::get_if<TestBegin>(&record); begin && !tests.contains(begin->test)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the definitions of files alone can be asked for") {
  const TemporaryLog log(sound_log());
  auto reader = std::get<LogReader>(LogReader::open(log.path(), LogReader::Wanted::files));
  const auto records = read_all(reader);
  CHECK(!reader.error());
  REQUIRE(records.size() == 1);
  CHECK(std::get<FileDefinition>(records[0]).path == "/w/a.py");
}

TEST_CASE("each kind of record is decoded") {
  const TemporaryLog log(sound_log());
  auto reader = open_sound(log);
  const auto records = read_all(reader);
  REQUIRE_MESSAGE(!reader.error(), reader.error()->reason);
  REQUIRE(records.size() == 18);
  CHECK(std::get<ProcessDefinition>(records[0]).json.find("pytest") != std::string::npos);
  const auto& opcodes = std::get<OpcodesDefinition>(records[1]).opcodes;
  REQUIRE(opcodes.size() == 2);
  CHECK(opcodes[0].number == 0x64);
  CHECK(opcodes[0].cache_units == 1);
  CHECK(opcodes[1].name == "XY");
  CHECK(std::get<FileDefinition>(records[2]).path == "/w/a.py");
  CHECK(std::get<FileDefinition>(records[2]).content_hash == 7);
  const auto& code = std::get<CodeDefinition>(records[3]);
  CHECK(code.qualified_name == "f");
  CHECK(code.bytecode == "ab");
  CHECK(code.locations == "xyz");
  CHECK(code.first_line == 3);
  CHECK(std::get<CallHit>(records[4]).code == 1);
  CHECK(std::get<LineHit>(records[5]).line == 3);
  CHECK_FALSE(std::get<JumpHit>(records[6]).jumped);
  CHECK(std::get<JumpHit>(records[7]).jumped);
  CHECK(std::get<MarkersDefinition>(records[8]).markers.at(0).test_column == 7);
  CHECK(std::get<ArmHit>(records[9]).marker == 0);
  CHECK(std::get<TestDefinition>(records[10]).id == "a.py::test");
  CHECK(std::get<TestBegin>(records[11]).test == 1);
  CHECK(std::get<TestEnd>(records[13]).outcome == Outcome::failed);
  CHECK(std::get<Note>(records[14]).text == "no room");
  CHECK(std::get<SharedBegin>(records[15]).shared == 1);
  CHECK(std::get<SharedEnd>(records[16]).shared == 1);
  CHECK(std::get<SharedUse>(records[17]).shared == 1);
}

TEST_CASE("a log of another byte order, version, or kind is refused with the reason") {
  auto header = test::sound_header();
  header.byte_order = 0x04030201;
  CHECK(refused(header) == "it was written by a machine of the other byte order");
  header.byte_order = 17;
  CHECK(refused(header) == "its byte-order mark is damaged");
  header = test::sound_header();
  header.version = 9;
  CHECK(refused(header) == "it has format version 9, and this program reads version 1");
  header = test::sound_header();
  header.magic[3] = 'x';
  CHECK(refused(header) == "it is not a hit log");
  header.magic[0] = 0;
  CHECK(refused(header) == "its header has not been written yet");
  for (const std::uint32_t size : {0u, 64u, 129u, 1u << 30}) {
    header = test::sound_header();
    header.header_size = size;
    CHECK(refused(header).find("its header names") == 0);
  }
  const TemporaryLog empty;
  CHECK(std::get<LogError>(LogReader::open(empty.path())).reason == "it is shorter than a header");
  CHECK(std::get<LogError>(LogReader::open("/nonexistent/log")).reason.find("cannot be opened") == 0);
  CHECK(std::get<LogError>(LogReader::open("/tmp")).reason == "is not a regular file");
}

TEST_CASE("records of kinds that are not known are skipped by their length") {
  LogBuilder log;
  log.file(1, "/a")
      .word(static_cast<Tag>(0x3F), 5, 5)
      .payload(static_cast<Tag>(0x7A), 9, "whatever")
      .payload(Tag::padding, 0, std::string(500'000, 'x'));
  log.word(Tag::line, 1, 2);
  const TemporaryLog file(log.bytes());
  auto reader = open_sound(file);
  const auto records = read_all(reader);
  REQUIRE(records.size() == 2);
  CHECK(std::get<LineHit>(records[1]).line == 2);
}

TEST_CASE("a header that has grown is skipped by its size") {
  auto header = test::sound_header();
  header.header_size += 16;
  LogBuilder log(header);
  log.raw("0123456789abcdef", 16).file(1, "/a");
  const TemporaryLog file(log.bytes());
  auto reader = open_sound(file);
  CHECK(read_all(reader).size() == 1);
}

TEST_CASE("a number without a definition is an error that says where") {
  const auto error_of = [](const LogBuilder& log) {
    const TemporaryLog file(log.bytes());
    auto reader = open_sound(file);
    read_all(reader);
    return reader.error() ? reader.error()->reason : "";
  };
  CHECK(error_of(LogBuilder().word(Tag::line, 4, 1)) ==
        "at byte 128: a hit names file 4, which the log has not defined");
  CHECK(error_of(LogBuilder().word(Tag::left, 4, 1)).find("code object 4") != std::string::npos);
  CHECK(error_of(LogBuilder().word(Tag::test_begin, 4, 1)).find("test 4") != std::string::npos);
  CHECK(error_of(LogBuilder().file(1, "/a").word(Tag::arm, 1, 0)).find("marker 0 of file 1") != std::string::npos);
  CHECK(error_of(LogBuilder().code(1, 1, 1, "f")).find("a code object of file 1") != std::string::npos);
  CHECK(error_of(LogBuilder().file(0, "/a")).find("damaged definition of a file") != std::string::npos);
}

TEST_CASE("after an error the same error stays and nothing more is read") {
  const TemporaryLog file(LogBuilder().file(1, "/a").word(Tag::line, 4, 1).word(Tag::line, 1, 1).bytes());
  auto reader = open_sound(file);
  std::vector<Record> records;
  CHECK(reader.read(records));
  CHECK(records.size() == 1);
  const auto error = reader.error();
  REQUIRE(error);
  CHECK_FALSE(reader.read(records));
  CHECK(records.size() == 1);
  CHECK(reader.error()->reason == error->reason);
}

TEST_CASE("a record that reaches past the end of a log that is still recorded is waited for") {
  auto header = test::sound_header();
  header.state = LogState::recording;
  const auto whole = LogBuilder(header).file(1, "/w/a.py").bytes();
  const TemporaryLog file(whole.substr(0, whole.size() - 16));
  auto reader = open_sound(file);
  CHECK(reader.writer_lives());  // it is this process
  std::vector<Record> records;
  CHECK_FALSE(reader.read(records));
  CHECK_FALSE(reader.error());
  file.write(whole);
  CHECK(reader.read(records));
  CHECK(std::get<FileDefinition>(records.at(0)).path == "/w/a.py");
}

TEST_CASE("the same record is an error where its writer is gone") {
  auto header = test::sound_header();
  header.state = LogState::recording;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  header.process_id = static_cast<std::uint32_t>(child);
  const auto whole = LogBuilder(header).file(1, "/w/a.py").bytes();
  const TemporaryLog file(whole.substr(0, whole.size() - 16));
  auto reader = open_sound(file);
  std::vector<Record> records;
  while (::waitid(P_PID, static_cast<id_t>(child), nullptr, WEXITED | WNOWAIT) != 0) {
  }
  CHECK_FALSE(reader.writer_lives());  // a zombie writes no more
  CHECK_FALSE(reader.read(records));
  CHECK(reader.error());
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(reader.writer_lives());
}

TEST_CASE("a process whose id was taken by another one does not live") {
  auto header = test::sound_header();
  header.process_start = 1;
  const TemporaryLog file(LogBuilder(header).bytes());
  auto reader = open_sound(file);
  CHECK_FALSE(reader.writer_lives());
}

TEST_CASE("the state is read anew") {
  auto header = test::sound_header();
  header.state = LogState::recording;
  const TemporaryLog file(LogBuilder(header).bytes());
  auto reader = open_sound(file);
  CHECK(reader.state() == LogState::recording);
  header.state = LogState::stopped;
  file.write(LogBuilder(header).bytes());
  CHECK(reader.state() == LogState::stopped);
  CHECK(reader.header().state == LogState::recording);
}

TEST_CASE("no more than the limit is read at once, and nothing is lost between two reads") {
  LogBuilder log;
  log.file(1, "/a");
  for (std::uint32_t line = 1; line <= 20'000; ++line) {
    log.word(Tag::line, 1, line);
    if (line % 1000 == 0) log.payload(Tag::note, 1, std::string(line * 20, 'n'));  // larger than a chunk
  }
  const TemporaryLog file(log.bytes());
  auto reader = open_sound(file);
  std::vector<Record> records;
  std::uint32_t line = 0;
  while (reader.read(records, 777)) {
    CHECK(records.size() <= 777);
    for (const auto& record : records)
      if (const auto* hit = std::get_if<LineHit>(&record)) CHECK(hit->line == ++line);
    records.clear();
  }
  CHECK(line == 20'000);
  CHECK_FALSE(reader.error());
}

TEST_CASE("random damage never gives a number without a definition") {
  std::mt19937 random(20261123);
  const auto whole = sound_log();
  for (int round = 0; round < 3000; ++round) {
    auto bytes = whole;
    for (int hits = 1 + static_cast<int>(random() % 8); hits > 0; --hits)
      bytes[sizeof(Header) + random() % (bytes.size() - sizeof(Header))] = static_cast<char>(random());
    const TemporaryLog file(bytes);
    auto reader = open_sound(file);
    CHECK(name_only_defined(read_all(reader)));
  }
}

TEST_CASE("random bytes are refused, or read without harm") {
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    LogBuilder log;
    std::string garbage(random() % 4000, '\0');
    for (auto& byte : garbage) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 0x48);
    log.raw(garbage.data(), garbage.size());
    const TemporaryLog file(log.bytes());
    auto reader = open_sound(file);
    CHECK(name_only_defined(read_all(reader)));
  }
}

namespace {

// Writes as the collector does: into a map, the tag last and with release order.
class RacingWriter {
 public:
  RacingWriter(const std::filesystem::path& path, std::size_t size) : size_(size) {
    const int descriptor = ::open(path.c_str(), O_RDWR);
    REQUIRE(::posix_fallocate(descriptor, 0, static_cast<off_t>(size)) == 0);
    map_ = static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0));
    ::close(descriptor);
    at_ = sizeof(Header);
  }
  RacingWriter(const RacingWriter&) = delete;
  RacingWriter& operator=(const RacingWriter&) = delete;
  ~RacingWriter() { ::munmap(map_, size_); }

  void word(std::uint64_t value) {
    reinterpret_cast<std::atomic<std::uint64_t>*>(map_ + at_)->store(value, std::memory_order_release);
    at_ += sizeof value;
  }
  void payload(Tag tag, std::uint32_t small, std::string_view bytes) {
    std::memcpy(map_ + at_ + sizeof(std::uint64_t), bytes.data(), bytes.size());
    const auto step = padded(bytes.size());
    word(hitlog::word(tag, small, static_cast<std::uint32_t>(bytes.size())));
    at_ += step;
  }

 private:
  char* map_ = nullptr;
  std::size_t size_ = 0, at_ = 0;
};

}  // namespace

TEST_CASE("a reader that races the writer sees every record, whole and in order") {
  constexpr std::uint32_t rounds = 60'000;
  auto header = test::sound_header();
  header.state = LogState::recording;
  const TemporaryLog file(LogBuilder(header).bytes());
  RacingWriter writer(file.path(), 16u << 20);
  auto reader = open_sound(file);

  std::thread thread([&] {
    writer.payload(Tag::file, 1, LogBuilder::text_of(FileRecord{7, 9}) + "/w/a.py");
    for (std::uint32_t round = 1; round <= rounds; ++round) {
      writer.word(hitlog::word(Tag::line, 1, round));
      if (round % 5 == 0) {
        const std::string id(8 + round % 300, static_cast<char>('a' + round % 26));
        writer.payload(Tag::test, round, id);
      }
    }
  });
  std::uint32_t lines = 0, tests = 0;
  bool whole = true;
  std::vector<Record> records;
  while (lines < rounds || tests < rounds / 5) {
    records.clear();
    if (!reader.read(records, 1 + lines % 500) && reader.error()) break;
    for (const auto& record : records) {
      if (const auto* hit = std::get_if<LineHit>(&record)) whole = whole && hit->line == ++lines;
      if (const auto* test = std::get_if<TestDefinition>(&record)) {
        ++tests;
        whole = whole && test->test == tests * 5 &&
                test->id == std::string(8 + test->test % 300, static_cast<char>('a' + test->test % 26));
      }
    }
  }
  thread.join();
  CHECK_FALSE(reader.error());
  CHECK(whole);
  CHECK(lines == rounds);
}
