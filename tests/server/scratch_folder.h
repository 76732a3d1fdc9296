// A folder of a test's own, gone at its end.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "server/runs/process.h"

namespace branchlight::test {

class ScratchFolder {
 public:
  ScratchFolder()
      : path_(std::filesystem::canonical(std::filesystem::temp_directory_path()) /
              ("branchlight-test-" + runs::random_run_id())) {
    std::filesystem::create_directories(path_);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  // An executable file: a shell script unless something else is said.
  std::filesystem::path program(const std::string& name, const std::string& content = "#!/bin/sh\n") const {
    const std::filesystem::path file = write(name, content);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace branchlight::test
