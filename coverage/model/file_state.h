// One file while records come in: what is known of it, and what has to be at hand so that a hit costs little. Private
// to the model.
//
// A hit is visible only when it changes a verdict. `Seen` holds the union of all owners' evidence for that question
// alone; it is derived, and made anew whenever evidence is taken away.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/mapping/mapping.h"
#include "coverage/model/evidence.h"
#include "coverage/model/explain.h"

namespace branchlight::model {

class Run;

// A code object as one interpreter compiled it, mapped once however many processes report it.
struct SharedCode {
  std::string name;
  std::string interpreter;
  mapping::MappedCode mapped;
  std::vector<std::set<Taken>> taken = {};  // by trail; sets are empty unless hits are remembered
  bool noted = false;                       // note_arms has had it
};

// A file's markers as one interpreter's compiler left them.
struct SharedMarkers {
  std::string interpreter;
  std::vector<hitlog::MarkerRecord> records;
  std::vector<std::optional<mapping::ArmRef>> arms;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_line =
      {};  // line whose hit stands for a marker, marker; ordered
  std::vector<std::set<Taken>> taken = {};
  bool noted = false;
};

class FileState {
 public:
  explicit FileState(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // Null: nothing is known (not yet, or it was forgotten).
  FileKnowledge* known() { return known_; }
  const FileKnowledge* known() const { return known_; }
  bool has_text(std::uint64_t content_hash) const { return known_ && content_hash_ == content_hash; }

  // `known` lives in Files.
  void attach(FileKnowledge* known, std::uint64_t content_hash);
  void detach();
  // A newer text: evidence is carried over as far as its functions are the same.
  void replace_text(syntax::SharedSyntax syntax, std::uint64_t content_hash);

  // Each of these is true if a verdict changed.
  bool take_line(Evidence& evidence, std::uint32_t line);
  bool take_arm(Evidence& evidence, mapping::ArmRef arm);
  bool take_scope(Evidence& evidence, std::uint32_t scope);
  // What a code object has of a scope's arms, and what it lacks.
  bool note_arms(SharedCode& code);
  bool note_arms(SharedMarkers& markers);
  // What was imported gives way to a run as a whole: no verdict rests on both.
  void drop_import(bool since_3_14);
  // The run has ended. True if a verdict changed.
  bool settle(const Run& run, bool passed);
  // After evidence was taken away or put back.
  void recount();

  std::shared_ptr<SharedCode> code(const hitlog::CodeDefinition& definition, const mapping::OpcodeTable& opcodes,
                                   std::uint32_t interpreter);
  std::shared_ptr<SharedMarkers> markers(const std::vector<hitlog::MarkerRecord>& records, std::uint32_t interpreter);

  std::vector<SiteExplanation> explain(std::uint32_t line) const;

 private:
  struct Seen {
    std::vector<bool> lines;
    std::vector<bool> statements;
    std::array<std::vector<bool>, 2> arms;
    std::vector<bool> scopes;
  };
  void index_text();
  void see(const Evidence& evidence);
  bool see_line(std::uint32_t line);
  bool set_exists(mapping::ArmRef arm, bool exists);

  std::string path_;
  FileKnowledge* known_ = nullptr;
  std::uint64_t content_hash_ = 0;
  Seen seen_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> statement_lines_;  // line, statement that it stands for; ordered
  FlatSet<mapping::ArmRef> present_;                                      // arms that some compiled code has
  std::unordered_map<std::string, std::shared_ptr<SharedCode>> codes_;
  std::unordered_map<std::string, std::shared_ptr<SharedMarkers>> markers_;
};

// "3.14.2" of a sys.hexversion.
std::string interpreter_name(std::uint32_t hexversion);

}  // namespace branchlight::model
