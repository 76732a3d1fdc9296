#include "coverage/configuration/file_patterns.h"

#include <algorithm>

namespace branchlight::configuration {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

constexpr const char* any_slash = "[/\\\\]";
constexpr const char* any_folders = "(.*[/\\\\])?";

class Glob {
 public:
  explicit Glob(std::string_view pattern) : pattern_(pattern) {}

  std::variant<std::string, PatternError> translate() {
    while (at_ < pattern_.size()) {
      if (const auto refused = refused_here()) return PatternError{"a file pattern must not have " + *refused};
      step();
    }
    return std::move(result_);
  }

 private:
  std::size_t stars(std::size_t at) const {
    const auto end = pattern_.find_first_not_of('*', at);
    return (end == std::string_view::npos ? pattern_.size() : end) - at;
  }

  // `***`, `x**`, `**x` and `**/**` mean nothing.
  std::optional<std::string> refused_here() const {
    const auto here = stars(at_);
    if (here >= 3) return "***";
    if (here == 0 && pattern_[at_] != '/') {
      const auto end = std::min(pattern_.find_first_of("/*", at_), pattern_.size());
      if (stars(end) >= 2) return std::string(pattern_.substr(at_, end + 2 - at_));
    }
    if (here == 2 && at_ + 2 < pattern_.size() && pattern_[at_ + 2] != '/') return std::string(pattern_.substr(at_));
    if (here == 2 && pattern_.substr(at_, 5) == "**/**") return "**/**";
    const bool open = pattern_[at_] == '[' && pattern_.find(']', at_) == std::string_view::npos;
    if (open || pattern_[at_] == ']') return std::string("a single ") + pattern_[at_];
    return std::nullopt;
  }

  void step() {
    const auto here = stars(at_);
    const auto after_slash = pattern_[at_] == '/' ? stars(at_ + 1) : 0;
    const auto close = pattern_[at_] == '[' ? pattern_.find(']', at_) : std::string_view::npos;
    if (at_ == 0 && here > 0 && pattern_.substr(here, 1) == "/") {
      take(here + 1, any_folders);
    } else if (after_slash > 0 && at_ + 1 + after_slash == pattern_.size()) {
      take(1 + after_slash, std::string(any_slash) + ".*");
    } else if (here == 2 && pattern_.substr(at_ + 2, 1) == "/") {
      take(3, any_folders);
    } else if (pattern_[at_] == '/') {
      take(1, any_slash);
    } else if (here > 0) {
      take(1, "[^/\\\\]*");
    } else if (pattern_[at_] == '?') {
      take(1, "[^/\\\\]");
    } else if (close != std::string_view::npos) {
      take(close + 1 - at_, std::string(pattern_.substr(at_, close + 1 - at_)));
    } else if (is_word(pattern_[at_]) || (pattern_[at_] & 0x80) != 0) {
      take(1, std::string(1, pattern_[at_]));
    } else {
      take(1, std::string("\\") + pattern_[at_]);
    }
  }

  void take(std::size_t count, const std::string& regex) {
    result_ += regex;
    at_ += count;
  }

  std::string_view pattern_;
  std::string result_;
  std::size_t at_ = 0;
};

bool begins_with_wildcard(const std::string& pattern) { return pattern.starts_with('*') || pattern.starts_with('?'); }

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

}  // namespace

std::variant<std::string, PatternError> glob_to_regex(std::string pattern) {
  std::ranges::replace(pattern, '\\', '/');
  if (pattern.find('/') == std::string::npos) pattern = "**/" + pattern;
  return Glob(pattern).translate();
}

fs::path canonical(const fs::path& path, const fs::path& root) {
  std::error_code error;
  auto resolved = fs::weakly_canonical(root / path, error);
  if (error) resolved = (root / path).lexically_normal();
  if (!resolved.has_filename() && resolved.has_parent_path()) resolved = resolved.parent_path();
  return resolved;
}

FilePatterns::FilePatterns(const std::vector<std::string>& patterns, const fs::path& root,
                           std::vector<std::string>& problems) {
  std::string all;
  const auto add = [&](const std::string& pattern) {
    auto regex = glob_to_regex(pattern);
    if (const auto* error = std::get_if<PatternError>(&regex))
      return problems.push_back("the file pattern " + pattern + " is left out: " + error->reason);
    all += (all.empty() ? "(?:" : "|(?:") + std::get<std::string>(regex) + ")";
  };
  for (const auto& pattern : patterns) {
    add(pattern);
    if (!begins_with_wildcard(pattern)) add(canonical(pattern, root).string());
  }
  if (all.empty()) return;
  auto compiled = PythonRegex::compile("(?:" + all + ")\\Z");
  if (auto* regex = std::get_if<PythonRegex>(&compiled))
    regex_ = std::move(*regex);
  else
    problems.push_back("file patterns are left out: " + std::get<RegexError>(compiled).reason);
}

bool FilePatterns::match(const std::string& path) const { return regex_ && regex_->match_length(path).has_value(); }

PathAliases::PathAliases(const std::vector<std::vector<std::string>>& paths, const fs::path& root,
                         std::vector<std::string>& problems)
    : root_(root) {
  for (const auto& same : paths) {
    for (std::size_t i = 1; i < same.size(); ++i) {
      std::string pattern = same[i];
      while (pattern.size() > 1 && (pattern.ends_with('/') || pattern.ends_with('\\'))) pattern.pop_back();
      if (pattern.ends_with('*')) {
        problems.push_back("[paths] " + same[i] + " is left out: it must not end with a wildcard");
        continue;
      }
      if (!pattern.starts_with('*')) pattern = canonical(pattern, root).string();
      auto regex = glob_to_regex(pattern + "/");
      auto compiled = std::holds_alternative<std::string>(regex)
                          ? PythonRegex::compile(std::get<std::string>(regex), PythonRegex::Case::ignored)
                          : RegexError{std::get<PatternError>(regex).reason};
      if (const auto* error = std::get_if<RegexError>(&compiled))
        problems.push_back("[paths] " + same[i] + " is left out: " + error->reason);
      else
        rules_.push_back({std::get<PythonRegex>(std::move(compiled)), same[0]});
    }
  }
}

std::optional<fs::path> PathAliases::map(const fs::path& path) const {
  const std::string text = path.string();
  for (const Rule& rule : rules_) {
    const auto length = rule.pattern.match_length(text);
    if (!length) continue;
    auto place = canonical(fs::path(rule.result) / text.substr(*length), root_);
    if (is_file(place)) return place;
  }
  return std::nullopt;
}

}  // namespace branchlight::configuration
