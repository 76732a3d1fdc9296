#include "server/session/serve.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <memory>

#include "server/session/loop.h"

namespace branchlight::session {
namespace {

// spdlog's own default logger writes to standard output, which belongs to the protocol.
void log_to_standard_error(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("branchlight", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%H:%M:%S.%e %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

Connection connect(const Options& options) {
  if (options.socket) return accept_on(*options.socket);
  if (options.port) return accept_on(*options.port);
  return {};
}

}  // namespace

int serve(const Options& options) {
  log_to_standard_error(options.log_level);
  try {
    return run_loop(connect(options), options.program);
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return 1;
  }
}

}  // namespace branchlight::session
