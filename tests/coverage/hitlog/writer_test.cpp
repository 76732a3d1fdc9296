// The writer against the reader, in processes of their own: forks, kills, and no room.
#include "coverage/hitlog/writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "coverage/hitlog/reader.h"

using namespace branchlight::hitlog;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::array<std::uint8_t, 16> run_id{0xAB, 1, 2, 3};

// A folder for logs, gone with its scope.
class RunsFolder {
 public:
  RunsFolder() {
    std::string name = (fs::temp_directory_path() / "branchlight-writer-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path_ = name;
  }
  RunsFolder(const RunsFolder&) = delete;
  RunsFolder& operator=(const RunsFolder&) = delete;
  ~RunsFolder() { fs::remove_all(path_); }
  std::string path() const { return path_ / "runs"; }
  std::vector<fs::path> logs() const {
    std::vector<fs::path> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(path(), missing)) found.push_back(entry.path());
    return found;
  }

 private:
  fs::path path_;
};

// Writers live as long as their process, as the collector's does.
Writer& new_writer(const RunsFolder& folder) {
  static auto* writers = new std::deque<Writer>;  // to the very end of the process
  Writer& writer = writers->emplace_back(Writer{});
  writer.configure(folder.path().c_str(), run_id.data(), 0x030E02F0, Backend::events);
  return writer;
}

// What the n-th record of a log is follows from n, so that a reader knows what it has to see: tests with ids of all
// lengths, and a hit of a line after each.
std::string id_of(std::uint32_t number) {
  const std::size_t length = number % 97 == 0 ? number % 100'000 : number % 61;
  return std::string(length, static_cast<char>('a' + number % 26));
}

bool put_file(Writer& writer) {
  const FileRecord record{7, 9};
  const std::array<Bytes, 2> parts{{{&record, sizeof record}, {"/w/a.py", 7}}};
  return writer.put(Tag::file, 1, parts.data(), parts.size());
}

bool put_round(Writer& writer, std::uint32_t number) {
  const std::string id = id_of(number);
  const std::array<Bytes, 2> parts{{{id.data(), id.size() / 3}, {id.data(), id.size() - id.size() / 3}}};
  return writer.put(Tag::test, number, parts.data(), parts.size()) && writer.put(word(Tag::line, 1, number));
}

bool put_rounds(Writer& writer, std::uint32_t rounds) {
  if (!writer.ready() || !put_file(writer)) return false;
  for (std::uint32_t number = 1; number <= rounds; ++number)
    if (!put_round(writer, number)) return false;
  return true;
}

// Follows one log and says whether each record is the one that has to come next.
class Judge {
 public:
  explicit Judge(const fs::path& path) : reader_(std::get<LogReader>(LogReader::open(path))) {}

  // True: something came.
  bool read() {
    records_.clear();
    const bool any = reader_.read(records_, 1000);
    for (const auto& record : records_) {
      if (const auto* test = std::get_if<TestDefinition>(&record)) {
        sound_ = sound_ && test->test == tests_ + 1 && test->id == id_of(test->test);
        ++tests_;
      } else if (const auto* hit = std::get_if<LineHit>(&record)) {
        sound_ = sound_ && hit->file == 1 && hit->line == tests_ && hit->line == lines_ + 1;
        ++lines_;
      } else {
        sound_ = sound_ && std::holds_alternative<FileDefinition>(record);
      }
    }
    return any;
  }
  void read_to_the_end() {
    while (read()) {
    }
  }
  bool sound() const { return sound_ && !reader_.error(); }
  std::uint32_t lines() const { return lines_; }
  const LogReader& reader() const { return reader_; }

 private:
  LogReader reader_;
  std::vector<Record> records_;
  std::uint32_t tests_ = 0, lines_ = 0;
  bool sound_ = true;
};

Judge only_log(const RunsFolder& folder) {
  const auto logs = folder.logs();
  REQUIRE(logs.size() == 1);
  Judge judge(logs.front());
  judge.read_to_the_end();
  return judge;
}

// A child that ends without the destructors and reports of a test's process.
pid_t in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  REQUIRE(child > 0);
  return child;
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

struct Said {
  int status;
  std::string words;  // on standard error
};

Said out_of_room(const std::function<int()>& work) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = in_child([&] {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    return work();
  });
  ::close(ends[1]);
  std::string words;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    words.append(buffer.data(), static_cast<std::size_t>(got));
  ::close(ends[0]);
  return {status_of(child), words};
}

bool is_one_line(const std::string& words) { return std::ranges::count(words, '\n') == 1 && words.back() == '\n'; }

}  // namespace

