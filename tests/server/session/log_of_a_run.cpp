#include "tests/server/session/log_of_a_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "coverage/text/source_text.h"
#include "server/runs/process.h"
#include "server/runs/workspace.h"

namespace branchlight::test {
namespace {

namespace fs = std::filesystem;
using hitlog::Tag;

template <class Struct>
std::string bytes_of(const Struct& value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

hitlog::Header header_of(const runs::Manifest& manifest) {
  hitlog::Header header{};
  std::copy(std::begin(hitlog::magic), std::end(hitlog::magic), header.magic);
  header.version = hitlog::format_version;
  header.byte_order = hitlog::byte_order_mark;
  header.header_size = sizeof header;
  header.process_id = manifest.pid;
  header.process_start = manifest.pid_start;
  header.interpreter = 0x030C00F0;
  header.created = static_cast<std::uint64_t>(manifest.started_ns);
  for (std::size_t i = 0; i < 16; ++i)
    header.run[i] = static_cast<std::uint8_t>(std::stoi(manifest.run.substr(2 * i, 2), nullptr, 16));
  header.backend = hitlog::Backend::markers;
  header.state = hitlog::LogState::recording;
  return header;
}

}  // namespace

LogOfARun::LogOfARun(const fs::path& root, const fs::path& file, const std::vector<Test>& tests)
    : branchlight_dir_(root / ".branchlight") {
  REQUIRE(!runs::prepare({root, branchlight_dir_}));
  manifest_.run = runs::random_run_id();
  manifest_.argv = {"python", "-m", "pytest"};
  manifest_.cwd = manifest_.root = root.string();
  manifest_.pid = runs::process_id();
  manifest_.pid_start = runs::process_start(manifest_.pid).value();
  manifest_.started_ns = runs::now_ns();
  REQUIRE(!runs::write_manifest(branchlight_dir_, manifest_));
  const auto name =
      manifest_.run + "-" + std::to_string(manifest_.pid) + "-" + std::to_string(manifest_.started_ns) + ".hits";
  log_.open(branchlight_dir_ / "runs" / name, std::ios::in | std::ios::out | std::ios::trunc | std::ios::binary);
  log_ << bytes_of(header_of(manifest_));
  record(Tag::process, 0,
         R"({"argv": ["python", "-m", "pytest"], "cwd": ")" + root.string() + R"(", "root": ")" + root.string() +
             R"(", "executable": "/usr/bin/python", "version": "3.12"})");
  const auto bytes = content(file);
  const auto text = text::SourceText::from_file_bytes(bytes);
  record(Tag::file, 1, bytes_of(hitlog::FileRecord{text->content_hash(), bytes.size()}) + file.string());
  std::string markers;
  for (const Test& test : tests)
    for (const std::uint8_t arm : {1, 0})
      markers += bytes_of(hitlog::MarkerRecord{test.line, test.column, 0, arm, 1, 0});
  record(Tag::markers, 1, markers);
  call("<module>", 1);
}

LogOfARun::~LogOfARun() {
  if (!manifest_.exit) end();
}

void LogOfARun::line(std::uint32_t number) { word(Tag::line, 1, number); }
void LogOfARun::arm(std::uint32_t site, bool yes) { word(Tag::arm, 1, 2 * site + (yes ? 0 : 1)); }

void LogOfARun::call(const std::string& function, std::uint32_t first_line) {
  ++codes_;
  record(Tag::code, codes_,
         bytes_of(hitlog::CodeRecord{1, first_line, static_cast<std::uint32_t>(function.size()), 0, 0, 0}) + function);
  word(Tag::call, codes_, 0);
}

void LogOfARun::begin_test(const std::string& id) {
  ++tests_;
  record(Tag::test, tests_, id);
  word(Tag::test_begin, tests_, 0);
}

void LogOfARun::end_test(hitlog::Outcome outcome) { word(Tag::test_end, tests_, static_cast<std::uint32_t>(outcome)); }

void LogOfARun::end(int status) {
  const auto at = log_.tellp();
  log_.seekp(offsetof(hitlog::Header, state));
  log_ << bytes_of(hitlog::LogState::closed);
  log_.seekp(at);
  log_.flush();
  manifest_.ended_ns = runs::now_ns();
  manifest_.exit = status;
  CHECK(!runs::write_manifest(branchlight_dir_, manifest_));
}

void LogOfARun::word(Tag tag, std::uint32_t small, std::uint32_t large) {
  log_ << bytes_of(hitlog::word(tag, small, large));
  log_.flush();
}

void LogOfARun::record(Tag tag, std::uint32_t small, const std::string& payload) {
  log_ << bytes_of(hitlog::word(tag, small, static_cast<std::uint32_t>(payload.size()))) << payload
       << std::string(hitlog::padded(payload.size()) - payload.size(), '\0');
  log_.flush();
}

Folder::Folder() {
  static int number = 0;
  path = fs::canonical(fs::temp_directory_path()) /
         ("branchlight-session-" + std::to_string(runs::process_id()) + "-" + std::to_string(++number));
  fs::create_directories(path);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

fs::path Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path / name, std::ios::binary) << text;
  return path / name;
}

}  // namespace branchlight::test
