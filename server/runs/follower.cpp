// A run passes through three states. *Open*: its logs are read as they grow. *Ending*: its manifest says that the
// command has ended, or nothing of it lives any more; every log is read to its end first, for a process may have
// written up to its last instant. *Settled*: the knowledge was told, nothing of it is read again.
#include "server/runs/follower.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "coverage/hitlog/log_file.h"
#include "server/runs/folder.h"
#include "server/runs/manifest.h"
#include "server/runs/process.h"

namespace branchlight::runs {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr auto folder_interval = std::chrono::milliseconds(25);
// A poll must not hold up an editor: the rest comes with the next one.
constexpr std::size_t records_a_poll = 1 << 17;
// Processes that outlive their run's command (a server that a test forgot) are waited for no longer than this.
constexpr std::int64_t straggler_wait_ns = 2'000'000'000;
// A file is there before its header is. One that never gets a header is a problem of its own.
constexpr auto header_wait = std::chrono::seconds(2);

struct Log {
  std::string file;
  std::string run;
  std::optional<hitlog::LogReader> reader;
  bool ended = false;    // its process is gone and all was read, or it cannot be read
  bool drained = false;  // nothing more came at the last read
};

struct Run {
  RunInfo info;
  std::optional<Manifest> manifest;
  fs::file_time_type manifest_time{};
  std::vector<Log> logs;
};

bool all_ended(const Run& run) {
  return std::all_of(run.logs.begin(), run.logs.end(), [](const Log& log) { return log.ended; });
}

}  // namespace

struct Follower::State {
  fs::path folder;
  model::Knowledge& knowledge;
  std::unordered_set<std::string> folded;
  std::map<std::string, Run> runs;               // open and ending
  std::unordered_set<std::string> settled_logs;  // never read again
  std::unordered_set<std::string> settled_runs;  // with a manifest
  std::vector<RunInfo> started, ended;
  std::map<std::string, std::string> problems;  // by log
  std::vector<hitlog::Record> records;
  Clock::time_point last_look{};
  fs::file_time_type folder_time{};
  bool looked = false;

  State(fs::path dir, model::Knowledge& knowledge_, std::vector<std::string> folded_)
      : folder(std::move(dir)), knowledge(knowledge_), folded(folded_.begin(), folded_.end()) {}

  void look(Clock::time_point now);
  Run& run(const std::string& id);
  void read_manifest_of(Run& run);
  bool read_logs(std::size_t& budget);
  bool read_log(Log& log, std::size_t& budget);
  bool open_log(Log& log);
  void update_ends();
  bool command_lives(const Run& run) const;
  bool is_over(Run& run);
  void settle(Run& run);
};

Follower::Follower(fs::path branchlight_dir, model::Knowledge& knowledge, std::vector<std::string> folded)
    : state_(std::make_unique<State>(std::move(branchlight_dir), knowledge, std::move(folded))) {}
Follower::~Follower() = default;

bool Follower::poll() {
  State& state = *state_;
  const auto now = Clock::now();
  const bool look = !state.looked || now - state.last_look >= folder_interval;
  if (look) state.look(now);
  std::size_t budget = records_a_poll;
  const bool read = state.read_logs(budget);
  if (look) state.update_ends();
  return read || !state.ended.empty();
}

bool Follower::catch_up() {
  State& state = *state_;
  state.folder_time = {};
  state.look(Clock::now());
  bool any = false;
  for (bool more = true; more; any |= more) {
    std::size_t budget = records_a_poll;
    more = state.read_logs(budget);
  }
  state.update_ends();
  return any || !state.ended.empty();
}

std::vector<RunInfo> Follower::take_started() { return std::exchange(state_->started, {}); }
std::vector<RunInfo> Follower::take_ended() { return std::exchange(state_->ended, {}); }

bool Follower::anything_alive() const { return !state_->runs.empty(); }

std::vector<std::string> Follower::problems() const {
  std::vector<std::string> result;
  for (const auto& [log, reason] : state_->problems) result.push_back(log + ": " + reason);
  return result;
}

void Follower::State::look(Clock::time_point now) {
  last_look = now;
  looked = true;
  std::error_code error;
  const auto changed = fs::last_write_time(folder / "runs", error);
  // The folder's time is as coarse as the kernel's tick: one that is still young may change again within the tick.
  const bool young = !error && fs::file_time_type::clock::now() - changed < std::chrono::milliseconds(200);
  if (!error && changed == folder_time && !young) return;
  folder_time = error ? fs::file_time_type{} : changed;

  const Listing listing = list_runs(folder);
  for (const std::string& id : listing.manifests) {
    if (folded.contains(id) || settled_runs.contains(id)) continue;
    run(id);
  }
  for (const LogName& name : listing.logs) {
    if (folded.contains(name.run) || folded.contains(name.file) || settled_logs.contains(name.file) ||
        settled_runs.contains(name.run))
      continue;
    Run& owner = run(name.run);
    const bool known =
        std::any_of(owner.logs.begin(), owner.logs.end(), [&](const Log& log) { return log.file == name.file; });
    if (known) continue;
    owner.logs.push_back({name.file, name.run, std::nullopt, false, false});
    owner.info.logs.push_back(name.file);
  }
}

