// `branchlight lsp`: speaks the Language Server Protocol with one client until it leaves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace branchlight::session {

struct Options {
  std::string log_level = "info";               // a name of spdlog's: trace, debug, info, warn, error, off
  std::optional<std::filesystem::path> socket;  // listen on this Unix socket, for one client
  std::optional<std::uint16_t> port;            // listen on this port of the loopback, for one client; 0: any, logged
  std::filesystem::path collector;              // the folder that `branchlight run` puts on PYTHONPATH
  std::filesystem::path program;                // our own executable: runs are started as `program run …`
};

// With neither socket nor port: standard input and output. Logs go to standard error. Returns the exit status: 0
// after `shutdown` and `exit`, else 1.
int serve(const Options& options);

}  // namespace branchlight::session
