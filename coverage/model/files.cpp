#include "coverage/model/files.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "coverage/model/carry_evidence.h"

namespace branchlight::model {

namespace {

constexpr std::size_t most_orphans = 10'000;

}  // namespace

FileKnowledge* Files::find(const std::string& path) {
  const auto found = known_.find(path);
  return found == known_.end() ? nullptr : found->second.get();
}

FileState& Files::state(const std::string& path) {
  auto& slot = states_[path];
  if (!slot) slot = std::make_unique<FileState>(path);
  return *slot;
}

const FileState* Files::find_state(const std::string& path) const {
  const auto found = states_.find(path);
  return found == states_.end() ? nullptr : found->second.get();
}

syntax::SharedSyntax Files::parse(const std::string& path, std::uint64_t content_hash) {
  auto text = texts_.find(path, content_hash);
  return text ? syntax::parse(std::move(text)) : nullptr;
}

void Files::install(FileState& file, syntax::SharedSyntax syntax, std::uint64_t content_hash) {
  if (file.known()) {
    file.replace_text(std::move(syntax), content_hash);
  } else {
    auto& slot = known_[file.path()];
    slot = std::make_unique<FileKnowledge>();
    slot->path = file.path();
    slot->syntax = std::move(syntax);
    file.attach(slot.get(), content_hash);
  }
  ++moves_;
  mark_changed(file);
}

void Files::restore(FileKnowledge file) {
  if (!file.syntax) return;
  FileState& to = state(file.path);
  if (file.imported && to.known() && !to.known()->running.empty()) return;  // a run knows better
  const std::uint64_t content_hash = file.syntax->text->content_hash();
  auto& slot = known_[file.path];
  if (slot && !to.has_text(content_hash)) {
    // The text that is known came from a log, and is newer than what the state had kept.
    carry_evidence(file, slot->syntax);
    slot->settled = std::move(file.settled);
    slot->imported = std::move(file.imported);
    to.recount();
  } else {
    if (slot) {
      file.running = std::move(slot->running);
      file.revision = std::max(file.revision, slot->revision);
      file.since_3_14 = file.since_3_14 || slot->since_3_14;
      file.syntax = slot->syntax;
    }
    slot = std::make_unique<FileKnowledge>(std::move(file));
    to.attach(slot.get(), content_hash);
  }
  ++moves_;
  mark_changed(to);
}

void Files::forget() {
  for (const auto& [path, file] : known_) changed_.insert(path);
  for (auto& [path, file] : states_) file->detach();
  known_.clear();
  orphans_.clear();
  known_orphans_.clear();
  unmatched_.clear();
  ++moves_;
}

void Files::rename(const std::string& run, const Owner& before, const Owner& now) {
  for (auto& [path, file] : known_) {
    const auto running = file->running.find(run);
    if (running == file->running.end()) continue;
    const auto old = running->second.find(before);
    if (old == running->second.end()) continue;
    running->second[now].add(old->second);
    running->second.erase(before);
  }
  ++moves_;
}

void Files::settle(const Run& run, bool passed) {
  for (auto& [path, file] : states_)
    if (file->known() && file->settle(run, passed)) mark_changed(*file);
  ++moves_;
}

void Files::mark_changed(FileState& file) {
  ++file.known()->revision;
  changed_.insert(file.path());
}

std::vector<std::string> Files::take_changed() {
  const auto taken = std::exchange(changed_, {});
  return {taken.begin(), taken.end()};
}

void Files::add_orphan(const std::string& path, std::uint32_t line, std::string what) {
  if (orphans_.size() >= most_orphans) return;
  if (!known_orphans_.insert(path + ':' + std::to_string(line) + ':' + what).second) return;
  orphans_.push_back({path, line, std::move(what)});
}

void Files::count_unmatched(FileState& file) {
  if (file.known())
    ++file.known()->unmatched;
  else
    ++unmatched_[file.path()];
}

}  // namespace branchlight::model
