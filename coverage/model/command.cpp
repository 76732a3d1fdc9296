#include "coverage/model/command.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace branchlight::model {

namespace {

std::string quoted(const std::string& argument) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=,+@%^").find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
  };
  if (!argument.empty() && std::all_of(argument.begin(), argument.end(), plain)) return argument;
  std::string result = "'";
  for (const char c : argument) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

Owner command_owner(std::string_view process_json) {
  const auto process = nlohmann::json::parse(process_json, nullptr, /*allow_exceptions=*/false);
  std::string line;
  std::string folder;
  if (process.is_object()) {
    if (const auto argv = process.find("argv"); argv != process.end() && argv->is_array()) {
      for (const auto& argument : *argv) {
        if (!argument.is_string()) continue;
        line += (line.empty() ? "" : " ") + quoted(argument.get<std::string>());
      }
    }
    if (const auto cwd = process.find("cwd"); cwd != process.end() && cwd->is_string())
      folder = cwd->get<std::string>();
  }
  if (line.empty()) line = "an unknown command";
  return {Owner::Kind::command, folder.empty() ? line : line + " (in " + folder + ")"};
}

}  // namespace branchlight::model
