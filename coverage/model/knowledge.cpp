#include "coverage/model/knowledge.h"

#include "coverage/model/explain.h"
#include "coverage/model/files.h"
#include "coverage/model/log.h"
#include "coverage/model/run.h"

namespace branchlight::model {

struct Knowledge::State {
  explicit State(TextSource& texts) : files(texts) {}

  Files files;
  std::map<std::string, Run> runs;
  Logs logs;
  Log* last = nullptr;  // records come in long rows from one log
  std::string last_name;

  Log& log(const std::string& name, const std::string& run, const hitlog::Header& header) {
    return last && last_name == name ? *last : find_log(name, run, header);
  }
  Log& find_log(const std::string& name, const std::string& run, const hitlog::Header& header);
};

Log& Knowledge::State::find_log(const std::string& name, const std::string& run, const hitlog::Header& header) {
  auto found = logs.find(name);
  if (found == logs.end())
    found = logs.try_emplace(name, header, runs.try_emplace(run, run).first->second, files, logs).first;
  last = &found->second;
  last_name = name;
  return *last;
}

Knowledge::Knowledge(TextSource& texts) : state_(std::make_unique<State>(texts)) {}
Knowledge::~Knowledge() = default;

void Knowledge::apply(const std::string& log, const std::string& run, const hitlog::Header& header,
                      const hitlog::Record& record) {
  state_->log(log, run, header).apply(record);
}

void Knowledge::end_log(const std::string& log) {
  if (const auto found = state_->logs.find(log); found != state_->logs.end()) found->second.end();
}

void Knowledge::settle(const std::string& run_id, bool passed) {
  const auto found = state_->runs.find(run_id);
  if (found == state_->runs.end()) return;
  Run& run = found->second;
  state_->files.settle(run, passed);
  run.set_settled();
  // Until now a child of an ended process could still ask what that process had defined.
  std::erase_if(state_->logs, [&](const auto& entry) { return entry.second.ended() && &entry.second.run() == &run; });
  state_->last = nullptr;
}

const std::map<std::string, std::unique_ptr<FileKnowledge>>& Knowledge::files() const { return state_->files.known(); }
FileKnowledge* Knowledge::find(const std::string& path) { return state_->files.find(path); }
void Knowledge::restore(FileKnowledge file) { state_->files.restore(std::move(file)); }

void Knowledge::forget() {
  state_->files.forget();
  for (auto& [name, log] : state_->logs) log.forget_shared();
}

std::vector<std::string> Knowledge::take_changed() { return state_->files.take_changed(); }
const std::vector<Orphan>& Knowledge::orphans() const { return state_->files.orphans(); }
const std::map<std::string, std::uint64_t>& Knowledge::unmatched() const { return state_->files.unmatched(); }

Knowledge::TestCounts Knowledge::tests(const std::string& run) const {
  const auto found = state_->runs.find(run);
  return found == state_->runs.end() ? TestCounts{} : found->second.tests();
}

std::vector<std::string> Knowledge::notes(const std::string& run) const {
  const auto found = state_->runs.find(run);
  return found == state_->runs.end() ? std::vector<std::string>{} : found->second.notes();
}

void Knowledge::remember_hits() { state_->files.remember_hits(); }

std::vector<SiteExplanation> Knowledge::explain(const std::string& path, std::uint32_t line) const {
  const FileState* file = state_->files.find_state(path);
  return file && file->known() ? file->explain(line) : std::vector<SiteExplanation>{};
}

}  // namespace branchlight::model
