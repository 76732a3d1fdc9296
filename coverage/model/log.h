// One hit log while its records come in: what its numbers stand for, whose its hits are, and what each of them shows.
// Private to the model.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "coverage/hitlog/reader.h"
#include "coverage/mapping/mapping.h"
#include "coverage/model/files.h"
#include "coverage/model/run.h"
#include "coverage/model/shared_parts.h"

namespace branchlight::model {

class Log;
using Logs = std::map<std::string, Log>;  // by the name of their files

class Log {
 public:
  // `logs` are all that are read, this one too: the log of a forked child goes by what its parent's has defined.
  Log(const hitlog::Header& header, Run& run, Files& files, const Logs& logs);

  void apply(const hitlog::Record& record);
  // The process is gone. A test that it left open is interrupted.
  void end();
  bool ended() const { return ended_; }
  const Run& run() const { return run_; }
  // What several tests share is forgotten with the files.
  void forget_shared() { shared_.forget(); }

 private:
  // When a pointer to evidence was found.
  struct Stamp {
    std::uint64_t owners = 0, moves = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  // A file as this log defined it.
  struct File {
    std::uint32_t number = 0;
    std::string path;
    std::uint64_t content_hash = 0;
    syntax::SharedSyntax syntax;  // null: its text was not to be had, or is older than the one known
    FileState* state = nullptr;
    std::shared_ptr<SharedMarkers> markers = nullptr;
    Evidence* evidence = nullptr;  // that the present owner has of this file
    Stamp stamp = {};              // of `evidence`
  };
  struct Code {
    std::uint32_t file = 0;
    std::shared_ptr<SharedCode> shared;  // null where the file has no syntax
  };

  void read(const hitlog::ProcessDefinition& definition);
  void read(const hitlog::FileDefinition& definition);
  void read(const hitlog::CodeDefinition& definition);
  void read(const hitlog::OpcodesDefinition& definition);
  void read(const hitlog::MarkersDefinition& definition);
  void read(const hitlog::TestDefinition& definition);
  void read(const hitlog::Note& note);
  void read(const hitlog::TestBegin& begin);
  void read(const hitlog::TestEnd& end);
  void read(const hitlog::SharedBegin& begin);
  void read(const hitlog::SharedEnd& end);
  void read(const hitlog::SharedUse& use);
  void read(const hitlog::LineHit& hit);
  void read(const hitlog::ArmHit& hit);
  void read(const hitlog::JumpHit& hit);
  void read(const hitlog::CallHit& hit);

  bool since_3_14() const;
  bool parent_defined(const hitlog::FileDefinition& definition) const;
  bool ready(File& file);
  const Owner& owner() const { return test_ ? *test_ : run_.command(); }
  void set_test(std::optional<Owner> test);
  void leave_test();
  SharedParts::Give give();
  Evidence& evidence(File& file);
  Evidence& find_evidence(File& file, const Stamp& now);
  void take(File& file, mapping::ArmRef arm);
  File* find_file(std::uint32_t number);
  std::pair<File*, SharedCode*> find_code(std::uint32_t number);
  void remember(std::set<Taken>& taken) const;

  Run& run_;
  Files& files_;
  const Logs& logs_;
  std::uint32_t process_id_, parent_process_id_, interpreter_;
  std::uint64_t created_;
  std::optional<mapping::OpcodeTable> opcodes_;
  std::unordered_map<std::uint32_t, File> defined_files_;
  std::unordered_map<std::uint32_t, Code> codes_;
  std::unordered_map<std::uint32_t, SharedName> tests_;
  std::optional<Owner> test_;  // that is running
  bool inherited_ = false;     // by a fork: its end stands in the parent's log
  std::uint64_t owners_ = 1;   // how many there were; from 1 on, so that no file's first stamp is right
  SharedParts shared_;
  bool ended_ = false;
};

}  // namespace branchlight::model
