#include "coverage/model/shared_parts.h"

#include <cstddef>

namespace branchlight::model {

namespace {

constexpr std::uint32_t import = 0;
constexpr std::size_t deepest = 64;  // fixtures need fixtures; no sound log goes on like this

}  // namespace

void SharedParts::begin(std::uint32_t part) {
  if (open_.size() < deepest) open_.push_back(part);
}

void SharedParts::end(std::uint32_t part, const Owner& command, const Give& give) {
  if (!open_.empty() && open_.back() == part) end_innermost(command, give);
}

void SharedParts::end_all(const Owner& command, const Give& give) {
  while (!open_.empty()) end_innermost(command, give);
}

void SharedParts::end_innermost(const Owner& command, const Give& give) {
  const std::uint32_t part = open_.back();
  open_.pop_back();
  const auto found = parts_.find(part);
  if (found == parts_.end()) return;
  const auto& [evidence, users] = found->second;
  if (part != import) {
    for (const SharedName& user : users) give(evidence, {Owner::Kind::test, user});
    return;
  }
  give(evidence, command);
  parts_.erase(found);
}

void SharedParts::use(std::uint32_t part, const Owner& test, const Give& give) {
  const auto found = parts_.find(part);
  if (found != parts_.end() && found->second.users.insert(test.name).second) give(found->second.evidence, test);
}

}  // namespace branchlight::model
