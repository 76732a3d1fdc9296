#include "coverage/configuration/values.h"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "coverage/configuration/ini_file.h"

namespace branchlight::configuration {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(blanks);
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::vector<std::string> divided(const std::string& text, const char* at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(at, begin), text.size());
    if (auto part = trimmed(text.substr(begin, end - begin)); !part.empty()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

class IniValues : public Values {
 public:
  IniValues(IniFile file, bool ours, const Environment& environment)
      : file_(std::move(file)), ours_(ours), environment_(environment) {}

  std::optional<std::string> real_section(const std::string& section) const override {
    if (file_.has_section("coverage:" + section)) return "coverage:" + section;
    if (ours_ && file_.has_section(section)) return section;
    return std::nullopt;
  }
  std::vector<std::string> options(const std::string& section) const override {
    const auto real = real_section(section);
    return real ? file_.options(*real) : std::vector<std::string>{};
  }
  Value<std::vector<std::string>> list(const std::string& section, const std::string& option) const override {
    return parts(section, option, ",\n");
  }
  Value<std::vector<std::string>> patterns(const std::string& section, const std::string& option) const override {
    return parts(section, option, "\n");
  }
  Value<std::string> text(const std::string& section, const std::string& option) const override {
    return substitute(file_.get(real_section(section).value_or(""), option).value_or(""), environment_);
  }
  Value<bool> boolean(const std::string& section, const std::string& option) const override {
    auto value = text(section, option);
    if (auto* error = std::get_if<ValueError>(&value)) return std::move(*error);
    auto word = std::get<std::string>(value);
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const char* yes : {"1", "yes", "true", "on"})
      if (word == yes) return true;
    for (const char* no : {"0", "no", "false", "off"})
      if (word == no) return false;
    return ValueError{"is no boolean: " + std::get<std::string>(value)};
  }

 private:
  Value<std::vector<std::string>> parts(const std::string& section, const std::string& option, const char* at) const {
    auto value = text(section, option);
    if (auto* error = std::get_if<ValueError>(&value)) return std::move(*error);
    return divided(std::get<std::string>(value), at);
  }

  IniFile file_;
  bool ours_;
  const Environment& environment_;
};

class TomlValues : public Values {
 public:
  TomlValues(toml::table table, bool ours, const Environment& environment)
      : table_(std::move(table)), ours_(ours), environment_(environment) {}

  std::optional<std::string> real_section(const std::string& section) const override {
    if (table_["tool"]["coverage"][section].is_table()) return "tool.coverage." + section;
    if (ours_ && table_[section].is_table()) return section;
    return std::nullopt;
  }
  std::vector<std::string> options(const std::string& section) const override {
    std::vector<std::string> names;
    if (const auto* found = node(section).as_table())
      for (const auto& [name, value] : *found) names.emplace_back(name.str());
    return names;
  }
  Value<std::vector<std::string>> list(const std::string& section, const std::string& option) const override {
    const auto* array = node(section)[option].as_array();
    if (array == nullptr) return ValueError{"is no list"};
    std::vector<std::string> result;
    for (const auto& each : *array) {
      const auto text = each.value<std::string>();
      if (!text || !each.is_string()) return ValueError{"is no list of strings"};
      auto value = substitute(*text, environment_);
      if (auto* error = std::get_if<ValueError>(&value)) return std::move(*error);
      result.push_back(std::get<std::string>(std::move(value)));
    }
    return result;
  }
  Value<std::vector<std::string>> patterns(const std::string& section, const std::string& option) const override {
    auto value = list(section, option);
    if (auto* all = std::get_if<std::vector<std::string>>(&value)) {
      for (auto& each : *all) each = trimmed(each);
      std::erase(*all, "");
    }
    return value;
  }
  Value<std::string> text(const std::string& section, const std::string& option) const override {
    const auto* value = node(section)[option].as_string();
    if (value == nullptr) return ValueError{"is no string"};
    return substitute(value->get(), environment_);
  }
  Value<bool> boolean(const std::string& section, const std::string& option) const override {
    const auto value = node(section)[option];
    if (const auto* flag = value.as_boolean()) return flag->get();
    if (const auto* word = value.as_string()) {
      auto text = substitute(word->get(), environment_);
      if (auto* error = std::get_if<ValueError>(&text)) return std::move(*error);
      if (std::get<std::string>(text) == "true") return true;
      if (std::get<std::string>(text) == "false") return false;
    }
    return ValueError{"is no boolean"};
  }

 private:
  toml::node_view<const toml::node> node(const std::string& section) const {
    const auto prefixed = table_["tool"]["coverage"][section];
    return prefixed.is_table() || !ours_ ? prefixed : table_[section];
  }

  toml::table table_;
  bool ours_;
  const Environment& environment_;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
}

std::string_view word_at(std::string_view text, std::size_t at) {
  auto end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace

Value<std::string> substitute(const std::string& text, const Environment& environment) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      result += text[at++];
      continue;
    }
    const bool braced = text.compare(at, 2, "${") == 0;
    const auto name = word_at(text, at + (braced ? 2 : 1));
    const auto after = at + (braced ? 2 : 1) + name.size();
    const auto found = environment.find(std::string(name));
    if (text.compare(at, 2, "$$") == 0) {
      result += '$';
      at += 2;
    } else if (name.empty()) {
      result += text[at++];
    } else if (!braced) {
      if (found != environment.end()) result += found->second;
      at = after;
    } else {
      // What stands between the name and the brace.
      const auto close = text.find('}', after);
      const auto rest = close == std::string::npos ? "\n" : text.substr(after, close - after);
      const bool strict = rest == "?";
      if (!rest.empty() && !strict && rest.front() != '-') {
        result += text[at++];
        continue;
      }
      if (found != environment.end())
        result += found->second;
      else if (strict)
        return ValueError{"needs the environment variable " + std::string(name) + ", which is not set"};
      else if (!rest.empty())
        result += rest.substr(1);
      at = close + 1;
    }
  }
  return result;
}

std::vector<std::string> options_of_ours(const std::string& pyproject) {
  std::vector<std::string> names;
  try {
    const toml::table table = toml::parse(pyproject);
    if (const auto* ours = table["tool"]["branchlight"].as_table())
      for (const auto& [name, value] : *ours) names.emplace_back(name.str());
  } catch (const toml::parse_error&) {
    // Whoever reads coverage.py's settings from it says what is wrong.
  }
  return names;
}

std::variant<std::unique_ptr<Values>, FileError> parse_values(const std::string& text, bool toml, bool ours,
                                                              const Environment& environment) {
  if (!toml) {
    auto parsed = IniFile::parse(text);
    if (auto* error = std::get_if<IniError>(&parsed)) return FileError{error->reason};
    return std::make_unique<IniValues>(std::get<IniFile>(std::move(parsed)), ours, environment);
  }
  try {
    return std::make_unique<TomlValues>(toml::parse(text), ours, environment);
  } catch (const toml::parse_error& error) {
    return FileError{"line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description())};
  }
}

}  // namespace branchlight::configuration
