// What a project's files tell pytest to do, as far as `doctor` needs it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace branchlight::cli {

struct PytestSettings {
  std::filesystem::path file;  // empty: none
  std::string addopts;
  // pytest-cov's options in it, which say what coverage.py's [run] source and COVERAGE_RCFILE say.
  std::vector<std::string> cov;
  std::string cov_config;
  bool coverage_fail_under = false;  // coverage.py's own setting, which pytest-cov follows
};

PytestSettings read_pytest_settings(const std::filesystem::path& root);

}  // namespace branchlight::cli
