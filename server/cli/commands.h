// The subcommands: each adds itself to the parser and says what it does when chosen. One file each.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace branchlight::cli {

inline constexpr int success = 0;
inline constexpr int found_wrong = 1;  // a report below its limit, trouble that doctor found
inline constexpr int wrong_use = 2;

struct Subcommand {
  CLI::App* app = nullptr;
  // Takes the words after the options where the command has such (`run`, `watch`); returns the exit status.
  std::function<int(const std::vector<std::string>& words)> act;
  // Whether words of somebody else's command line follow, which the parser must not touch.
  enum class Words { none, command, pytest_arguments } words = Words::none;
};

Subcommand add_run(CLI::App& parent);
Subcommand add_env(CLI::App& parent);
Subcommand add_report(CLI::App& parent);
Subcommand add_import(CLI::App& parent);
Subcommand add_doctor(CLI::App& parent);
Subcommand add_erase(CLI::App& parent);
Subcommand add_lsp(CLI::App& parent);
Subcommand add_watch(CLI::App& parent);

// What `--help` shows as the shape of the command line.
void set_usage(CLI::App& app, const std::string& usage);

// --backend, the same for every command that starts a Python.
void add_backend(CLI::App& app, std::string& backend);

// "branchlight run: …" to standard error.
void complain(const std::string& command, const std::string& text);

}  // namespace branchlight::cli
