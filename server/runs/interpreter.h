// Which Python runs a `-m MODULE` or a script: what the user said, VIRTUAL_ENV, `.venv` or `venv`, PATH. Never
// anything that a repository's files name.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "server/runs/process.h"

namespace branchlight::runs {

struct Interpreter {
  std::filesystem::path path;
  std::string origin;  // in words: "--python", "VIRTUAL_ENV", "PATH", or the folder it was found in
};

struct NoInterpreter {
  std::string reason;
};

// `chosen` is what the user asked for: a path, a name on PATH, or a virtual environment's folder; empty: none.
// Virtual environments are looked for from `directory` up to `root`.
std::variant<Interpreter, NoInterpreter> choose_interpreter(const std::string& chosen,
                                                            const std::filesystem::path& directory,
                                                            const std::filesystem::path& root,
                                                            const Environment& environment);

// The command as it is to be executed: `-m MODULE …` and `SCRIPT.py …` get an interpreter put before them.
bool needs_interpreter(const std::vector<std::string>& command);

// The file that a command's name means, as a shell would find it; empty: none.
std::filesystem::path find_on_path(const std::string& name, const Environment& environment);

}  // namespace branchlight::runs
