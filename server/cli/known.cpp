#include "server/cli/known.h"

#include <utility>

#include "server/runs/folder.h"

namespace branchlight::cli {

Known::Known(const runs::Workspace& workspace, state::Store store)
    : workspace_(workspace), store_(std::move(store)), texts_(store_), knowledge_(texts_) {}

std::variant<std::unique_ptr<Known>, state::StoreError> Known::open(const runs::Workspace& workspace, Detail detail) {
  auto store = state::Store::open(workspace.branchlight_dir);
  if (auto* error = std::get_if<state::StoreError>(&store)) return std::move(*error);
  std::unique_ptr<Known> known(new Known(workspace, std::move(std::get<state::Store>(store))));
  std::vector<std::string> folded = known->store_.folded_runs();
  known->folded_.insert(folded.begin(), folded.end());
  for (model::FileKnowledge& file : known->store_.load()) known->knowledge_.restore(std::move(file));
  if (detail == Detail::hits) {
    known->knowledge_.remember_hits();
    folded.clear();
  }
  known->follower_ = std::make_unique<runs::Follower>(workspace.branchlight_dir, known->knowledge_, std::move(folded));
  return known;
}

bool Known::catch_up() {
  const bool news = follower_->catch_up();
  return fold() || news;
}

bool Known::poll() {
  const bool news = follower_->poll();
  return fold() || news;
}

bool Known::fold() {
  const std::vector<runs::RunInfo> ended = follower_->take_ended();
  for (const runs::RunInfo& run : ended) {
    store_.fold(run, knowledge_);
    if (run.has_manifest)
      folded_.insert(run.id);
    else
      folded_.insert(run.logs.begin(), run.logs.end());
    ended_.push_back(run);
  }
  if (!ended.empty()) runs::remove_folded(workspace_.branchlight_dir, folded_);
  return !ended.empty();
}

std::vector<std::string> Known::problems() const {
  std::vector<std::string> all = store_.warnings();
  for (const std::string& problem : follower_->problems())
    all.push_back("not all is known: " + problem + " (`branchlight doctor` says what to do)");
  return all;
}

std::vector<runs::RunInfo> Known::take_ended() { return std::exchange(ended_, {}); }

}  // namespace branchlight::cli
