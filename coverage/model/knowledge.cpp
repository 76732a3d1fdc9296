#include "coverage/model/knowledge.h"

#include <algorithm>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "coverage/model/carry_evidence.h"
#include "coverage/model/command.h"
#include "coverage/model/explain.h"
#include "coverage/model/file_state.h"

namespace branchlight::model {

namespace {

constexpr std::size_t most_orphans = 10'000;
constexpr std::uint32_t python_3_14 = 0x030E0000;
constexpr std::size_t deepest_shared = 64;  // fixtures need fixtures; no sound log goes on like this

// A file as one log defined it.
struct LogFile {
  std::string path;
  std::uint64_t content_hash = 0;
  syntax::SharedSyntax syntax;  // null: its text was not to be had, or is older than the one known
  FileState* state = nullptr;
  std::shared_ptr<SharedMarkers> markers;
  // The evidence that this log's present owner has of this file, found when the log's stamp was `stamp`.
  Evidence* evidence = nullptr;
  std::uint64_t stamp = 0;
};

struct LogCode {
  std::uint32_t file = 0;
  std::shared_ptr<SharedCode> shared;  // null where the file has no syntax
};

// What ran once for several tests: a fixture, or (number 0) an import.
struct Shared {
  std::map<std::uint32_t, Evidence> evidence;  // by file number
  std::set<SharedName> users;                  // tests
};

struct Run {
  Owner command{Owner::Kind::command, "an unknown command"};
  std::uint64_t command_created = UINT64_MAX;  // of the process that the command's name comes from: the first one
  std::unordered_map<std::string, hitlog::Outcome> outcomes;  // by test id; a test that ran twice: the last one
  std::unordered_set<std::string> unfinished;                 // tests that a process left open: they only add
  Knowledge::TestCounts counts;
  std::vector<std::string> notes;
  bool settled_before = false;
};

struct Log {
  std::string run_id;
  Run* run = nullptr;
  std::uint32_t process_id = 0, parent_process_id = 0, interpreter = 0;
  std::uint64_t created = 0;
  std::optional<mapping::OpcodeTable> opcodes;
  std::unordered_map<std::uint32_t, LogFile> files;
  std::unordered_map<std::uint32_t, LogCode> codes;
  std::unordered_map<std::uint32_t, SharedName> tests;
  std::optional<Owner> test;  // that is running
  bool inherited = false;     // by a fork: its end stands in the parent's log
  std::unordered_map<std::uint32_t, Shared> shared;
  std::vector<std::uint32_t> open_shared;  // that have begun and not ended, the outermost first
  std::uint64_t stamp = 0;
  bool ended = false;
};

bool passed_for_good(const Run& run, const Owner& owner) {
  const auto outcome = run.outcomes.find(owner.name);
  return outcome != run.outcomes.end() && outcome->second == hitlog::Outcome::passed &&
         !run.unfinished.contains(owner.name);
}

}  // namespace

struct Knowledge::State {
  explicit State(TextSource& source) : texts(source) {}

  TextSource& texts;
  std::map<std::string, std::unique_ptr<FileKnowledge>> files;
  std::unordered_map<std::string, std::unique_ptr<FileState>> states;  // outlive forget(): logs point to them
  std::map<std::string, Log> logs;
  std::map<std::string, Run> runs;
  std::set<std::string> changed;
  std::vector<Orphan> orphans;
  std::set<std::string> known_orphans;
  std::map<std::string, std::uint64_t> unmatched;
  std::uint64_t stamp = 0;
  bool remembers_hits = false;
  Log* last = nullptr;  // records come in long rows from one log
  std::string last_name;

  Log& log(const std::string& name, const std::string& run, const hitlog::Header& header);
  FileState& state(const std::string& path);
  void mark_changed(FileState& file);
  void forget_shortcuts();
  void add_orphan(const std::string& path, std::uint32_t line, std::string what);

