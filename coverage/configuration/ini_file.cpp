#include "coverage/configuration/ini_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace branchlight::configuration {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace

std::variant<IniFile, IniError> IniFile::parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  IniFile file;
  std::set<std::string> seen;   // sections and options, none of which may come twice
  std::string section, option;  // that a line further in goes on with
  Options* options = nullptr;   // of `section`
  std::size_t indent = 0;
  std::size_t number = 0;
  const auto error = [&](const std::string& what) { return IniError{"line " + std::to_string(number) + ": " + what}; };

  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const auto content = trimmed(line);
    if (content.starts_with('#') || content.starts_with(';')) continue;
    if (content.empty()) {
      if (options && !option.empty()) (*options)[option] += '\n';
      continue;
    }
    const auto this_indent = line.find_first_not_of(blanks);
    if (options && !option.empty() && this_indent > indent) {
      (*options)[option].append("\n").append(content);
      continue;
    }
    indent = this_indent;
    if (const auto close = content.rfind(']'); content.front() == '[' && close != std::string_view::npos && close > 1) {
      section = content.substr(1, close - 1);
      option.clear();
      options = section == "DEFAULT" ? &file.defaults_ : &file.sections_[section];
      if (section != "DEFAULT" && !seen.insert("[" + section).second) return error("a second [" + section + "]");
      continue;
    }
    if (!options) return error("there is no section before it");
    const auto separator = content.find_first_of("=:");
    if (separator == std::string_view::npos || trimmed(content.substr(0, separator)).empty())
      return error("neither a section nor an option: " + std::string(content));
    option = lower(trimmed(content.substr(0, separator)));
    if (!seen.insert(section + "]" + option).second) return error("a second " + option + " in [" + section + "]");
    (*options)[option] = trimmed(content.substr(separator + 1));
  }
  const auto strip_ends = [](Options& all) {
    for (auto& [name, value] : all) value.erase(value.find_last_not_of(" \t\r\f\v\n") + 1);
  };
  strip_ends(file.defaults_);
  for (auto& [name, all] : file.sections_) strip_ends(all);
  return file;
}

std::optional<std::string> IniFile::get(const std::string& section, const std::string& option) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) return std::nullopt;
  for (const Options* options : {&found->second, &defaults_}) {
    if (const auto value = options->find(option); value != options->end()) return value->second;
  }
  return std::nullopt;
}

std::vector<std::string> IniFile::options(const std::string& section) const {
  std::set<std::string> names;
  if (const auto found = sections_.find(section); found != sections_.end()) {
    for (const Options* options : {&found->second, &defaults_})
      for (const auto& [name, value] : *options) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

}  // namespace branchlight::configuration
