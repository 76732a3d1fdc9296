// The command line: one binary, a table of subcommands.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "server/cli/commands.h"

namespace branchlight::cli {
namespace {

bool takes_value(const CLI::App& app, const std::string& word, bool& known) {
  const std::size_t equals = word.find('=');
  const CLI::Option* option = app.get_option_no_throw(word.substr(0, equals));
  known = option != nullptr;
  return known && equals == std::string::npos && option->get_items_expected_max() > 0;
}

// Our own options come first; the first word that is none of them begins the other command line.
struct Split {
  std::vector<std::string> ours, theirs;
};
Split split(const Subcommand& command, const std::vector<std::string>& words) {
  Split result;
  std::size_t i = 0;
  for (; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (word.empty() || word[0] != '-' || word == "-m") break;
    bool known = false;
    const bool value = takes_value(*command.app, word, known);
    if (!known && command.words == Subcommand::Words::pytest_arguments) break;
    result.ours.push_back(word);
    if (value && i + 1 < words.size()) result.ours.push_back(words[++i]);
  }
  result.theirs.assign(words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return result;
}

int wrong(const std::string& command, const std::string& text) {
  complain(command, text);
  std::cerr << "Try: branchlight " << (command.empty() ? "" : command + " ") << "--help\n";
  return wrong_use;
}

// Parses what is the subcommand's own, without the words that are somebody else's.
int dispatch(CLI::App& app, const std::vector<Subcommand>& commands, const std::vector<std::string>& arguments) {
  const Subcommand* chosen = nullptr;
  for (const Subcommand& command : commands) {
    if (!arguments.empty() && arguments[0] == command.app->get_name()) chosen = &command;
  }
  if (chosen == nullptr && arguments.empty()) {
    std::cerr << app.help();
    return wrong_use;
  }
  if (chosen == nullptr && arguments[0].compare(0, 1, "-") != 0)
    return wrong("", "there is no command " + arguments[0]);
  Split words{arguments, {}};
  if (chosen != nullptr && chosen->words != Subcommand::Words::none) {
    words = split(*chosen, {arguments.begin() + 1, arguments.end()});
    words.ours.insert(words.ours.begin(), arguments[0]);
  }
  try {
    app.parse(std::vector<std::string>(words.ours.rbegin(), words.ours.rend()));
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return wrong(chosen == nullptr ? "" : chosen->app->get_name(), error.what());
  }
  return chosen->act(words.theirs);
}

class Usage : public CLI::Formatter {
 public:
  explicit Usage(std::string usage) : usage_(std::move(usage)) {}
  std::string make_usage(const CLI::App*, std::string) const override { return "\nUsage: " + usage_ + "\n"; }

 private:
  std::string usage_;
};

}  // namespace

void set_usage(CLI::App& app, const std::string& usage) { app.formatter(std::make_shared<Usage>(usage)); }

void add_backend(CLI::App& app, std::string& backend) {
  app.add_option(
         "--backend", backend,
         "How to measure: events (3.14 and later), markers, or bookkeeping (3.12\nand 3.13, slower); chosen by the "
         "interpreter's version unless said")
      ->check(CLI::IsMember({"events", "markers", "bookkeeping"}))
      ->type_name("B");
}

void complain(const std::string& command, const std::string& text) {
  std::cerr << "branchlight" << (command.empty() ? "" : " " + command) << ": " << text << "\n";
}

int main(int argc, char** argv) {
  CLI::App app{"Live branch coverage for Python."};
  app.name("branchlight");
  app.set_version_flag("--version", "branchlight " BRANCHLIGHT_VERSION);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  set_usage(app, "branchlight COMMAND [OPTIONS]");
  app.footer(
      "\nExamples:\n"
      "  branchlight run -m pytest        run the tests, and note every branch that they take\n"
      "  branchlight report               what they left out\n"
      "  branchlight COMMAND --help       more about a command");
  const std::vector<Subcommand> commands = {add_run(app),    add_watch(app), add_report(app), add_import(app),
                                            add_doctor(app), add_lsp(app),   add_env(app),    add_erase(app)};
  try {
    return dispatch(app, commands, {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    complain("", error.what());
    return found_wrong;
  }
}

}  // namespace branchlight::cli

int main(int argc, char** argv) { return branchlight::cli::main(argc, argv); }
