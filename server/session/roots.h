// The workspace roots and what is known below each. A root's `.branchlight` folder is followed from the moment it
// exists, and never made by us: a server that only looks leaves no trace.
//
// One thread. The state is read in the pool, once; then its Store belongs to this thread, as do the follower and the
// knowledge, which take in what was logged in slices of one poll.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coverage/configuration/settings.h"
#include "coverage/model/knowledge.h"
#include "server/documents/documents.h"
#include "server/runs/follower.h"
#include "server/session/world.h"

namespace branchlight::session {

struct Activity {
  std::vector<std::filesystem::path> changed;  // files, symbolic links resolved
  bool everything = false;                     // forgotten, or a root has come or gone
  bool runs = false;                           // one began, or one ended
  bool any() const { return everything || runs || !changed.empty(); }
};

class Roots {
 public:
  Roots(World& world, const documents::Documents& documents);
  ~Roots();

  // A workspace folder: its own root, and those that lie below it.
  void add(const std::filesystem::path& folder);
  void remove(const std::filesystem::path& folder);
  // The nearest root with a `.branchlight` that holds this file, for files outside of the workspace folders.
  void add_around(const std::filesystem::path& file);

  void loaded(StateLoaded event);
  void counted(NeverImported event);
  void folder_changed();
  // Reads what is new, where it is time for that.
  Activity poll();
  std::optional<TimePoint> next_poll() const { return next_poll_; }

  // Null: nothing is known of it, or configuration leaves it out.
  const model::FileKnowledge* find(const std::filesystem::path& file) const;
  // Of the innermost root that holds it; null: none does.
  configuration::SharedSettings settings(const std::filesystem::path& file) const;
  // As seen from its workspace folder, else from its root.
  std::filesystem::path relative(const std::filesystem::path& file) const;
  // Where a run of all tests starts; none: no folder is open.
  std::optional<std::filesystem::path> first() const;

  model::Totals totals();
  bool anything_known() const;
  struct Files {
    std::size_t files = 0, imported = 0;
  };
  // Of those that count.
  Files known() const;
  bool anything_running() const;
  struct Latest {
    runs::RunInfo run;
    model::Knowledge::TestCounts tests;
  };
  // The run that began last of those that were seen.
  std::optional<Latest> latest() const;

  // Forgets everything, on disk too. What could not be erased, in words.
  std::vector<std::string> erase();

 private:
  struct Root;
  void add_root(const std::filesystem::path& path, const std::filesystem::path& branchlight_dir);
  void load(Root& root);
  void poll(Root& root);
  void fold(Root& root, const runs::RunInfo& run);
  void take_changed(Root& root);
  void look_at_settings(Root& root);
  void spell(Root& root, const std::string& path);
  void count_never_imported(Root& root);
  void schedule();

  World& world_;
  const documents::Documents& documents_;
  std::vector<std::filesystem::path> folders_;
  std::vector<std::unique_ptr<Root>> roots_;
  Activity pending_;
  std::optional<TimePoint> next_poll_;
  TimePoint attentive_until_{};
};

}  // namespace branchlight::session
