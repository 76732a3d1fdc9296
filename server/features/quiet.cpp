#include "server/features/quiet.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace branchlight::features {
namespace {

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || (c & 0x80); }

// Calls `see` with each dotted name outside of string literals.
template <class See>
bool any_name(std::string_view text, See see) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"' || text[at] == '\'') {
      const auto end = text.find(text[at], at + 1);
      at = end == std::string_view::npos ? text.size() : end + 1;
    } else if (is_name(text[at])) {
      auto end = at;
      while (end < text.size() && is_name(text[end])) ++end;
      if (see(text.substr(at, end - at))) return true;
      at = end;
    } else {
      ++at;
    }
  }
  return false;
}

bool is_or_is_below(std::string_view name, std::string_view what) {
  return name == what || (name.starts_with(what) && name[what.size()] == '.');
}

}  // namespace

bool is_about_surroundings(std::string_view test) {
  static constexpr std::array surroundings{
      std::string_view("TYPE_CHECKING"),    std::string_view("typing.TYPE_CHECKING"),
      std::string_view("sys.version_info"), std::string_view("sys.platform"),
      std::string_view("os.name"),          std::string_view("sys.implementation"),
      std::string_view("sys.hexversion")};
  const bool names_them = any_name(test, [](std::string_view name) {
    return std::any_of(surroundings.begin(), surroundings.end(),
                       [&](std::string_view what) { return is_or_is_below(name, what); });
  });
  if (names_them) return true;
  const bool names_itself = any_name(test, [](std::string_view name) { return name == "__name__"; });
  return names_itself && test.find("__main__") != std::string_view::npos;
}

bool is_test_file(const std::filesystem::path& path) {
  const std::string name = path.filename().native();
  if (name == "conftest.py" || (name.starts_with("test_") && name.ends_with(".py")) || name.ends_with("_test.py"))
    return true;
  const auto folder = path.parent_path();
  return std::find(folder.begin(), folder.end(), "tests") != folder.end();
}

}  // namespace branchlight::features
