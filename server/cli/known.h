// What is known below one root, brought up to date: the state, and on top of it every run that its folder holds.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "coverage/model/knowledge.h"
#include "server/runs/follower.h"
#include "server/runs/workspace.h"
#include "server/state/store.h"
#include "server/state/texts.h"

namespace branchlight::cli {

class Known {
 public:
  // What a caller wants to hear of the runs: `explain` reads again what is folded already, and keeps every hit.
  enum class Detail { verdicts, hits };
  static std::variant<std::unique_ptr<Known>, state::StoreError> open(const runs::Workspace& workspace,
                                                                      Detail detail = Detail::verdicts);

  // Reads what is there, and folds the runs that have ended into the state. True: something was new.
  bool catch_up();
  // As catch_up(), in small steps, for those who go on looking.
  bool poll();

  // True once after another process has erased the state or imported into it: what is known should be opened anew.
  bool erased_elsewhere() { return store_.erased_elsewhere(); }

  const runs::Workspace& workspace() const { return workspace_; }
  model::Knowledge& knowledge() { return knowledge_; }
  runs::Follower& follower() { return *follower_; }
  // What the state could not keep; and that with the logs that could not be read. A line each.
  const std::vector<std::string>& warnings() const { return store_.warnings(); }
  std::vector<std::string> problems() const;
  // Runs that ended since the last call.
  std::vector<runs::RunInfo> take_ended();

 private:
  Known(const runs::Workspace& workspace, state::Store store);
  bool fold();

  runs::Workspace workspace_;
  state::Store store_;
  state::Texts texts_;
  model::Knowledge knowledge_;
  std::unique_ptr<runs::Follower> follower_;
  std::set<std::string> folded_;
  std::vector<runs::RunInfo> ended_;
};

}  // namespace branchlight::cli
