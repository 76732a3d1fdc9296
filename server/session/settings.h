// What a user can choose. They come with `initialize` and with every `workspace/didChangeConfiguration`, bare or below
// "branchlight"; what a message leaves out stays as it is, and null is the default.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/lsp/types.h"
#include "server/features/inlay_hints.h"
#include "server/session/world.h"

namespace branchlight::session {

struct Settings {
  enum class Show : std::uint8_t { both, hints, diagnostics } show = Show::both;
  features::HintsShown hints = features::HintsShown::partial;
  lsp::DiagnosticSeverity severity = lsp::DiagnosticSeverity::information;
  std::string python;  // empty: found by itself
  std::vector<std::string> testArgs;
  Milliseconds notYetAfter{1000};
  bool trusted = true;

  bool shows_hints() const { return show != Show::diagnostics && hints != features::HintsShown::off; }
  bool shows_diagnostics() const { return show != Show::hints; }
};

// Returns what could not be taken, each a sentence for the user; such a setting keeps its value (but `trusted` is then
// false: what is no clear yes is a no).
std::vector<std::string> apply(Settings& settings, const lsp::Json& json);

}  // namespace branchlight::session
