// Starts an interpreter with our environment on a small program, and looks at what comes back.
#pragma once

#include <filesystem>
#include <string>

#include "server/cli/findings.h"
#include "server/runs/interpreter.h"

namespace branchlight::cli {

struct Facts {
  bool known = false;  // whether the interpreter ran at all
  std::string version;
  bool has_pytest = false, has_pytest_cov = false;
  bool before_3_14 = false;
};

// Adds what it finds: whether the interpreter is supported, and whether a program's lines and branches arrive.
Facts probe(const runs::Interpreter& interpreter, const std::filesystem::path& collector, Findings& findings);

}  // namespace branchlight::cli
