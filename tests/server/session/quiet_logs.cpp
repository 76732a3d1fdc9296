// The tests make the session complain on purpose.
#include <spdlog/spdlog.h>

namespace {
[[maybe_unused]] const bool quiet = (spdlog::set_level(spdlog::level::off), true);
}
