// What may be said about an open buffer: the verdicts of the text that was measured, carried to the text that is being
// edited. Every feature is a pure function of these.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/freshness/carry.h"
#include "coverage/model/verdicts.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::features {

struct SiteMark {
  std::uint32_t site = 0;        // in the buffer's syntax
  std::uint32_t known_site = 0;  // in the syntax that the evidence belongs to
  freshness::Age age{};
  model::SiteVerdict verdict;
  bool one_sided_for_long = false;  // in a run that has not ended: worth a "not yet"
};
struct ScopeMark {
  std::uint32_t scope = 0;
  freshness::Age age{};
  bool called = false;
};
struct StatementMark {
  std::uint32_t statement = 0;
  freshness::Age age{};
  bool executed = false;
};

struct Marks {
  syntax::SharedSyntax syntax;            // the buffer's
  bool settled = false;                   // some run has ended: what did not happen is known too
  std::optional<model::Import> imported;  // not live
  std::vector<SiteMark> sites;            // each list in the order of the buffer
  std::vector<ScopeMark> scopes;
  std::vector<StatementMark> statements;
};

// Without what `exclusions`, of the buffer, leave out. `carry` leads from the file's syntax to the buffer's.
// `one_sided_for_long`: sites of the file's syntax.
Marks marks(const model::FileKnowledge& file, const model::FileVerdicts& verdicts, syntax::SharedSyntax buffer,
            const freshness::Carry& carry, const configuration::Exclusions& exclusions,
            const std::set<std::uint32_t>& one_sided_for_long);

// One thing that did not happen, in the tense that fits.
struct Claim {
  enum class Tense : std::uint8_t {
    never,    // a run has ended without it
    not_yet,  // a run is under way
    was,      // before the edit
  };
  syntax::Arm missing{};
  Tense tense{};
  std::string words;  // "never False"
};

// What is claimed of a site; nothing where all is well, or where nobody wants to hear it (quiet.h).
std::vector<Claim> claims(const Marks& marks, const SiteMark& mark);

}  // namespace branchlight::features
