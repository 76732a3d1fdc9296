#include "server/runs/interpreter.h"

#include <optional>
#include <sstream>

namespace branchlight::runs {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> python_of(const fs::path& environment_folder) {
  for (const char* name : {"bin/python", "bin/python3"}) {
    if (is_executable(environment_folder / name)) return environment_folder / name;
  }
  return std::nullopt;
}

std::variant<Interpreter, NoInterpreter> chosen_by_user(const std::string& chosen, const Environment& environment) {
  std::error_code error;
  if (chosen.find('/') == std::string::npos && !fs::is_directory(chosen, error)) {
    const fs::path found = find_on_path(chosen, environment);
    if (found.empty()) return NoInterpreter{"--python " + chosen + ": no such command on PATH"};
    return Interpreter{found, "--python"};
  }
  // Absolute, but not resolved: a virtual environment's python is a link, and must be started by that name.
  const fs::path path = fs::absolute(chosen).lexically_normal();
  if (fs::is_directory(path, error)) {
    if (const auto python = python_of(path)) return Interpreter{*python, "--python"};
    return NoInterpreter{"--python " + chosen + ": this folder holds no bin/python"};
  }
  if (!fs::exists(path, error)) return NoInterpreter{"--python " + chosen + ": no such file"};
  if (!is_executable(path)) return NoInterpreter{"--python " + chosen + ": not an executable file"};
  return Interpreter{path, "--python"};
}

}  // namespace

std::variant<Interpreter, NoInterpreter> choose_interpreter(const std::string& chosen, const fs::path& directory,
                                                            const fs::path& root, const Environment& environment) {
  if (!chosen.empty()) return chosen_by_user(chosen, environment);
  if (const auto active = environment.find("VIRTUAL_ENV"); active != environment.end() && !active->second.empty()) {
    if (const auto python = python_of(active->second)) return Interpreter{*python, "VIRTUAL_ENV"};
  }
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    for (const char* name : {".venv", "venv"}) {
      if (const auto python = python_of(folder / name)) return Interpreter{*python, (folder / name).string()};
    }
    if (folder == root || folder == folder.parent_path()) break;
  }
  for (const char* name : {"python3", "python"}) {
    const fs::path found = find_on_path(name, environment);
    if (!found.empty()) return Interpreter{found, "PATH"};
  }
  return NoInterpreter{
      "no Python found: neither VIRTUAL_ENV, nor a .venv or venv folder, nor python3 on PATH; name one with --python"};
}

bool needs_interpreter(const std::vector<std::string>& command) {
  if (command.empty()) return false;
  const std::string& first = command.front();
  return first == "-m" || (first.size() > 3 && first.compare(first.size() - 3, 3, ".py") == 0);
}

fs::path find_on_path(const std::string& name, const Environment& environment) {
  if (name.find('/') != std::string::npos) return is_executable(name) ? fs::path(name) : fs::path();
  const auto path = environment.find("PATH");
  std::istringstream folders(path == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : path->second);
  std::string folder;
  while (std::getline(folders, folder, ':')) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (is_executable(candidate)) return candidate;
  }
  return {};
}

}  // namespace branchlight::runs
