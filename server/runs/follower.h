// Follows every run below one `.branchlight` folder, whoever started it: reads the logs of its processes as they
// grow, folds them into the knowledge, and says when a run began, moved on, and ended.
//
// No thread and no timer of its own: the session's loop, `report` and `watch` call poll(). A poll costs one 8-byte
// read for each living log, and a look at the folder at most every `folder_interval`.
//
// In `.branchlight/runs/`: RUN-PID-CREATED.hits, a log (docs/hit-log.md); RUN.json, written by `branchlight run`:
// {"run", "argv", "cwd", "root", "pid", "pid_start", "started_ns", "ended_ns" and "exit" once it has ended}. A run
// without a manifest (started through `branchlight env`) ends when none of its processes lives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coverage/model/knowledge.h"

namespace branchlight::runs {

struct RunInfo {
  std::string id;  // 32 hexadecimal digits
  std::vector<std::string> argv;
  std::string cwd;
  std::int64_t started_ns = 0;  // since 1970
  bool ended = false;
  std::optional<int> exit_status;  // none: it was killed, or has no manifest
  bool has_manifest = false;
  std::vector<std::string> logs;  // file names
  bool passed() const { return ended && exit_status == 0; }
};

class Follower {
 public:
  // `folded` are the runs that the state already holds, or single logs of runs without a manifest: they are not read
  // again.
  Follower(std::filesystem::path branchlight_dir, model::Knowledge& knowledge, std::vector<std::string> folded);
  ~Follower();

  // True if anything was read. A run that ended is settled in the knowledge before this returns.
  bool poll();
  // The same, but looks at the folder at once and reads until nothing more comes: for those who look only once.
  bool catch_up();
  std::vector<RunInfo> take_started();
  std::vector<RunInfo> take_ended();
  bool anything_alive() const;
  // Logs that could not be read, and why, in words.
  std::vector<std::string> problems() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace branchlight::runs
