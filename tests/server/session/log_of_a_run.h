// A run as the collector and `branchlight run` would have left it on disk, written record by record: the process
// behind it is the test's own, so it lives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "coverage/hitlog/format.h"
#include "server/runs/manifest.h"

namespace branchlight::test {

class LogOfARun {
 public:
  // Of one file, whose sites' arms have markers: `tests` are the positions of their tests, in order; each site has the
  // markers 2n (yes) and 2n + 1 (no).
  struct Test {
    std::uint32_t line, column;
  };
  LogOfARun(const std::filesystem::path& root, const std::filesystem::path& file, const std::vector<Test>& tests);
  ~LogOfARun();

  void line(std::uint32_t number);
  void arm(std::uint32_t site, bool yes);
  void call(const std::string& function, std::uint32_t first_line);
  void begin_test(const std::string& id);
  void end_test(hitlog::Outcome outcome = hitlog::Outcome::passed);
  void end(int status = 0);

 private:
  void word(hitlog::Tag tag, std::uint32_t small, std::uint32_t large);
  void record(hitlog::Tag tag, std::uint32_t small, const std::string& payload);

  std::filesystem::path branchlight_dir_;
  runs::Manifest manifest_;
  std::fstream log_;
  std::uint32_t codes_ = 0, tests_ = 0;
};

// A folder of its own that goes with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  std::filesystem::path path;
  std::filesystem::path write(const std::string& name, const std::string& text) const;
};

}  // namespace branchlight::test
