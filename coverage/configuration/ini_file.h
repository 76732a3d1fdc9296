// An ini file as Python's configparser reads it: .coveragerc, setup.cfg, tox.ini, pytest.ini.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace branchlight::configuration {

struct IniError {
  std::string reason;  // "line 3: …"
};

class IniFile {
 public:
  static std::variant<IniFile, IniError> parse(std::string_view text);

  bool has_section(const std::string& section) const { return sections_.contains(section); }
  // None: there is no such section or option. The lines of a value are joined with newlines.
  std::optional<std::string> get(const std::string& section, const std::string& option) const;
  // Those of [DEFAULT] too, which every section has.
  std::vector<std::string> options(const std::string& section) const;

 private:
  using Options = std::map<std::string, std::string>;
  std::map<std::string, Options> sections_;
  Options defaults_;
};

// None: there is no such file, or it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path);

}  // namespace branchlight::configuration
