// The lines that do not count, and the lines whose branches may be partial, as coverage.py finds them.
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "coverage/configuration/settings.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::configuration {

struct Exclusions {
  std::set<std::uint32_t> lines;      // of statements the first; comments and blank lines that a pattern matched too
  std::set<std::uint32_t> no_branch;  // lines whose branches may be partial
  bool gave_up = false;               // a pattern takes too long on this text: it left out nothing further

  bool statement(const syntax::Statement& statement) const { return lines.contains(statement.first_line); }
  // Whether a site may be said to be partial: neither it nor what it leads to is left out.
  bool site(const syntax::Syntax& syntax, const syntax::Site& site) const;
  bool scope(const syntax::Syntax& syntax, const syntax::Scope& scope) const;
};

using SharedExclusions = std::shared_ptr<const Exclusions>;

// A pure function of both. It takes about a millisecond for a thousand lines.
Exclusions find_exclusions(const syntax::Syntax& syntax, const Settings& settings);

}  // namespace branchlight::configuration
