// What is known of a file in the terms of coverage.py: statements by their first lines, branches as pairs of lines.
// A line counts as branching where more than one of its exits is left after the exclusions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/exchange/arcs.h"
#include "coverage/model/evidence.h"

namespace branchlight::exchange {

struct Analysis {
  std::set<std::uint32_t> statements, executed, excluded, no_branch;
  std::set<Branch> possible, taken;

  std::vector<std::uint32_t> missing() const;
  std::vector<Branch> executed_branches() const;
  std::vector<Branch> missing_branches() const;
};

Analysis analyze(const model::FileKnowledge& file, const configuration::Exclusions& exclusions);
// What lies on these lines; of the branches, those that begin or end there.
Analysis narrow(const Analysis& whole, const std::set<std::uint32_t>& lines);

struct Numbers {
  std::uint64_t statements = 0, missing = 0, excluded = 0;
  std::uint64_t branches = 0, partial_branches = 0, missing_branches = 0;

  std::uint64_t executed() const { return statements - missing; }
  std::uint64_t executed_branches() const { return branches - missing_branches; }
  double percent() const;  // of statements and branches together
  double percent_statements() const;
  double percent_branches() const;
  Numbers& operator+=(const Numbers& other);
};
Numbers numbers(const Analysis& analysis);

// "99" is never shown as "100", nor something as "0".
std::string display(double percent);
// "3-5, 8->exit, 11": missing lines, runs of statements joined, and branches that no missing line explains.
std::string missing_text(const Analysis& analysis);

}  // namespace branchlight::exchange
