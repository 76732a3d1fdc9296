// Logs of which a part is missing: what is there is read, and that there was more is said.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "tests/coverage/hitlog/sound_log.h"

using namespace branchlight;
using namespace branchlight::hitlog;
using test::open_sound;
using test::read_all;
using test::sound_log;
using test::TemporaryLog;

namespace {

// Its header says how long it is.
std::string sized(std::string log) {
  const std::uint64_t allocated = log.size();
  std::memcpy(log.data() + offsetof(Header, allocated), &allocated, sizeof allocated);
  return log;
}

// As a writer leaves it: with room that is not used yet.
std::string with_room(std::string log) {
  log.resize(log.size() + 800);
  return sized(std::move(log));
}

}  // namespace

TEST_CASE("a log truncated at any byte gives a prefix of its records, and then an end or an error") {
  const auto whole = sound_log();
  const TemporaryLog full(whole);
  auto full_reader = open_sound(full);
  const auto all = read_all(full_reader).size();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const TemporaryLog file(whole.substr(0, size));
    auto opened = LogReader::open(file.path());
    if (size < sizeof(Header)) {
      CHECK(std::holds_alternative<LogError>(opened));
      continue;
    }
    auto& reader = std::get<LogReader>(opened);
    const auto records = read_all(reader);
    CHECK(records.size() <= all);
    CHECK((size == whole.size()) == (records.size() == all));
    if (reader.error()) CHECK(reader.error()->reason.find("reaches past the end") != std::string::npos);
  }
}

TEST_CASE("a log that shrinks while it is read does no harm") {
  const TemporaryLog file(sound_log());
  auto reader = open_sound(file);
  std::vector<Record> records;
  CHECK(reader.read(records, 3));
  CHECK(records.size() == 3);
  std::filesystem::resize_file(file.path(), 10);
  CHECK_FALSE(reader.read(records));
  CHECK(records.size() == 3);
}

TEST_CASE("a log that says how long it is and was cut off at any byte says that it was") {
  auto header = test::sound_header();
  SUBCASE("closed") {}
  SUBCASE("of a process that lives") { header.state = LogState::recording; }
  const auto records_end = sound_log(header).size();
  const auto whole = with_room(sound_log(header));
  const TemporaryLog full(whole);
  auto full_reader = open_sound(full);
  const auto all = read_all(full_reader).size();
  CHECK_FALSE(full_reader.error());
  for (std::size_t size = sizeof(Header); size < whole.size(); ++size) {
    const TemporaryLog file(whole.substr(0, size));
    auto reader = open_sound(file);
    const auto records = read_all(reader);
    CAPTURE(size);
    CHECK((size >= records_end) == (records.size() == all));
    if (size >= records_end + 8) continue;  // only room is missing
    REQUIRE(reader.error());
    CHECK(reader.error()->reason == "it was cut off: " + std::to_string(size) + " of its " +
                                        std::to_string(whole.size()) + " bytes are there, and what they hold was read");
  }
}

TEST_CASE("that a log was cut off behind a record that says nothing is noticed as well") {
  test::LogBuilder log;
  log.file(1, "/a").word(static_cast<Tag>(0x3F), 1, 1);
  const TemporaryLog file(with_room(log.bytes()).substr(0, log.bytes().size()));
  for (const std::size_t limit : {1, 2, 100}) {
    auto reader = open_sound(file);
    std::vector<Record> records;
    while (reader.read(records, limit)) {
    }
    CHECK(records.size() == 1);
    CHECK(reader.error());
  }
}

TEST_CASE("a log that grows up to what it says is read on") {
  auto header = test::sound_header();
  header.state = LogState::recording;
  const auto first = test::LogBuilder(header).file(1, "/a").bytes();
  auto whole = first;
  whole.resize(first.size() + 8);
  const auto hit = word(Tag::line, 1, 7);
  std::memcpy(whole.data() + first.size(), &hit, sizeof hit);
  const TemporaryLog file(sized(first));
  auto reader = open_sound(file);
  CHECK(read_all(reader).size() == 1);
  CHECK_FALSE(reader.error());
  file.write(sized(whole));
  CHECK(read_all(reader).size() == 1);
  CHECK_FALSE(reader.error());
}
