// Which files count: `source`, `source_pkgs`, `source_dirs`, `include`, `omit` and [paths] of coverage.py.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "coverage/configuration/file_patterns.h"
#include "coverage/configuration/settings.h"

namespace branchlight::configuration {

// Immutable. Made once for some settings: it looks on the disk for where packages lie.
class SourceFiles {
 public:
  explicit SourceFiles(const Settings& settings);

  // Whether a file that ran is to be shown. `path` is absolute, its symbolic links resolved.
  bool counts(const std::filesystem::path& path) const;
  // The name under which [paths] shows a file; the file itself where no rule has another one.
  std::filesystem::path shown_as(const std::filesystem::path& path) const;
  // What lies where the settings say that the source is, and could be imported: coverage.py shows these too, if nothing
  // of them ran. A package is only looked through where `ran` is true of its __init__.py.
  std::vector<std::filesystem::path> importable(const std::function<bool(const std::filesystem::path&)>& ran) const;

  // What is wrong with the patterns and places, in words.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  bool in_source(const std::filesystem::path& path) const;
  void add_package(const std::string& name);

  std::filesystem::path root_;
  bool relative_files_, namespace_packages_;
  std::vector<std::string> problems_;
  bool limited_ = false;  // by `source` and its like
  std::vector<std::filesystem::path> folders_;
  std::vector<std::string> packages_;                  // "click", "a.b"
  std::vector<std::filesystem::path> package_places_;  // a folder or a file each, where they were found
  FilePatterns run_include_, run_omit_, report_include_, report_omit_;
  PathAliases aliases_;
};

}  // namespace branchlight::configuration
