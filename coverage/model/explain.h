// Everything that led to a verdict, for `report --explain FILE:LINE`: what Knowledge::explain gives. Pure data, which
// the command line prints.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "coverage/model/evidence.h"
#include "coverage/model/verdicts.h"

namespace branchlight::model {

// Who took something, and in which run.
struct Taken {
  std::string run;  // hexadecimal
  Owner owner;
  friend auto operator<=>(const Taken&, const Taken&) = default;
};

// A direction of a jump in compiled code, or a marker, that was put to the site; with what it came to.
struct Cause {
  std::string code;          // qualified name of the code object; of a marker: empty
  std::string interpreter;   // "3.14.2"
  std::uint32_t offset = 0;  // of the jump in the bytecode; of a marker: its index in the file
  bool marker = false;
  bool jumped = false;
  std::string reason;
  bool orphan = false;
  // Filled for runs that were read after Knowledge::remember_hits.
  std::vector<Taken> taken;
};

struct ArmExplanation {
  syntax::Arm arm{};
  bool exists = true;   // as the text has it
  bool absent = false;  // the compiled code does not have it
  bool taken = false;
  std::vector<Owner> settled;  // whose evidence of ended runs has it
  std::vector<Taken> running;  // of runs that are under way
  std::vector<Cause> causes;
};

struct SiteExplanation {
  std::string path;
  std::uint32_t site = 0;  // index into Syntax::sites
  syntax::SiteKind kind{};
  std::uint32_t line = 0;
  std::string scope;  // qualified name
  std::string test;   // its text
  SiteVerdict verdict;
  std::array<ArmExplanation, 2> arms;  // by Arm
  std::vector<Cause> undecided;        // in its test, but of no arm: short circuits, comprehensions, orphans
};

}  // namespace branchlight::model
