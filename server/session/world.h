// What a session needs of the world around it. The real one is loop.cpp; tests have one whose clock they turn.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/runs/process.h"
#include "server/session/events.h"

namespace branchlight::session {

using TimePoint = std::chrono::steady_clock::time_point;
using Milliseconds = std::chrono::milliseconds;

class World {
 public:
  virtual ~World() = default;

  virtual void send(std::string bytes) = 0;  // to the client; keeps the order, never blocks
  virtual void leave(int status) = 0;        // once everything sent has gone out

  virtual TimePoint now() const = 0;
  // A Tick comes then. There is one such time: the last one given holds. None: no Tick.
  virtual void wake_at(std::optional<TimePoint> when) = 0;
  // Runs in the pool, so it may touch nothing but what it owns or what is immutable; its result comes back as an event.
  virtual void compute(std::function<Event()> work) = 0;

  // A child in a process group of its own; what it writes, and its end, come as events.
  virtual std::variant<ChildId, runs::StartError> start(const std::vector<std::string>& argv,
                                                        const std::filesystem::path& working_directory) = 0;
  virtual void signal(ChildId child, int signal) = 0;  // to its process group

  virtual runs::Environment environment() const = 0;
  // FolderChanged comes when an entry appears in it. False: cannot be watched, look yourself.
  virtual bool watch_folder(const std::filesystem::path& folder) = 0;
  virtual void watch_client(std::int64_t process_id) = 0;
};

}  // namespace branchlight::session