Run& Follower::State::run(const std::string& id) {
  const auto [found, is_new] = runs.try_emplace(id);
  Run& run = found->second;
  if (!is_new) return run;
  run.info.id = id;
  read_manifest_of(run);
  return run;
}

// The manifest is replaced as a whole; one that cannot be read counts as none, until it can.
void Follower::State::read_manifest_of(Run& run) {
  const fs::path file = manifest_path(folder, run.info.id);
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  if (error || (run.manifest && time == run.manifest_time)) return;
  auto manifest = read_manifest(file);
  if (!manifest || manifest->run != run.info.id) {
    problems[run.info.id + ".json"] =
        "it is not a manifest, or damaged; the run counts as ended when none of its processes lives";
    return;
  }
  problems.erase(run.info.id + ".json");
  const bool announced = run.manifest.has_value();
  run.manifest = std::move(manifest);
  run.manifest_time = time;
  run.info.has_manifest = true;
  run.info.argv = run.manifest->argv;
  run.info.cwd = run.manifest->cwd;
  run.info.started_ns = run.manifest->started_ns;
  if (!announced) started.push_back(run.info);
}

bool Follower::State::read_logs(std::size_t& budget) {
  bool read = false;
  for (auto& [id, run] : runs) {
    for (Log& log : run.logs) {
      if (!log.ended && read_log(log, budget)) read = true;
    }
  }
  return read;
}

bool Follower::State::open_log(Log& log) {
  auto opened = hitlog::LogReader::open(folder / "runs" / log.file);
  if (auto* reader = std::get_if<hitlog::LogReader>(&opened)) {
    log.reader.emplace(std::move(*reader));
    problems.erase(log.file);
    Run& run = runs.at(log.run);
    if (run.info.started_ns == 0) run.info.started_ns = static_cast<std::int64_t>(log.reader->header().created);
    return true;
  }
  const auto& refused = std::get<hitlog::LogError>(opened);
  std::error_code error;
  const auto written = fs::last_write_time(folder / "runs" / log.file, error);
  if (!error && refused.early && fs::file_time_type::clock::now() - written < header_wait) return false;
  if (!error) problems[log.file] = refused.reason;
  log.ended = true;
  return false;
}

bool Follower::State::read_log(Log& log, std::size_t& budget) {
  if (budget == 0) {
    log.drained = false;
    return false;
  }
  if (!log.reader && !open_log(log)) return false;
  records.clear();
  const bool any = log.reader->read(records, budget);
  budget -= std::min(budget, records.size());
  log.drained = !any;
  for (const hitlog::Record& record : records) {
    knowledge.apply(log.file, log.run, log.reader->header(), record);
  }
  if (log.reader->error()) {
    problems[log.file] = log.reader->error()->reason;
    knowledge.end_log(log.file);
    log.ended = true;
    log.reader.reset();
  }
  return any;
}

bool Follower::State::command_lives(const Run& run) const {
  return run.manifest && !run.manifest->ended_ns && hitlog::process_lives(run.manifest->pid, run.manifest->pid_start);
}

// A log ends when its process is gone, or has said so, and then a read found nothing more.
void Follower::State::update_ends() {
  for (auto& [id, run] : runs) {
    if (!run.manifest || !run.manifest->ended_ns) read_manifest_of(run);
    for (Log& log : run.logs) {
      if (log.ended || !log.reader || !log.drained) continue;
      const bool writing = log.reader->state() == hitlog::LogState::recording && log.reader->writer_lives();
      if (writing) continue;
      std::size_t all = SIZE_MAX;
      while (!log.ended && read_log(log, all)) {
      }
      if (log.ended) continue;
      knowledge.end_log(log.file);
      log.ended = true;
      log.reader.reset();  // hundreds of old logs must not hold hundreds of descriptors
    }
  }
  // In the order in which they ended, for what a later run says counts.
  std::vector<std::pair<std::int64_t, std::string>> over;
  for (auto& [id, run] : runs) {
    if (is_over(run))
      over.emplace_back(run.manifest && run.manifest->ended_ns ? *run.manifest->ended_ns : run.info.started_ns, id);
  }
  std::sort(over.begin(), over.end());
  for (const auto& [when, id] : over) {
    settle(runs.at(id));
    runs.erase(id);
  }
}

bool Follower::State::is_over(Run& run) {
  if (command_lives(run)) return false;
  if (!all_ended(run)) {
    // What outlives its command is cut off; but nothing that was already written may be left unread.
    const bool unread = std::any_of(run.logs.begin(), run.logs.end(),
                                    [](const Log& log) { return !log.ended && log.reader && !log.drained; });
    const bool patient =
        !run.manifest || !run.manifest->ended_ns || now_ns() - *run.manifest->ended_ns < straggler_wait_ns;
    return !patient && !unread;
  }
  // Without a manifest, or with one that somebody else must complete, a folder without logs is no run yet.
  return run.manifest.has_value() || !run.logs.empty();
}

void Follower::State::settle(Run& run) {
  for (Log& log : run.logs) {
    if (!log.ended) knowledge.end_log(log.file);
    settled_logs.insert(log.file);
  }
  if (run.manifest) settled_runs.insert(run.info.id);
  run.info.ended = true;
  if (run.manifest) run.info.exit_status = run.manifest->exit;
  knowledge.settle(run.info.id, run.info.passed());
  ended.push_back(run.info);
}

}  // namespace branchlight::runs
