// A session's world without a process, a clock or a thread, and an editor in it. The editor is strict: what the session
// sends and no test takes is a failure.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/jsonrpc/framing.h"
#include "server/session/session.h"
#include "server/session/world.h"

namespace branchlight::test {

using lsp::Json;

class FakeWorld : public session::World {
 public:
  std::string sent;
  std::optional<int> left;
  session::TimePoint clock{std::chrono::hours(1)};
  std::optional<session::TimePoint> wake;
  std::deque<std::function<session::Event()>> pool;
  std::vector<std::vector<std::string>> started;
  std::vector<std::pair<session::ChildId, int>> signals;
  std::optional<std::string> cannot_start;
  std::optional<std::int64_t> watched_client;
  runs::Environment variables;

  void send(std::string bytes) override { sent += bytes; }
  void leave(int status) override { left = status; }
  session::TimePoint now() const override { return clock; }
  void wake_at(std::optional<session::TimePoint> when) override { wake = when; }
  void compute(std::function<session::Event()> work) override { pool.push_back(std::move(work)); }
  std::variant<session::ChildId, runs::StartError> start(const std::vector<std::string>& argv,
                                                         const std::filesystem::path&) override;
  void signal(session::ChildId child, int signal) override { signals.emplace_back(child, signal); }
  runs::Environment environment() const override { return variables; }
  bool watch_folder(const std::filesystem::path&) override { return false; }
  void watch_client(std::int64_t process_id) override { watched_client = process_id; }
};

class Editor {
 public:
  Editor();
  ~Editor();  // fails where a message is left over

  // `initialize` and `initialized`, with what a good client can do.
  Json start(const std::filesystem::path& root = {}, Json options = nullptr, Json capabilities = able());
  static Json able();

  // Sends; `ask` returns the answer, which has to come before anything else has to happen but the pool's work.
  void send(const std::string& bytes);
  void send(const Json& message);
  void notify(const char* method, Json params = nullptr);
  std::int64_t request(const char* method, Json params = nullptr);
  Json ask(const char* method, Json params = nullptr);
  Json answer_to(std::int64_t id);
  bool answered(std::int64_t id);
  void answer(const Json& request, Json result = nullptr);

  // Time passes: Ticks come, the pool works.
  void pass(session::Milliseconds time);
  void work();
  void happens(session::Event event);

  // The next message of this method; fails where there is none. `nothing_said`: none of any kind is left.
  Json take(const std::string& method);
  bool said(const std::string& method);
  bool nothing_said();
  std::string left_over();
  // The last of this method, and all before it; none: null.
  Json take_last(const std::string& method);
  // What is not the point of a test.
  void ignore(const std::string& method) { ignored_.insert(method); }

  Json open(const std::string& uri, const std::string& text, int version = 1);
  std::vector<std::string> hints(const std::string& uri);  // "1: never False"

  FakeWorld world;

 private:
  void receive();

  session::Session session_;
  jsonrpc::FrameReader frames_;
  std::deque<Json> inbox_;
  std::map<std::int64_t, Json> answers_;
  std::set<std::string> ignored_;
  std::int64_t last_id_ = 0;
};

}  // namespace branchlight::test
