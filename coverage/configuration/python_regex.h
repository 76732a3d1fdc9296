// Regular expressions as Python's `re` has them, on PCRE2, which is nearest to it. Patterns are compiled as coverage.py
// applies them: re.MULTILINE, to text in UTF-8. docs/configuration.md says where the two differ.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace branchlight::configuration {

struct RegexError {
  std::string reason;  // in PCRE2's words, or in Python's for what Python does not allow
};

// Immutable, shared, and safe to use from several threads at once.
class PythonRegex {
 public:
  enum class Case : bool { sensitive, ignored };
  static std::variant<PythonRegex, RegexError> compile(std::string_view pattern, Case letters = Case::sensitive);

  // As re.finditer: calls `found` with the begin and the end, in bytes, of each match. False: it was given up, because
  // the pattern takes too long on this text.
  bool each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const;
  // As re.match: the length of the match at the beginning of the text.
  std::optional<std::size_t> match_length(std::string_view text) const;

 private:
  struct Compiled;
  explicit PythonRegex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace branchlight::configuration
