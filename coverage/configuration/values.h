// A configuration file of either syntax, by section and option. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coverage/configuration/settings.h"

namespace branchlight::configuration {

struct ValueError {
  std::string reason;
};
template <class T>
using Value = std::variant<T, ValueError>;

class Values {
 public:
  virtual ~Values() = default;
  // "coverage:run", "tool.coverage.run", "run": the section's name as it is written there; none: there is no such one.
  virtual std::optional<std::string> real_section(const std::string& section) const = 0;
  virtual std::vector<std::string> options(const std::string& section) const = 0;
  virtual Value<std::vector<std::string>> list(const std::string& section, const std::string& option) const = 0;
  // As a list, but only lines divide, since a pattern may hold a comma.
  virtual Value<std::vector<std::string>> patterns(const std::string& section, const std::string& option) const = 0;
  virtual Value<std::string> text(const std::string& section, const std::string& option) const = 0;
  virtual Value<bool> boolean(const std::string& section, const std::string& option) const = 0;
};

struct FileError {
  std::string reason;
};

// `ours`: the file is coverage.py's own, so that its sections need no prefix.
std::variant<std::unique_ptr<Values>, FileError> parse_values(const std::string& text, bool toml, bool ours,
                                                              const Environment& environment);

// The options of [tool.branchlight]; none where the text is no TOML.
std::vector<std::string> options_of_ours(const std::string& pyproject);

// `$NAME`, `${NAME}`, `${NAME?}` (it must exist), `${NAME-otherwise}`, `$$`.
Value<std::string> substitute(const std::string& text, const Environment& environment);

}  // namespace branchlight::configuration
