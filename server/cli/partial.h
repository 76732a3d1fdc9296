// Partial branches in our words, for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/model/evidence.h"

namespace branchlight::cli {

struct PartialBranch {
  std::string file;  // as shown
  std::uint32_t line = 0;
  std::string source;  // the header, on one line, shortened
  std::string never;   // "never False"; "not yet False" while the run goes on
  std::string where;   // "would go to line 12", "would leave total()"
};

// Of one file, in the order of the lines; without what is excluded.
std::vector<PartialBranch> partial_branches(const model::FileKnowledge& file,
                                            const configuration::Exclusions& exclusions, const std::string& shown_as);

std::string one_line(std::string_view source, std::size_t limit);

}  // namespace branchlight::cli
