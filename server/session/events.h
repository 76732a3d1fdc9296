// Everything that can happen to a session. The loop hands them over one at a time; nothing else changes its state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "coverage/freshness/carry.h"
#include "coverage/model/verdicts.h"
#include "coverage/syntax/syntax.h"
#include "server/state/store.h"

namespace branchlight::session {

using ChildId = std::uint64_t;

struct BytesArrived {
  std::string bytes;
};  // from the client
struct InputEnded {};
struct ClientDied {};  // the process that `initialize` named
struct Tick {};        // the time asked for with World::wake_at has come

// A buffer was parsed, what does not count was found in it and, where its file is known, it was compared with the text
// that the coverage belongs to.
struct Analyzed {
  std::string uri;
  std::uint64_t serial = 0;  // of the buffer's text
  syntax::SharedSyntax buffer;
  syntax::SharedSyntax known;  // null: nothing to compare with
  freshness::Carry carry;
  configuration::SharedSettings settings;  // that the exclusions follow from
  configuration::SharedExclusions exclusions;
};

// What could be imported below one root, and has not been: it counts as source of which nothing ran.
struct NeverImported {
  std::filesystem::path root;
  configuration::SharedSettings settings;
  model::Totals totals;
};

// What the state had kept of one root.
struct StateLoaded {
  struct Content {
    std::optional<state::Store> store;  // none: it cannot be opened; then nothing is kept
    std::vector<model::FileKnowledge> files;
    std::vector<std::string> folded;
    std::string problem;
  };
  std::filesystem::path root;
  std::unique_ptr<Content> content;
};

struct FolderChanged {};  // something appeared in a folder that World::watch_folder was given

struct ChildWrote {
  ChildId child = 0;
  std::string bytes;
};
struct ChildExited {
  ChildId child = 0;
  int status = 0;  // as a shell has it
};

using Event = std::variant<BytesArrived, InputEnded, ClientDied, Tick, Analyzed, StateLoaded, NeverImported,
                           FolderChanged, ChildWrote, ChildExited>;

}  // namespace branchlight::session
