// What is known, kept between sessions in `.branchlight/state.sqlite`. Several servers and command lines share it:
// a run is folded in by whoever comes first, in one transaction. A file that is damaged, or of a newer version, is
// put aside with a warning; nothing in it cannot be won again by running the tests. Where the folder cannot be
// written, the state lives in memory, with a warning.
//
// One thread at a time. Several processes: every change is one transaction, and fold() writes only what this process
// has learned since it loaded, so that two that fold different runs keep what both have found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coverage/model/knowledge.h"
#include "server/runs/follower.h"

namespace branchlight::state {

struct StoreError {
  std::string reason;
};

class Store {
 public:
  // Creates the folder (0700, with a .gitignore of "*") and the database where they are missing.
  static std::variant<Store, StoreError> open(const std::filesystem::path& branchlight_dir);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Files with their texts and settled evidence, as of the last run that was folded in.
  std::vector<model::FileKnowledge> load();
  // What Follower is told to leave alone: ids of runs, and names of logs of runs without a manifest.
  std::vector<std::string> folded_runs();
  // Writes the settled evidence that has changed. False: another process had folded this run in already; then load()
  // gives what it wrote. Or it could not be written; then warnings() says so.
  bool fold(const runs::RunInfo& run, const model::Knowledge& knowledge);
  // Takes in files that are all imported, in place of an earlier import; all of it or nothing. The paths of those that
  // were left as they are, because a run has evidence of them. Servers that have loaded this state will load it again.
  // None: it could not be written; then warnings() says so.
  std::optional<std::vector<std::string>> import(const std::vector<model::FileKnowledge>& files,
                                                 const model::Import& import);
  // The text of a file as a run saw it, by hash; for files that have changed on disk since.
  text::SharedText text(std::uint64_t content_hash);
  // The bytes of a file as they were on disk.
  void remember_file(std::uint64_t content_hash, std::string_view bytes);
  // The same for many, in one transaction: asks for the bytes of those alone that the state does not have. Without
  // bytes a text is left out.
  using BytesOf = std::function<std::optional<std::string>(std::uint64_t content_hash)>;
  void remember_files(const std::vector<std::uint64_t>& content_hashes, const BytesOf& bytes_of);
  void erase();
  // True once after another process has erased the state or imported into it, or the folder is gone: what is known
  // should be forgotten, and loaded anew.
  bool erased_elsewhere();
  // In words for a person: what was put aside, what could not be written.
  const std::vector<std::string>& warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit Store(std::unique_ptr<State> state);
};

}  // namespace branchlight::state
