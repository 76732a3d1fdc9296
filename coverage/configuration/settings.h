// coverage.py's configuration, as far as it says what counts: from COVERAGE_RCFILE, .coveragerc, .coveragerc.toml,
// setup.cfg, tox.ini or pyproject.toml, the first of them that has any (its own order), with its syntax.
//
// Reading never fails: a value that cannot be used is a problem in words, its setting keeps its default (of a list of
// patterns only the bad one is left out), and everything else stands.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coverage/configuration/python_regex.h"

namespace branchlight::configuration {

using Environment = std::map<std::string, std::string>;

// Immutable: it may be shared between threads.
struct Settings {
  std::filesystem::path root;  // what relative paths in it are relative to
  std::filesystem::path file;  // that it comes from; empty: none

  std::optional<PythonRegex> exclude, partial;  // all patterns of their kind in one; none: there are none

  std::vector<std::string> source, source_pkgs, source_dirs;
  std::vector<std::string> run_include, run_omit, report_include, report_omit;
  bool include_namespace_packages = false;
  bool relative_files = false;
  // coverage.py's own: what COVERAGE_FILE says (relative to where one stands), else [run] data_file below the root.
  std::filesystem::path data_file;
  // [paths]: the places that are the same, the first one being what is shown.
  std::vector<std::vector<std::string>> paths;

  std::vector<std::string> problems;        // each names the file, the setting and the value
  std::vector<std::string> without_effect;  // "[run] plugins": coverage.py's settings that mean nothing here
  std::vector<std::string> unknown;         // "FILE: [run] x": nor are they coverage.py's, or ours
};

using SharedSettings = std::shared_ptr<const Settings>;

// Of the folder `root`, absolute. Files are read each time.
SharedSettings read_settings(const std::filesystem::path& root, const Environment& environment);

// Changes whenever one of the files that read_settings() would look at does.
std::string settings_fingerprint(const std::filesystem::path& root, const Environment& environment);

}  // namespace branchlight::configuration
