// All files while records come in: which are known, which have changed since somebody asked, and the hits that found no
// place in them. Private to the model.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "coverage/model/file_state.h"
#include "coverage/model/knowledge.h"
#include "coverage/model/run.h"

namespace branchlight::model {

class Files {
 public:
  explicit Files(TextSource& texts) : texts_(texts) {}

  const std::map<std::string, std::unique_ptr<FileKnowledge>>& known() const { return known_; }
  FileKnowledge* find(const std::string& path);
  // Also of a file that is not known; outlives forget().
  FileState& state(const std::string& path);
  const FileState* find_state(const std::string& path) const;
  // Null: this text is not to be had.
  syntax::SharedSyntax parse(const std::string& path, std::uint64_t content_hash);

  // The file has this text from now on.
  void install(FileState& file, syntax::SharedSyntax syntax, std::uint64_t content_hash);
  void restore(FileKnowledge file);
  void forget();
  void rename(const std::string& run, const Owner& before, const Owner& now);
  void settle(const Run& run, bool passed);
  // Grows whenever evidence may stand at another place: pointers to it are void.
  std::uint64_t moves() const { return moves_; }

  void mark_changed(FileState& file);
  std::vector<std::string> take_changed();

  void add_orphan(const std::string& path, std::uint32_t line, std::string what);
  const std::vector<Orphan>& orphans() const { return orphans_; }
  void count_unmatched(FileState& file);
  const std::map<std::string, std::uint64_t>& unmatched() const { return unmatched_; }

  void remember_hits() { remembers_hits_ = true; }
  bool remembers_hits() const { return remembers_hits_; }

 private:
  TextSource& texts_;
  std::map<std::string, std::unique_ptr<FileKnowledge>> known_;
  std::unordered_map<std::string, std::unique_ptr<FileState>> states_;
  std::uint64_t moves_ = 0;
  std::set<std::string> changed_;
  std::vector<Orphan> orphans_;
  std::set<std::string> known_orphans_;
  std::map<std::string, std::uint64_t> unmatched_;
  bool remembers_hits_ = false;
};

}  // namespace branchlight::model
