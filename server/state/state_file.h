// The file of the state: opened, put aside where it is damaged or of a newer version, and taken into memory where the
// folder cannot be written. Private to the state.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/state/sqlite.h"

namespace branchlight::state {

class StateFile {
 public:
  // `put_aside` is called when what the database held is gone.
  StateFile(std::filesystem::path folder, std::function<void()> put_aside)
      : folder_(std::move(folder)), when_put_aside_(std::move(put_aside)) {}

  // `damage`: what is wrong with the one that was open.
  void open(const std::string& damage = {});
  Database& database() { return *database_; }
  // False: the folder was deleted under us, or another process has put the file aside.
  bool is_ours() const;
  // Does what it is told; a database that turns out damaged is put aside, and it is done once more.
  template <typename Result>
  Result guarded(Result otherwise, const std::function<Result()>& act);

  // In a transaction that takes something away, for other processes to see; and once it is committed.
  void count_erasure() { database_->execute("UPDATE erasures SET count = count + 1"); }
  void erasure_was_ours() { ++erasures_; }
  // True once after another process has erased something.
  bool erased_elsewhere();

  // In words for a person: what was put aside, what could not be written.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::filesystem::path path() const { return folder_ / "state.sqlite"; }
  void warn(const std::string& text);
  bool connect();
  void open_memory(const std::string& why);
  void put_aside(const std::string& suffix, const std::string& why);

  std::filesystem::path folder_;
  std::function<void()> when_put_aside_;
  std::unique_ptr<Database> database_;
  bool in_memory_ = false;
  std::vector<std::string> warnings_;
  std::int64_t erasures_ = 0;
  std::int64_t data_version_ = 0;
  std::uint64_t identity_ = 0;
};

template <typename Result>
Result StateFile::guarded(Result otherwise, const std::function<Result()>& act) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      return act();
    } catch (const SqliteError& error) {
      if (!error.damaged() || in_memory_ || attempt > 0) {
        warn(path().string() + ": " + error.what());
        return otherwise;
      }
      database_.reset();
      open(error.what());
    }
  }
  return otherwise;
}

}  // namespace branchlight::state
