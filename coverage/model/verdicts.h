// What follows from a file's evidence. Nothing here is stored.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/mapping/mapping.h"
#include "coverage/model/evidence.h"

namespace branchlight::model {

enum class SiteState : std::uint8_t { unreached, partial, full };

struct SiteVerdict {
  SiteState state{};
  std::array<bool, 2> taken{};  // by Arm
  std::array<bool, 2> exists{true, true};
  bool settled = true;  // false: one-sided only in a run that has not ended: "not yet"
  friend bool operator==(const SiteVerdict&, const SiteVerdict&) = default;
};

struct FileVerdicts {
  std::vector<SiteVerdict> sites;  // by site
  std::vector<bool> called;        // by scope
  std::vector<bool> executed;      // by statement
  friend bool operator==(const FileVerdicts&, const FileVerdicts&) = default;
};

FileVerdicts verdicts(const FileKnowledge& file);
// The owners that took an arm, tests first, in the order of their names.
std::vector<Owner> takers(const FileKnowledge& file, mapping::ArmRef arm);

struct Totals {
  std::uint64_t arms = 0, arms_taken = 0, statements = 0, statements_executed = 0, partial_sites = 0;
};
Totals operator+(const Totals& a, const Totals& b);
// Of what counts.
Totals totals(const FileKnowledge& file, const configuration::Exclusions& exclusions = {});

}  // namespace branchlight::model
