// What a project's files tell pytest to do, as far as `doctor` needs it.
#pragma once

#include <filesystem>
#include <string>

namespace branchlight::cli {

struct PytestSettings {
  std::filesystem::path file;  // empty: none
  std::string addopts;
  bool coverage_fail_under = false;  // coverage.py's own setting, which pytest-cov follows
};

PytestSettings read_pytest_settings(const std::filesystem::path& root);

}  // namespace branchlight::cli
