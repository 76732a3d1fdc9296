#include "coverage/model/run.h"

#include "coverage/model/command.h"

namespace branchlight::model {

std::optional<Owner> Run::add_process(std::string_view process_json, std::uint64_t created) {
  if (created >= command_created_) return std::nullopt;
  command_created_ = created;
  Owner before = std::exchange(command_, command_owner(process_json));
  if (before == command_) return std::nullopt;
  return before;
}

void Run::end_test(const std::string& id, hitlog::Outcome outcome) {
  if (outcome == hitlog::Outcome::interrupted) unfinished_.insert(id);
  const auto [found, is_new] = outcomes_.try_emplace(id, outcome);
  if (!is_new) {
    if (auto* before = count_of(found->second)) --*before;
    found->second = outcome;
  }
  if (auto* now = count_of(outcome)) ++*now;
}

std::uint64_t* Run::count_of(hitlog::Outcome outcome) {
  switch (outcome) {
    case hitlog::Outcome::passed: return &tests_.passed;
    case hitlog::Outcome::failed: return &tests_.failed;
    case hitlog::Outcome::skipped: return &tests_.skipped;
    case hitlog::Outcome::interrupted: return nullptr;
  }
  return nullptr;
}

bool Run::replaces(const Owner& owner, bool passed) const {
  if (settled_before_) return false;
  if (owner.kind != Owner::Kind::test) return passed && owner == command_;
  const auto outcome = outcomes_.find(owner.name);
  return outcome != outcomes_.end() && outcome->second == hitlog::Outcome::passed && !unfinished_.contains(owner.name);
}

}  // namespace branchlight::model
