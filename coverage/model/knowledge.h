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

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/model/evidence.h"
#include "coverage/model/verdicts.h"
#include "coverage/text/source_text.h"

namespace branchlight::model {

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

  // `log` names the log (its file name); `run` the run id in hexadecimal. A record counts at once.
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
