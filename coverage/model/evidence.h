// What is known of each file: evidence, by owner. Verdicts follow from it: verdicts.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "coverage/mapping/mapping.h"
#include "coverage/model/flat_set.h"
#include "coverage/model/shared_name.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::model {

// Whose evidence it is: a test, or what ran outside of tests; or what coverage.py measured, in no test that it names.
struct Owner {
  enum class Kind : std::uint8_t { command, test, imported } kind{};
  // test: its id. command: working directory and command line, as a person would read it. imported: coverage.py's
  // context, empty where it had none
  SharedName name;
  friend auto operator<=>(const Owner&, const Owner&) = default;
};

// What one owner took in one file, in terms of that file's syntax.
struct Evidence {
  FlatSet<std::uint32_t> lines;  // 1-based
  FlatSet<mapping::ArmRef> arms;
  FlatSet<std::uint32_t> scopes;  // that were entered
  void add(const Evidence& other);
  friend bool operator==(const Evidence&, const Evidence&) = default;
  bool empty() const { return lines.empty() && arms.empty() && scopes.empty(); }
};

// A data file of coverage.py that evidence was read from. Such evidence is not live: no run of ours has seen it.
struct Import {
  std::string file;              // from the workspace root on, where it lies below it
  std::int64_t measured_ns = 0;  // since 1970: when it was last written
  bool branches = false;         // false: it holds lines alone, so that nothing is known of any branch
  friend bool operator==(const Import&, const Import&) = default;
};
// ".coverage, measured 2026-02-03 14:05", in local time.
std::string origin(const Import& import);

struct FileKnowledge {
  std::string path;             // absolute
  syntax::SharedSyntax syntax;  // of the text that the evidence belongs to
  std::map<Owner, Evidence> settled;
  std::optional<Import> imported;  // where all of `settled` comes from; the first hit of a run takes that away
  std::map<std::string, std::map<Owner, Evidence>> running;  // by run id, as in the log's header, hexadecimal
  FlatSet<mapping::ArmRef> absent;  // arms that no compiled code has, although the text seems to
  bool since_3_14 = false;          // a CPython from 3.14 on has run this text
  std::uint64_t unmatched = 0;      // hits of another text of this file (it was changed since); kept out of all else
  std::uint64_t revision = 0;       // grows with every change that can be seen
};

// Whether a statement is one: an annotation that compiles to nothing from 3.14 on is none where such a CPython has run
// the file, even if something asked for the annotations, and so ran its line.
inline bool is_statement(const FileKnowledge& file, const syntax::Statement& statement) {
  return !(statement.before_3_14_only && file.since_3_14);
}

}  // namespace branchlight::model
