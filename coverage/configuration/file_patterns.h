// File patterns as coverage.py has them, in `include`, `omit` and [paths].
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coverage/configuration/python_regex.h"

namespace branchlight::configuration {

struct PatternError {
  std::string reason;
};

// A path with `*`, `?`, `**` and `[…]`, as a regular expression.
std::variant<std::string, PatternError> glob_to_regex(std::string pattern);

// Absolute, its symbolic links resolved as far as it exists.
std::filesystem::path canonical(const std::filesystem::path& path, const std::filesystem::path& root);

// Any of several patterns, matched against a whole path. A pattern that does not begin with a wildcard is also meant
// from `root` on. Those that cannot be used are left out and come back in `problems`.
class FilePatterns {
 public:
  FilePatterns() = default;
  FilePatterns(const std::vector<std::string>& patterns, const std::filesystem::path& root,
               std::vector<std::string>& problems);

  bool empty() const { return !regex_; }
  bool match(const std::string& path) const;

 private:
  std::optional<PythonRegex> regex_;
};

// [paths]: where a tree lies elsewhere, what its files are called here.
class PathAliases {
 public:
  PathAliases() = default;
  PathAliases(const std::vector<std::vector<std::string>>& paths, const std::filesystem::path& root,
              std::vector<std::string>& problems);

  // The first place that the rules give and where a file is. None: no rule leads to one.
  std::optional<std::filesystem::path> map(const std::filesystem::path& path) const;

 private:
  struct Rule {
    PythonRegex pattern;
    std::string result;
  };
  std::vector<Rule> rules_;
  std::filesystem::path root_;
};

}  // namespace branchlight::configuration