  void install(FileState& file, syntax::SharedSyntax syntax, std::uint64_t content_hash);
  bool older_than_known(const Log& log, const hitlog::FileDefinition& definition) const;
  bool ready(LogFile& file);
  void count_unmatched(const LogFile& file);
  void drop_import(const Log& log, FileState& file);
  Evidence& evidence(Log& log, LogFile& file);
  void rename_command(const std::string& run_id, Run& run, Owner command);
  void end_test(Run& run, const std::string& id, hitlog::Outcome outcome);
  void leave_test(Log& log);
  void take(Log& log, std::uint32_t number, LogFile& file, mapping::ArmRef arm);
  void give(Log& log, const Shared& shared, const Owner& owner);
  void close_shared(Log& log);
  void remember(Log& log, std::set<Taken>& taken) const;
  void settle_file(FileState& file, const std::string& run_id, const Run& run, bool passed);

  void fold(Log& log, const hitlog::ProcessDefinition& definition);
  void fold(Log& log, const hitlog::FileDefinition& definition);
  void fold(Log& log, const hitlog::CodeDefinition& definition);
  void fold(Log& log, const hitlog::OpcodesDefinition& definition);
  void fold(Log& log, const hitlog::MarkersDefinition& definition);
  void fold(Log& log, const hitlog::TestDefinition& definition);
  void fold(Log& log, const hitlog::Note& note);
  void fold(Log& log, const hitlog::TestBegin& begin);
  void fold(Log& log, const hitlog::TestEnd& end);
  void fold(Log& log, const hitlog::SharedBegin& begin);
  void fold(Log& log, const hitlog::SharedEnd& end);
  void fold(Log& log, const hitlog::SharedUse& use);
  void fold(Log& log, const hitlog::LineHit& hit);
  void fold(Log& log, const hitlog::ArmHit& hit);
  void fold(Log& log, const hitlog::JumpHit& hit);
  void fold(Log& log, const hitlog::CallHit& hit);
};

// ---- from outside

Knowledge::Knowledge(TextSource& texts) : state_(std::make_unique<State>(texts)) {}
Knowledge::~Knowledge() = default;

void Knowledge::apply(const std::string& log, const std::string& run, const hitlog::Header& header,
                      const hitlog::Record& record) {
  Log& of = state_->log(log, run, header);
  std::visit([&](const auto& decoded) { state_->fold(of, decoded); }, record);
}

void Knowledge::end_log(const std::string& log) {
  const auto found = state_->logs.find(log);
  if (found == state_->logs.end()) return;
  Log& ended = found->second;
  ended.ended = true;
  while (!ended.open_shared.empty()) state_->close_shared(ended);
  state_->leave_test(ended);
}

void Knowledge::settle(const std::string& run_id, bool passed) {
  const auto found = state_->runs.find(run_id);
  if (found == state_->runs.end()) return;
  Run& run = found->second;
  for (auto& [path, file] : state_->states)
    if (file->known()) state_->settle_file(*file, run_id, run, passed);
  run.settled_before = true;
  // Until now a child of an ended process could still ask what that process had defined.
  std::erase_if(state_->logs, [&](const auto& entry) { return entry.second.ended && entry.second.run_id == run_id; });
  state_->forget_shortcuts();
}

const std::map<std::string, std::unique_ptr<FileKnowledge>>& Knowledge::files() const { return state_->files; }

FileKnowledge* Knowledge::find(const std::string& path) {
  const auto found = state_->files.find(path);
  return found == state_->files.end() ? nullptr : found->second.get();
}

void Knowledge::restore(FileKnowledge file) {
  if (!file.syntax) return;
  FileState& state = state_->state(file.path);
  if (file.imported && state.known() && !state.known()->running.empty()) return;  // a run knows better
  const std::uint64_t content_hash = file.syntax->text->content_hash();
  auto& slot = state_->files[file.path];
  if (slot && !state.has_text(content_hash)) {
    // The text that is known came from a log, and is newer than what the state had kept.
    carry_evidence(file, slot->syntax);
    slot->settled = std::move(file.settled);
    slot->imported = std::move(file.imported);
    state.recount();
  } else {
    if (slot) {
      file.running = std::move(slot->running);
      file.revision = std::max(file.revision, slot->revision);
      file.since_3_14 = file.since_3_14 || slot->since_3_14;
      file.syntax = slot->syntax;
    }
    slot = std::make_unique<FileKnowledge>(std::move(file));
    state.attach(slot.get(), content_hash);
  }
  state_->forget_shortcuts();
  state_->mark_changed(state);
}

void Knowledge::forget() {
  for (const auto& [path, file] : state_->files) state_->changed.insert(path);
  for (auto& [path, file] : state_->states) file->detach();
  state_->files.clear();
  state_->orphans.clear();
  state_->known_orphans.clear();
  state_->unmatched.clear();
  state_->forget_shortcuts();
  for (auto& [name, of] : state_->logs) of.shared.clear();
}

std::vector<std::string> Knowledge::take_changed() {
  const auto taken = std::exchange(state_->changed, {});
  return {taken.begin(), taken.end()};
}

const std::vector<Orphan>& Knowledge::orphans() const { return state_->orphans; }
const std::map<std::string, std::uint64_t>& Knowledge::unmatched() const { return state_->unmatched; }

Knowledge::TestCounts Knowledge::tests(const std::string& run) const {
  const auto found = state_->runs.find(run);
  return found == state_->runs.end() ? TestCounts{} : found->second.counts;
}

std::vector<std::string> Knowledge::notes(const std::string& run) const {
  const auto found = state_->runs.find(run);
  return found == state_->runs.end() ? std::vector<std::string>{} : found->second.notes;
}

void Knowledge::remember_hits() { state_->remembers_hits = true; }

std::vector<SiteExplanation> Knowledge::explain(const std::string& path, std::uint32_t line) const {
  const auto found = state_->states.find(path);
  if (found == state_->states.end() || !found->second->known()) return {};
  return found->second->explain(line);
}

// ---- logs, runs and files

Log& Knowledge::State::log(const std::string& name, const std::string& run, const hitlog::Header& header) {
  if (last && last_name == name) return *last;
  const auto [found, is_new] = logs.try_emplace(name);
  Log& of = found->second;
  if (is_new) {
    of.run_id = run;
    of.run = &runs[run];
    of.process_id = header.process_id;
    of.parent_process_id = header.parent_process_id;
    of.interpreter = header.interpreter;
    of.created = header.created;
    of.stamp = ++stamp;
  }
  last = &of;
  last_name = name;
  return of;
}

FileState& Knowledge::State::state(const std::string& path) {
  auto& slot = states[path];
  if (!slot) slot = std::make_unique<FileState>(path);
  return *slot;
}

void Knowledge::State::mark_changed(FileState& file) {
  ++file.known()->revision;
  changed.insert(file.path());
}

// Evidence has moved: what logs remember of where it stands is void.
void Knowledge::State::forget_shortcuts() {
  last = nullptr;
  for (auto& [name, of] : logs) of.stamp = ++stamp;
}

void Knowledge::State::add_orphan(const std::string& path, std::uint32_t line, std::string what) {
  if (orphans.size() >= most_orphans) return;
  if (!known_orphans.insert(path + ':' + std::to_string(line) + ':' + what).second) return;
  orphans.push_back({path, line, std::move(what)});
}

void Knowledge::State::install(FileState& file, syntax::SharedSyntax syntax, std::uint64_t content_hash) {
  if (file.known()) {
    file.replace_text(std::move(syntax), content_hash);
  } else {
    auto& slot = files[file.path()];
    slot = std::make_unique<FileKnowledge>();
    slot->path = file.path();
    slot->syntax = std::move(syntax);
    file.attach(slot.get(), content_hash);
  }
  forget_shortcuts();
  mark_changed(file);
}

// A forked child repeats what its parent had defined, maybe long after the file was changed and run anew.
bool Knowledge::State::older_than_known(const Log& log, const hitlog::FileDefinition& definition) const {
  for (const auto& [name, other] : logs) {
    if (&other == &log || other.run_id != log.run_id || other.process_id != log.parent_process_id) continue;
    for (const auto& [number, file] : other.files)
      if (file.path == definition.path && file.content_hash == definition.content_hash) return true;
  }
  return false;
}

// Whether hits of this file are in terms of the text that is known.
bool Knowledge::State::ready(LogFile& file) {
  if (!file.syntax) return false;
  if (file.state->has_text(file.content_hash)) return true;
  if (file.state->known()) return false;
  install(*file.state, file.syntax, file.content_hash);  // it was forgotten while this process ran
  return true;
}

void Knowledge::State::count_unmatched(const LogFile& file) {
  if (file.state->known())
    ++file.state->known()->unmatched;
  else
    ++unmatched[file.path];
}

// What was imported gives way as a whole: no verdict rests on both.
void Knowledge::State::drop_import(const Log& log, FileState& file) {
  FileKnowledge& known = *file.known();
  known.imported.reset();
  known.settled.clear();
  known.since_3_14 = log.interpreter >= python_3_14;
  file.recount();
  mark_changed(file);
}

Evidence& Knowledge::State::evidence(Log& log, LogFile& file) {
  if (file.stamp != log.stamp) {
    if (file.state->known()->imported) drop_import(log, *file.state);
    file.evidence = &file.state->known()->running[log.run_id][log.test ? *log.test : log.run->command];
    file.stamp = log.stamp;
  }
  return *file.evidence;
}

// One command a run: that of the process that came first, also where a child's log is read before its parent's.
void Knowledge::State::rename_command(const std::string& run_id, Run& run, Owner command) {
  const Owner before = std::exchange(run.command, std::move(command));
  if (before == run.command) return;
  for (auto& [path, file] : files) {
    const auto running = file->running.find(run_id);
    if (running == file->running.end()) continue;
    const auto old = running->second.find(before);
    if (old == running->second.end()) continue;
    running->second[run.command].add(old->second);
    running->second.erase(before);
  }
  forget_shortcuts();
}

void Knowledge::State::end_test(Run& run, const std::string& id, hitlog::Outcome outcome) {
  const auto count = [&](hitlog::Outcome of) -> std::uint64_t* {
    switch (of) {
      case hitlog::Outcome::passed: return &run.counts.passed;
      case hitlog::Outcome::failed: return &run.counts.failed;
      case hitlog::Outcome::skipped: return &run.counts.skipped;
      case hitlog::Outcome::interrupted: return nullptr;
    }
    return nullptr;
  };
  if (outcome == hitlog::Outcome::interrupted) run.unfinished.insert(id);
  const auto [found, is_new] = run.outcomes.try_emplace(id, outcome);
  if (!is_new) {
    if (auto* before = count(found->second)) --*before;
    found->second = outcome;
  }
  if (auto* now = count(outcome)) ++*now;
}

// ---- definitions

void Knowledge::State::fold(Log& log, const hitlog::ProcessDefinition& definition) {
  if (log.created >= log.run->command_created) return;
  log.run->command_created = log.created;
  rename_command(log.run_id, *log.run, command_owner(definition.json));
}

void Knowledge::State::fold(Log& log, const hitlog::FileDefinition& definition) {
  if (const auto before = log.files.find(definition.file); before != log.files.end()) {
    if (before->second.path == definition.path && before->second.content_hash == definition.content_hash) return;
    // No sound log gives a number to another text. What was mapped to the one before says nothing about this one.
    for (auto& [number, code] : log.codes)
      if (code.file == definition.file) code.shared = nullptr;
  }
  LogFile file{definition.path, definition.content_hash, nullptr, &state(definition.path), nullptr, nullptr, 0};
  if (file.state->has_text(definition.content_hash)) {
    file.syntax = file.state->known()->syntax;
  } else if (!file.state->known() || !older_than_known(log, definition)) {
    if (auto text = texts.find(definition.path, definition.content_hash)) {
      file.syntax = syntax::parse(std::move(text));
      install(*file.state, file.syntax, definition.content_hash);
    }
  }
  if (file.syntax && log.interpreter >= python_3_14 && !file.state->known()->since_3_14) {
    file.state->known()->since_3_14 = true;
    mark_changed(*file.state);
  }
  log.files.insert_or_assign(definition.file, std::move(file));
}

void Knowledge::State::fold(Log& log, const hitlog::CodeDefinition& definition) {
  LogCode code{definition.file, nullptr};
  const auto file = log.files.find(definition.file);
  if (file != log.files.end() && ready(file->second)) {
    FileState& state = *file->second.state;
    static const mapping::OpcodeTable no_opcodes{hitlog::OpcodesDefinition{}};
    code.shared = state.code(definition, log.opcodes ? *log.opcodes : no_opcodes, log.interpreter);
    // Where markers tell of the arms, the bytecode is left out and tells nothing.
    if (!definition.bytecode.empty() && log.opcodes && state.note_arms(*code.shared)) mark_changed(state);
  }
  log.codes.insert_or_assign(definition.code, std::move(code));
}

void Knowledge::State::fold(Log& log, const hitlog::OpcodesDefinition& definition) { log.opcodes.emplace(definition); }

void Knowledge::State::fold(Log& log, const hitlog::MarkersDefinition& definition) {
  const auto file = log.files.find(definition.file);
  if (file == log.files.end() || !ready(file->second)) return;
  FileState& state = *file->second.state;
  file->second.markers = state.markers(definition.markers, log.interpreter);
  if (state.note_arms(*file->second.markers)) mark_changed(state);
}

void Knowledge::State::fold(Log& log, const hitlog::TestDefinition& definition) {
  log.tests.insert_or_assign(definition.test, definition.id);
}

void Knowledge::State::fold(Log& log, const hitlog::Note& note) { log.run->notes.push_back(note.text); }

// ---- tests

void Knowledge::State::fold(Log& log, const hitlog::TestBegin& begin) {
  const auto id = log.tests.find(begin.test);
  if (id == log.tests.end()) return;
  if (log.test && log.test->name != id->second) leave_test(log);
  log.test = Owner{Owner::Kind::test, id->second};
  log.inherited = begin.inherited;
  log.stamp = ++stamp;
}

void Knowledge::State::fold(Log& log, const hitlog::TestEnd& end) {
  const auto id = log.tests.find(end.test);
  if (id == log.tests.end()) return;
  end_test(*log.run, id->second, end.outcome);
  if (!log.test || log.test->name != id->second) return;
  log.test.reset();
  log.stamp = ++stamp;
}

// Without its end: the process has died, or another test begins.
void Knowledge::State::leave_test(Log& log) {
  if (log.test && !log.inherited) end_test(*log.run, log.test->name, hitlog::Outcome::interrupted);
  log.test.reset();
  log.stamp = ++stamp;
}

// ---- what several tests share

// Whose hits these are as well. Nothing new is seen by that: they have been taken once.
void Knowledge::State::give(Log& log, const Shared& shared, const Owner& owner) {
  for (const auto& [number, evidence] : shared.evidence) {
    const auto file = log.files.find(number);
    if (file != log.files.end() && ready(file->second))
      file->second.state->known()->running[log.run_id][owner].add(evidence);
  }
}

void Knowledge::State::fold(Log& log, const hitlog::SharedBegin& begin) {
  if (log.open_shared.size() < deepest_shared) log.open_shared.push_back(begin.shared);
}

void Knowledge::State::fold(Log& log, const hitlog::SharedEnd& end) {
  if (!log.open_shared.empty() && log.open_shared.back() == end.shared) close_shared(log);
}

void Knowledge::State::fold(Log& log, const hitlog::SharedUse& use) {
  const auto found = log.shared.find(use.shared);
  if (!log.test || found == log.shared.end()) return;
  if (found->second.users.insert(log.test->name).second) give(log, found->second, *log.test);
}

// The innermost. Tests that used it have ended, where this was its teardown.
void Knowledge::State::close_shared(Log& log) {
  const std::uint32_t number = log.open_shared.back();
  log.open_shared.pop_back();
  const auto found = log.shared.find(number);
  if (found == log.shared.end()) return;
  if (number == 0) {
    give(log, found->second, log.run->command);
    log.shared.erase(found);
    return;
  }
  for (const SharedName& user : found->second.users) give(log, found->second, {Owner::Kind::test, user});
}

// ---- hits

void Knowledge::State::remember(Log& log, std::set<Taken>& taken) const {
  if (remembers_hits) taken.insert({log.run_id, log.test ? *log.test : log.run->command});
}

void Knowledge::State::take(Log& log, std::uint32_t number, LogFile& file, mapping::ArmRef arm) {
  if (file.state->take_arm(evidence(log, file), arm)) mark_changed(*file.state);
  for (const std::uint32_t shared : log.open_shared) log.shared[shared].evidence[number].arms.insert(arm);
}

void Knowledge::State::fold(Log& log, const hitlog::LineHit& hit) {
  const auto found = log.files.find(hit.file);
  if (found == log.files.end()) return;
  LogFile& file = found->second;
  if (!ready(file)) return count_unmatched(file);
  if (hit.line == 0) return;  // an empty module has no line, and says so
  if (hit.line > file.syntax->text->line_count())
    return add_orphan(file.path, hit.line, "a line that the text does not have");
  if (file.state->take_line(evidence(log, file), hit.line)) mark_changed(*file.state);
  for (const std::uint32_t shared : log.open_shared) log.shared[shared].evidence[hit.file].lines.insert(hit.line);
  if (!file.markers) return;
  const auto& by_line = file.markers->by_line;
  auto at = std::lower_bound(by_line.begin(), by_line.end(), std::pair(hit.line, 0u));
  for (; at != by_line.end() && at->first == hit.line; ++at) {
    remember(log, file.markers->taken[at->second]);
    if (const auto& arm = file.markers->arms[at->second]) take(log, hit.file, file, *arm);
  }
}

void Knowledge::State::fold(Log& log, const hitlog::ArmHit& hit) {
  const auto found = log.files.find(hit.file);
  if (found == log.files.end()) return;
  LogFile& file = found->second;
  if (!ready(file)) return count_unmatched(file);
  if (!file.markers || hit.marker >= file.markers->arms.size()) return count_unmatched(file);
  remember(log, file.markers->taken[hit.marker]);
  if (const auto& arm = file.markers->arms[hit.marker]) return take(log, hit.file, file, *arm);
  add_orphan(file.path, file.markers->records[hit.marker].test_line,
             "marker " + std::to_string(hit.marker) + " stands in no site's test");
}

void Knowledge::State::fold(Log& log, const hitlog::JumpHit& hit) {
  const auto code = log.codes.find(hit.code);
  if (code == log.codes.end()) return;
  const auto found = log.files.find(code->second.file);
  if (found == log.files.end()) return;
  LogFile& file = found->second;
  if (!ready(file) || !code->second.shared) return count_unmatched(file);
  SharedCode& shared = *code->second.shared;
  const auto* trail = shared.mapped.find(hit.offset, hit.jumped);
  if (!trail)
    return add_orphan(file.path, 0,
                      "byte " + std::to_string(hit.offset) + " of " + shared.name + " (" + shared.interpreter +
                          ") is no conditional jump that is known");
  remember(log, shared.taken[static_cast<std::size_t>(trail - shared.mapped.trails.data())]);
  if (trail->arm) return take(log, found->first, file, *trail->arm);
  if (trail->orphan)
    add_orphan(
        file.path, trail->line,
        shared.name + " (" + shared.interpreter + ", byte " + std::to_string(hit.offset) + "): " + trail->reason);
}

void Knowledge::State::fold(Log& log, const hitlog::CallHit& hit) {
  const auto code = log.codes.find(hit.code);
  if (code == log.codes.end()) return;
  const auto found = log.files.find(code->second.file);
  if (found == log.files.end()) return;
  LogFile& file = found->second;
  if (!ready(file) || !code->second.shared) return count_unmatched(file);
  const auto& scope = code->second.shared->mapped.scope;
  if (!scope) return;
  if (file.state->take_scope(evidence(log, file), *scope)) mark_changed(*file.state);
  for (const std::uint32_t shared : log.open_shared) log.shared[shared].evidence[found->first].scopes.insert(*scope);
}

// ---- the end of a run

void Knowledge::State::settle_file(FileState& file, const std::string& run_id, const Run& run, bool passed) {
  FileKnowledge& known = *file.known();
  const auto replaces = [&](const Owner& owner) {
    if (run.settled_before) return false;
    return owner.kind == Owner::Kind::test ? passed_for_good(run, owner) : passed && owner == run.command;
  };
  const auto running = known.running.find(run_id);
  const bool replaces_any =
      std::any_of(known.settled.begin(), known.settled.end(), [&](const auto& entry) { return replaces(entry.first); });
  if (running == known.running.end() && !replaces_any) return;

  const auto before = verdicts(known);
  const bool knew_nothing = known.settled.empty();  // then what did not happen becomes known with this run
  // An owner that ran again and did not come here any more has no evidence here any more.
  std::erase_if(known.settled, [&](const auto& entry) { return replaces(entry.first); });
  if (running != known.running.end()) {
    known.settled.merge(running->second);
    for (const auto& [owner, evidence] : running->second) known.settled[owner].add(evidence);  // those it had already
    known.running.erase(running);
  }
  file.recount();
  if (knew_nothing != known.settled.empty() || verdicts(known) != before) mark_changed(file);
}

}  // namespace branchlight::model
