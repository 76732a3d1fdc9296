// The run that the server started itself: at most one. Shown as progress, where the client can show that, and
// cancelled with SIGINT, then, if that does not help, SIGKILL.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coverage/model/knowledge.h"
#include "server/runs/follower.h"
#include "server/session/client.h"
#include "server/session/world.h"

namespace branchlight::session {

class TestRun {
 public:
  TestRun(World& world, Client& client) : world_(world), client_(client) {}

  void client_shows_progress(bool shows) { with_progress_ = shows; }

  // What could not be started, in words; none: it runs.
  std::optional<std::string> start(const std::vector<std::string>& argv, const std::filesystem::path& root,
                                   const std::string& interpreter);
  bool under_way() const { return child_.has_value(); }
  void cancel();
  // `window/workDoneProgress/cancel`; a token that is not ours is none of our business.
  void cancel(const lsp::Json& token);

  void wrote(const ChildWrote& event);
  void exited(const ChildExited& event);
  // How many tests have ended so far; of a run that began before ours it is ignored.
  void progress(const runs::RunInfo& run, const model::Knowledge::TestCounts& tests);

  void tick();
  std::optional<TimePoint> next_due() const { return kill_at_; }

 private:
  void begin_progress(const std::string& message);
  void report(const lsp::Json& value);
  void log_lines();

  World& world_;
  Client& client_;
  bool with_progress_ = false;

  std::optional<ChildId> child_;
  std::int64_t started_ns_ = 0;
  bool cancelled_ = false;
  std::optional<TimePoint> kill_at_;
  std::string output_;  // of a line that has not ended
  std::deque<std::string> last_lines_;
  model::Knowledge::TestCounts tests_;

  int number_ = 0;               // of the run: makes the token
  bool progress_shown_ = false;  // the client has agreed to the token
  std::string progress_message_;
  TimePoint report_not_before_{};
};

}  // namespace branchlight::session
