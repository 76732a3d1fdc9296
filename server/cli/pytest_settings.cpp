#include "server/cli/pytest_settings.h"

#include <toml++/toml.h>
#include <fstream>
#include <optional>

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// A key of a section of an ini file, continuation lines included. None: there is no such section.
std::optional<std::string> ini_value(const fs::path& file, const std::string& section, const std::string& key) {
  std::ifstream stream(file);
  std::optional<std::string> value;
  bool inside = false, continues = false;
  for (std::string line; std::getline(stream, line);) {
    const std::string content = trimmed(line);
    if (content.empty() || content[0] == '#' || content[0] == ';') continue;
    if (content[0] == '[') {
      inside = content == "[" + section + "]";
      if (inside && !value) value.emplace();
      continues = false;
    } else if (inside && continues && (line[0] == ' ' || line[0] == '\t')) {
      *value += " " + content;
    } else if (inside) {
      const std::size_t separator = content.find_first_of("=:");
      continues = separator != std::string::npos && trimmed(content.substr(0, separator)) == key;
      if (continues) *value = trimmed(content.substr(separator + 1));
    }
  }
  return value;
}

std::string words(const toml::node_view<toml::node>& node) {
  if (const auto text = node.value<std::string>()) return *text;
  std::string result;
  if (const toml::array* list = node.as_array()) {
    for (const toml::node& each : *list) result += each.value_or(std::string()) + " ";
  }
  return result;
}

void read_pyproject(const fs::path& file, PytestSettings& settings) {
  try {
    toml::table table = toml::parse_file(file.string());
    if (settings.file.empty() && table["tool"]["pytest"].is_table()) {
      settings.file = file;
      settings.addopts = words(table["tool"]["pytest"]["ini_options"]["addopts"]);
    }
    if (table["tool"]["coverage"]["report"]["fail_under"].value_or(0.0) > 0) settings.coverage_fail_under = true;
  } catch (const toml::parse_error&) {
    // pytest itself says what is wrong with it.
  }
}

}  // namespace

PytestSettings read_pytest_settings(const fs::path& root) {
  PytestSettings settings;
  const auto take = [&](const char* name, const char* section) {
    if (!settings.file.empty()) return;
    if (const auto addopts = ini_value(root / name, section, "addopts")) {
      settings.file = root / name;
      settings.addopts = *addopts;
    }
  };
  // In the order in which pytest looks.
  take("pytest.ini", "pytest");
  take(".pytest.ini", "pytest");
  std::error_code error;
  if (fs::exists(root / "pyproject.toml", error)) read_pyproject(root / "pyproject.toml", settings);
  take("tox.ini", "pytest");
  take("setup.cfg", "tool:pytest");
  for (const auto& [name, section] : {std::pair(".coveragerc", "report"), std::pair("setup.cfg", "coverage:report"),
                                      std::pair("tox.ini", "coverage:report")}) {
    if (!ini_value(root / name, section, "fail_under").value_or("").empty()) settings.coverage_fail_under = true;
  }
  return settings;
}

}  // namespace branchlight::cli