TEST_CASE("what is written is read, whole and in order, over many chunks") {
  const RunsFolder folder;
  Writer& writer = new_writer(folder);
  errno = 77;
  REQUIRE(put_rounds(writer, 20'000));
  CHECK_MESSAGE(errno == 77, "a program that looks at its own errno");
  writer.close();
  const Judge judge = only_log(folder);
  CHECK(judge.sound());
  CHECK(judge.lines() == 20'000);
  CHECK(judge.reader().state() == LogState::closed);
  const fs::path log = folder.logs().front();
  fs::resize_file(log, fs::file_size(log) / 2 / 8 * 8);
  const Judge half = only_log(folder);
  CHECK(half.lines() > 1'000);
  CHECK_FALSE(half.sound());
  CHECK(half.reader().error().value_or(LogError{}).reason.starts_with("it was cut off"));
}

TEST_CASE("a child of a fork begins a log of its own, and its parent's goes on") {
  const RunsFolder folder;
  Writer& writer = new_writer(folder);
  REQUIRE(put_rounds(writer, 500));
  const auto generation = writer.generation();
  const pid_t child = in_child([&] {
    writer.forget();
    if (writer.put(word(Tag::line, 1, 501)) || writer.generation() == generation) return 1;
    return put_rounds(writer, 300) ? 0 : 2;
  });
  REQUIRE(put_round(writer, 501));
  CHECK(status_of(child) == 0);
  CHECK(writer.generation() == generation);
  std::map<std::uint32_t, std::uint32_t> lines;
  for (const auto& path : folder.logs()) {
    Judge judge(path);
    judge.read_to_the_end();
    CHECK(judge.sound());
    lines[judge.reader().header().process_id] = judge.lines();
  }
  CHECK(lines == std::map<std::uint32_t, std::uint32_t>{{::getpid(), 501}, {child, 300}});
}

TEST_CASE("a log that was deleted, or replaced, is begun anew") {
  const RunsFolder folder;
  Writer& writer = new_writer(folder);
  REQUIRE(put_rounds(writer, 10));
  const auto generation = writer.generation();
  const fs::path first = folder.logs().front();
  SUBCASE("deleted") { fs::remove_all(folder.path()); }
  SUBCASE("replaced") {
    fs::remove(first);
    std::ofstream(first).flush();
  }
  std::uint32_t number = 11;
  while (put_round(writer, number)) ++number;  // until there is a new chunk to be had
  CHECK_FALSE(writer.stopped());
  REQUIRE(writer.ready());
  CHECK(writer.generation() != generation);
  REQUIRE(put_rounds(writer, 10));
  std::uint32_t found = 0;
  for (const auto& path : folder.logs()) {
    if (fs::file_size(path) == 0) continue;
    Judge judge(path);
    judge.read_to_the_end();
    CHECK(judge.sound());
    CHECK(judge.lines() == 10);
    ++found;
  }
  CHECK(found == 1);
}

TEST_CASE("without room in the file system recording ends with one line, and what was recorded stays") {
  const RunsFolder folder;
  const auto [status, words] = out_of_room([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{300'000, 300'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Writer& writer = new_writer(folder);
    errno = 77;
    const bool all = put_rounds(writer, 20'000);
    if (all || errno != 77 || !writer.stopped() || writer.ready() || writer.put(word(Tag::line, 1, 1))) return 1;
    writer.close();
    return 0;
  });
  CHECK(status == 0);
  CHECK(is_one_line(words));
  CHECK(words == "branchlight: recording ended: no more room for " + folder.path() + ": File too large\n");
  const Judge judge = only_log(folder);
  CHECK(judge.sound());
  CHECK(judge.lines() > 100);
  CHECK(judge.reader().state() == LogState::stopped);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which need more room than any limit leaves
TEST_CASE("without room for the map recording ends with one line, and what was recorded stays") {
  const RunsFolder folder;
  const auto [status, words] = out_of_room([&] {
    Writer& writer = new_writer(folder);
    if (!put_rounds(writer, 100)) return 1;
    const rlimit limit{1, 1};
    ::setrlimit(RLIMIT_AS, &limit);
    std::uint32_t number = 101;
    while (put_round(writer, number)) ++number;
    return writer.stopped() ? 0 : 2;
  });
  CHECK(status == 0);
  CHECK(is_one_line(words));
  CHECK(words.find("no more room for") != std::string::npos);
  CHECK(words.find("Cannot allocate memory") != std::string::npos);
  const Judge judge = only_log(folder);
  CHECK(judge.sound());
  CHECK(judge.lines() >= 100);
  CHECK(judge.reader().state() == LogState::stopped);
}
#endif

TEST_CASE("where no log can be made that is said once, and no half of one is left") {
  const RunsFolder folder;
  SUBCASE("no folder") {
    const auto [status, words] = out_of_room([&] {
      Writer& writer = new_writer(folder);
      writer.configure("/proc/no/such/folder", run_id.data(), 0, Backend::events);
      return !writer.ready() && !writer.ready() && !put_file(writer) && writer.stopped() ? 0 : 1;
    });
    CHECK(status == 0);
    CHECK(is_one_line(words));
    CHECK(words.find("cannot create a hit log in /proc/no/such/folder") != std::string::npos);
  }
  SUBCASE("no room for the first chunk") {
    const auto [status, words] = out_of_room([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1000, 1000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      Writer& writer = new_writer(folder);
      return !writer.ready() && !writer.ready() && writer.stopped() ? 0 : 1;
    });
    CHECK(status == 0);
    CHECK(is_one_line(words));
    CHECK(words.find("no room for a hit log in") != std::string::npos);
    CHECK(folder.logs().empty());
  }
}

TEST_CASE("readers that race many writers see every record, whole and in order") {
  constexpr int processes = 8;
  constexpr auto duration = std::chrono::milliseconds(2500);
  const RunsFolder folder;
  std::vector<pid_t> children;
  for (int process = 0; process < processes; ++process) {
    children.push_back(in_child([&, process] {
      std::mt19937 random(static_cast<unsigned>(process));
      Writer& writer = new_writer(folder);
      if (!writer.ready() || !put_file(writer)) return 1;
      std::uint32_t number = 0;
      // Short bursts: a reader that is behind reads what has long been there, and races nobody.
      for (const auto end = Clock::now() + duration; Clock::now() < end;) {
        for (auto burst = 1 + random() % 8; burst > 0; --burst)
          if (!put_round(writer, ++number)) return 2;
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
      }
      writer.close();
      return 0;
    }));
  }
  const auto read_all = [&](std::uint64_t& lines, std::uint64_t& caught_up) {
    std::map<fs::path, Judge> judges;
    for (bool over = false; !over;) {
      for (const auto& path : folder.logs()) {
        if (judges.contains(path)) continue;
        auto opened = LogReader::open(path);
        if (std::holds_alternative<LogReader>(opened)) judges.emplace(path, path);
      }
      over = judges.size() == processes;
      for (auto& [path, judge] : judges) {
        const bool closed = judge.reader().state() == LogState::closed;  // before the read that finds nothing more
        const bool any = judge.read();
        caught_up += !any;
        over = over && closed && !any;
      }
    }
    lines = 0;
    bool sound = true;
    for (auto& [path, judge] : judges) {
      sound = sound && judge.sound();
      lines += judge.lines();
    }
    return sound;
  };
  std::uint64_t first_lines = 0, first_caught_up = 0, second_lines = 0, second_caught_up = 0;
  bool second_sound = false;
  std::thread second([&] { second_sound = read_all(second_lines, second_caught_up); });
  const bool first_sound = read_all(first_lines, first_caught_up);
  second.join();
  for (const pid_t child : children) CHECK(status_of(child) == 0);
  CHECK(first_sound);
  CHECK(second_sound);
  CHECK(first_lines == second_lines);
  CHECK(first_lines > 10'000);
  CHECK(first_caught_up > 10);  // they were at the writers' heels, not behind
  MESSAGE(first_lines, " rounds, ", first_caught_up, " reads that found nothing new");
}

TEST_CASE("a writer that is killed at any moment loses nothing that it had reported") {
  std::mt19937 random(20261123);
  std::uint32_t most = 0;
  for (int kill = 0; kill < 200; ++kill) {
    const RunsFolder folder;
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = in_child([&] {
      Writer& writer = new_writer(folder);
      if (!writer.ready() || !put_file(writer)) return 1;
      for (std::uint32_t number = 1; put_round(writer, number); ++number)
        if (::write(ends[1], &number, sizeof number) != sizeof number) return 2;
      return 3;
    });
    ::close(ends[1]);
    std::uint32_t reported = 0, next = 0;
    const auto enough = random() % 200;
    const auto end = Clock::now() + std::chrono::microseconds(random() % 2000);
    while ((reported < enough || Clock::now() < end) && ::read(ends[0], &next, sizeof next) == sizeof next)
      reported = next;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &next, sizeof next) == sizeof next) reported = next;
    ::close(ends[0]);
    const int status = status_of(child);
    REQUIRE(WIFSIGNALED(status));
    if (reported == 0) continue;
    const Judge judge = only_log(folder);
    CHECK(judge.sound());
    CHECK(judge.lines() >= reported);
    CHECK(judge.lines() <= reported + 1);
    CHECK_FALSE(judge.reader().writer_lives());
    most = std::max(most, reported);
  }
  CHECK(most > 100);
}
