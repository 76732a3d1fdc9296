// What is known: for each file the evidence, by owner, and the verdicts that follow from it.
//
// Owned by one thread. Positives stream: evidence of runs that are under way counts at once. Negatives settle: what
// did not happen is only known when a run has ended. Verdicts are derived, never stored.
//
// One text a file. A log that defines the file with another text than the one known brings the new text in, and the
// older evidence is carried over as far as its functions are the same (freshness/carry.h); hits that still come in
// terms of an older text are counted in `unmatched` and kept out. A forked child repeats its parent's definitions:
// they are as old as the parent's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/hitlog/reader.h"
#include "coverage/mapping/mapping.h"
#include "coverage/model/flat_set.h"
#include "coverage/syntax/syntax.h"

namespace branchlight::model {

// Text that many things are named by: copies share it. Never changes, so any thread may hold a copy.
class SharedName {
 public:
  SharedName() = default;
  SharedName(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  SharedName(const char* text) : SharedName(std::string(text)) {}
  const std::string& text() const {
    static const std::string none;
    return text_ ? *text_ : none;
  }
  operator const std::string&() const { return text(); }
  bool empty() const { return text().empty(); }
  friend bool operator==(const SharedName& a, const SharedName& b) {
    return a.text_ == b.text_ || a.text() == b.text();
  }
  friend std::strong_ordering operator<=>(const SharedName& a, const SharedName& b) {
    return a.text_ == b.text_ ? std::strong_ordering::equal : a.text() <=> b.text();
  }

 private:
  std::shared_ptr<const std::string> text_;  // null: empty
};

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

// Whether a statement is one: an annotation that compiles to nothing from 3.14 on is none where such a CPython has run
// the file, even if something asked for the annotations, and so ran its line.
inline bool is_statement(const FileKnowledge& file, const syntax::Statement& statement) {
  return !(statement.before_3_14_only && file.since_3_14);
}

// A trail or marker that found no site; listed by `report --explain` and `doctor`, never dropped in silence.
struct Orphan {
  std::string path;
  std::uint32_t line = 0;
  std::string what;
};

// Finds the text of a file: by path and by the hash that the log names. None: not to be had (the file has changed
// since), and then its hits are kept out of the verdicts and counted in `unmatched`.
class TextSource {
 public:
  virtual ~TextSource() = default;
  virtual text::SharedText find(const std::string& path, std::uint64_t content_hash) = 0;
};

struct SiteExplanation;

class Knowledge {
 public:
  explicit Knowledge(TextSource& texts);
  ~Knowledge();

  // `log` names the log (its file name); `run` the run id in hexadecimal. A record is folded in at once.
  void apply(const std::string& log, const std::string& run, const hitlog::Header& header,
             const hitlog::Record& record);
  // The process behind this log is gone. A test that it left open is interrupted.
  void end_log(const std::string& log);
  // The whole run has ended. Evidence of an owner that ran again and passed replaces the settled one; a test that
  // failed, was skipped or interrupted only adds; so does the command, outside of tests, unless it `passed`: exited
  // with 0. Records that come after the end (a child that lives on) only add, at the next settle().
  void settle(const std::string& run, bool passed);

  const std::map<std::string, std::unique_ptr<FileKnowledge>>& files() const;
  FileKnowledge* find(const std::string& path);
  // Puts back what the state had kept.
  void restore(FileKnowledge file);
  void forget();
  // Files whose verdicts changed since the last call, by path. One more test that takes an arm that was taken before
  // is no such change.
  std::vector<std::string> take_changed();
  const std::vector<Orphan>& orphans() const;
  // Hits of files whose text could not be found, by path.
  const std::map<std::string, std::uint64_t>& unmatched() const;
  struct TestCounts {
    std::uint64_t passed = 0, failed = 0, skipped = 0;
  };
  TestCounts tests(const std::string& run) const;

  // What collectors could not record in this run, and why, in words.
  std::vector<std::string> notes(const std::string& run) const;

  // From now on, keep for explain() which jump or marker each hit came from. Costs memory for each hit.
  void remember_hits();
  // The sites whose header holds the line, with all that led to their verdicts; none: no branch there, or the file is
  // not known. See explain.h.
  std::vector<SiteExplanation> explain(const std::string& path, std::uint32_t line) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace branchlight::model
