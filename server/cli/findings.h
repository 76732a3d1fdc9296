// What `doctor` has to say: one sentence on what is, and one on what to do about it.
#pragma once

#include <string>
#include <vector>

namespace branchlight::cli {

struct Finding {
  enum class Level { fine, note, wrong } level = Level::fine;
  std::string what;
  std::string advice;  // empty where nothing need be done
};
using Findings = std::vector<Finding>;

inline void fine(Findings& to, std::string what) { to.push_back({Finding::Level::fine, std::move(what), {}}); }
inline void note(Findings& to, std::string what, std::string advice) {
  to.push_back({Finding::Level::note, std::move(what), std::move(advice)});
}
inline void wrong(Findings& to, std::string what, std::string advice) {
  to.push_back({Finding::Level::wrong, std::move(what), std::move(advice)});
}

}  // namespace branchlight::cli
