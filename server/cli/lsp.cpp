// `branchlight lsp`: the language server.
#include "server/cli/commands.h"
#include "server/cli/surroundings.h"
#include "server/runs/process.h"
#include "server/session/serve.h"

namespace branchlight::cli {
namespace {

struct Options {
  session::Options session;
  std::string socket;
  int port = -1;
  bool stdio = false;
};

int lsp(const Options& options) {
  Surroundings here;
  if (const auto problem = look_around("lsp", here)) return *problem;
  session::Options session = options.session;
  if (!options.socket.empty()) session.socket = options.socket;
  if (options.port >= 0) session.port = static_cast<std::uint16_t>(options.port);
  session.collector = here.collector;
  session.program = runs::own_executable();
  return session::serve(session);
}

}  // namespace

Subcommand add_lsp(CLI::App& parent) {
  auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand("lsp", "Speak the Language Server Protocol, over standard input and output");
  set_usage(*app, "branchlight lsp [--socket PATH | --port N] [--log-level L]");
  CLI::Option* socket =
      app->add_option("--socket", options->socket, "Listen on this Unix socket, for one client")->type_name("PATH");
  CLI::Option* port =
      app->add_option("--port", options->port, "Listen on this port of the loopback, for one client; 0: any, logged")
          ->check(CLI::Range(0, 65535))
          ->type_name("N");
  socket->excludes(port);
  app->add_flag("--stdio", options->stdio, "Standard input and output: the default; some editors say it")
      ->excludes(socket)
      ->excludes(port);
  app->add_option("--log-level", options->session.log_level,
                  "What goes to standard error: trace, debug, info, warn, error or off")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->type_name("L");
  app->footer(
      "\nEditors start this by themselves. By hand it is of use for finding out what went wrong:\n"
      "\nExample:\n"
      "  branchlight lsp --port 4444 --log-level debug");
  return {app, [options](const std::vector<std::string>&) { return lsp(*options); }};
}

}  // namespace branchlight::cli
