// One run while its logs come in: whose command it is, and how its tests ended. Private to the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "coverage/hitlog/reader.h"
#include "coverage/model/knowledge.h"

namespace branchlight::model {

class Run {
 public:
  explicit Run(std::string id) : id_(std::move(id)) {}

  const std::string& id() const { return id_; }
  // The owner of what runs outside of tests: one a run, that of the process that came first.
  const Owner& command() const { return command_; }
  // A process of this run says what it is; `created` is its log's. The owner that the command was until now, if it is
  // another one now: the child's log had been read before its parent's.
  std::optional<Owner> add_process(std::string_view process_json, std::uint64_t created);

  void end_test(const std::string& id, hitlog::Outcome outcome);
  const Knowledge::TestCounts& tests() const { return tests_; }

  void add_note(std::string text) { notes_.push_back(std::move(text)); }
  const std::vector<std::string>& notes() const { return notes_; }

  // Whether this run's evidence of an owner takes the place of what is settled. See Knowledge::settle.
  bool replaces(const Owner& owner, bool passed) const;
  void set_settled() { settled_before_ = true; }

 private:
  std::uint64_t* count_of(hitlog::Outcome outcome);

  std::string id_;
  Owner command_{Owner::Kind::command, "an unknown command"};
  std::uint64_t command_created_ = UINT64_MAX;                 // of the process that the command's name comes from
  std::unordered_map<std::string, hitlog::Outcome> outcomes_;  // by test id; a test that ran twice: the last one
  std::unordered_set<std::string> unfinished_;                 // tests that a process left open: they only add
  Knowledge::TestCounts tests_;
  std::vector<std::string> notes_;
  bool settled_before_ = false;
};

}  // namespace branchlight::model
