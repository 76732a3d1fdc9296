// Since when each site of a file has gone one way only, in a run that has not ended. A claim of "not yet" waits until
// that has lasted a while, so that a test suite does not make the page flicker.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "coverage/model/verdicts.h"
#include "server/session/world.h"

namespace branchlight::session {

class OneSided {
 public:
  // The sites that have been one-sided for `after` or longer.
  std::set<std::uint32_t> update(const model::FileKnowledge& file, const model::FileVerdicts& verdicts, TimePoint now,
                                 Milliseconds after);
  // When the next one will have been.
  std::optional<TimePoint> next() const { return next_; }

 private:
  syntax::SharedSyntax syntax_;  // sites are numbered by it
  std::map<std::uint32_t, TimePoint> since_;
  std::optional<TimePoint> next_;
};

}  // namespace branchlight::session
