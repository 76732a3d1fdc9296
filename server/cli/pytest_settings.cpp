#include "server/cli/pytest_settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "coverage/configuration/ini_file.h"

namespace branchlight::cli {
namespace {

namespace fs = std::filesystem;

// None: there is no such file or section.
std::optional<std::string> ini_value(const fs::path& file, const std::string& section, const std::string& key) {
  const auto text = configuration::read_file(file);
  if (!text) return std::nullopt;
  const auto parsed = configuration::IniFile::parse(*text);
  const auto* ini = std::get_if<configuration::IniFile>(&parsed);
  if (ini == nullptr || !ini->has_section(section)) return std::nullopt;
  auto value = ini->get(section, key).value_or("");
  std::ranges::replace(value, '\n', ' ');
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

// `--cov=src` or `--cov src`; the last `--cov-config`.
void read_pytest_cov(PytestSettings& settings) {
  std::istringstream stream(settings.addopts);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string option = words[i].substr(0, equals);
    std::string value = equals == std::string::npos ? "" : words[i].substr(equals + 1);
    if (equals == std::string::npos && i + 1 < words.size() && !words[i + 1].starts_with('-')) value = words[i + 1];
    if (value.empty()) continue;
    if (option == "--cov") settings.cov.push_back(value);
    if (option == "--cov-config") settings.cov_config = value;
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
  read_pytest_cov(settings);
  return settings;
}

}  // namespace branchlight::cli
