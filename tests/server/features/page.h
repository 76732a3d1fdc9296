// A fixture, and what an editor would show of it.
//
// Notes say what was measured: `# arms: True` (of the site on this line: those that were taken; a site without the note
// was never reached), `# called: no` (of a function; the others were), `# ran: no` (of a statement; the others did).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coverage/model/evidence.h"
#include "server/features/inlay_hints.h"
#include "server/features/marks.h"
#include "tests/support/fixture.h"

namespace branchlight::test {

struct Measured {
  Fixture fixture;
  model::FileKnowledge file;
};

// As a run has left it that has ended; `running`: as one that goes on shows it so far.
enum class When { settled, running };
Measured measured(std::string_view annotated, When when = When::settled);

// The marks of a buffer that was edited since; without one, of the text itself.
features::Marks marks_of(const Measured& measured, std::optional<std::string> buffer = std::nullopt,
                         bool one_sided_for_long = false);

// A whole file as an editor shows it: hints in «…» at the ends of their lines, diagnostics below theirs.
std::string drawn(const Measured& measured, const features::Marks& marks, features::HintOptions options = {});
std::string drawn(std::string_view annotated);

}  // namespace branchlight::test
