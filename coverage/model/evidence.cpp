#include "coverage/model/evidence.h"

#include <ctime>

namespace branchlight::model {

void Evidence::add(const Evidence& other) {
  lines.merge(other.lines);
  arms.merge(other.arms);
  scopes.merge(other.scopes);
}

std::string origin(const Import& import) {
  const auto seconds = static_cast<std::time_t>(import.measured_ns / 1'000'000'000);
  std::tm local{};
  localtime_r(&seconds, &local);
  char when[32];
  return import.file + ", measured " + std::string(when, std::strftime(when, sizeof when, "%Y-%m-%d %H:%M", &local));
}

}  // namespace branchlight::model
