#include "coverage/model/log.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

namespace branchlight::model {

namespace {

constexpr std::uint32_t python_3_14 = 0x030E0000;

}  // namespace

Log::Log(const hitlog::Header& header, Run& run, Files& files, const Logs& logs)
    : run_(run),
      files_(files),
      logs_(logs),
      process_id_(header.process_id),
      parent_process_id_(header.parent_process_id),
      interpreter_(header.interpreter),
      created_(header.created) {}

void Log::apply(const hitlog::Record& record) {
  std::visit([&](const auto& decoded) { read(decoded); }, record);
}

void Log::end() {
  ended_ = true;
  shared_.end_all(run_.command(), give());
  leave_test();
}

bool Log::since_3_14() const { return interpreter_ >= python_3_14; }

// ---- definitions

void Log::read(const hitlog::ProcessDefinition& definition) {
  if (const auto before = run_.add_process(definition.json, created_))
    files_.rename(run_.id(), *before, run_.command());
}

void Log::read(const hitlog::FileDefinition& definition) {
  if (const auto before = defined_files_.find(definition.file); before != defined_files_.end()) {
    if (before->second.path == definition.path && before->second.content_hash == definition.content_hash) return;
    // No sound log gives a number to another text. What was mapped to the one before says nothing about this one.
    for (auto& [number, code] : codes_)
      if (code.file == definition.file) code.shared = nullptr;
  }
  File file{definition.file, definition.path, definition.content_hash, nullptr, &files_.state(definition.path)};
  if (file.state->has_text(definition.content_hash)) {
    file.syntax = file.state->known()->syntax;
  } else if (!file.state->known() || !parent_defined(definition)) {
    file.syntax = files_.parse(definition.path, definition.content_hash);
    if (file.syntax) files_.install(*file.state, file.syntax, definition.content_hash);
  }
  if (file.syntax && since_3_14() && !file.state->known()->since_3_14) {
    file.state->known()->since_3_14 = true;
    files_.mark_changed(*file.state);
  }
  defined_files_.insert_or_assign(definition.file, std::move(file));
}

// A forked child repeats what its parent had defined, maybe long after the file was changed and run anew.
bool Log::parent_defined(const hitlog::FileDefinition& definition) const {
  for (const auto& [name, other] : logs_) {
    if (&other == this || &other.run_ != &run_ || other.process_id_ != parent_process_id_) continue;
    for (const auto& [number, file] : other.defined_files_)
      if (file.path == definition.path && file.content_hash == definition.content_hash) return true;
  }
  return false;
}

void Log::read(const hitlog::CodeDefinition& definition) {
  Code code{definition.file, nullptr};
  const auto file = defined_files_.find(definition.file);
  if (file != defined_files_.end() && ready(file->second)) {
    FileState& state = *file->second.state;
    static const mapping::OpcodeTable no_opcodes{hitlog::OpcodesDefinition{}};
    code.shared = state.code(definition, opcodes_ ? *opcodes_ : no_opcodes, interpreter_);
    // Where markers tell of the arms, the bytecode is left out and tells nothing.
    if (!definition.bytecode.empty() && opcodes_ && state.note_arms(*code.shared)) files_.mark_changed(state);
  }
  codes_.insert_or_assign(definition.code, std::move(code));
}

void Log::read(const hitlog::OpcodesDefinition& definition) { opcodes_.emplace(definition); }

void Log::read(const hitlog::MarkersDefinition& definition) {
  const auto file = defined_files_.find(definition.file);
  if (file == defined_files_.end() || !ready(file->second)) return;
  FileState& state = *file->second.state;
  file->second.markers = state.markers(definition.markers, interpreter_);
  if (state.note_arms(*file->second.markers)) files_.mark_changed(state);
}

void Log::read(const hitlog::TestDefinition& definition) { tests_.insert_or_assign(definition.test, definition.id); }

void Log::read(const hitlog::Note& note) { run_.add_note(note.text); }

// Whether hits of this file are in terms of the text that is known.
bool Log::ready(File& file) {
  if (!file.syntax) return false;
  if (file.state->has_text(file.content_hash)) return true;
  if (file.state->known()) return false;
  files_.install(*file.state, file.syntax, file.content_hash);  // it was forgotten while this process ran
  return true;
}

// ---- whose hits these are

void Log::read(const hitlog::TestBegin& begin) {
  const auto id = tests_.find(begin.test);
  if (id == tests_.end()) return;
  if (test_ && test_->name != id->second) leave_test();
  set_test(Owner{Owner::Kind::test, id->second});
  inherited_ = begin.inherited;
}

void Log::read(const hitlog::TestEnd& end) {
  const auto id = tests_.find(end.test);
  if (id == tests_.end()) return;
  run_.end_test(id->second, end.outcome);
  if (test_ && test_->name == id->second) set_test(std::nullopt);
}

// Without its end: the process has died, or another test begins.
void Log::leave_test() {
  if (test_ && !inherited_) run_.end_test(test_->name, hitlog::Outcome::interrupted);
  set_test(std::nullopt);
}

void Log::set_test(std::optional<Owner> test) {
  test_ = std::move(test);
  ++owners_;
}

void Log::read(const hitlog::SharedBegin& begin) { shared_.begin(begin.shared); }

void Log::read(const hitlog::SharedEnd& end) { shared_.end(end.shared, run_.command(), give()); }

void Log::read(const hitlog::SharedUse& use) {
  if (test_) shared_.use(use.shared, *test_, give());
}

// Whose hits these are as well. Nothing new is seen by that: they have been taken once.
SharedParts::Give Log::give() {
  return [this](const SharedParts::ByFile& by_file, const Owner& owner) {
    for (const auto& [number, evidence] : by_file) {
      const auto file = defined_files_.find(number);
      if (file != defined_files_.end() && ready(file->second))
        file->second.state->known()->running[run_.id()][owner].add(evidence);
    }
  };
}

Evidence& Log::evidence(File& file) {
  const Stamp now{owners_, files_.moves()};
  return file.stamp == now ? *file.evidence : find_evidence(file, now);
}

Evidence& Log::find_evidence(File& file, const Stamp& now) {
  if (file.state->known()->imported) {
    file.state->drop_import(since_3_14());
    files_.mark_changed(*file.state);
  }
  file.evidence = &file.state->known()->running[run_.id()][owner()];
  file.stamp = now;
  return *file.evidence;
}

// ---- hits

void Log::remember(std::set<Taken>& taken) const {
  if (files_.remembers_hits()) taken.insert({run_.id(), owner()});
}

void Log::take(File& file, mapping::ArmRef arm) {
  if (file.state->take_arm(evidence(file), arm)) files_.mark_changed(*file.state);
  shared_.take_arm(file.number, arm);
}

// Null: nothing is known of it, or this is a hit of another text, and counted.
Log::File* Log::find_file(std::uint32_t number) {
  const auto found = defined_files_.find(number);
  if (found == defined_files_.end()) return nullptr;
  if (ready(found->second)) return &found->second;
  files_.count_unmatched(*found->second.state);
  return nullptr;
}

// Likewise; both or none.
std::pair<Log::File*, SharedCode*> Log::find_code(std::uint32_t number) {
  const auto code = codes_.find(number);
  File* file = code == codes_.end() ? nullptr : find_file(code->second.file);
  if (!file) return {};
  if (code->second.shared) return {file, code->second.shared.get()};
  files_.count_unmatched(*file->state);
  return {};
}

void Log::read(const hitlog::LineHit& hit) {
  File* file = find_file(hit.file);
  if (!file || hit.line == 0) return;  // an empty module has no line, and says so
  if (hit.line > file->syntax->text->line_count())
    return files_.add_orphan(file->path, hit.line, "a line that the text does not have");
  if (file->state->take_line(evidence(*file), hit.line)) files_.mark_changed(*file->state);
  shared_.take_line(hit.file, hit.line);
  if (!file->markers) return;
  const auto& by_line = file->markers->by_line;
  auto at = std::lower_bound(by_line.begin(), by_line.end(), std::pair(hit.line, 0u));
  for (; at != by_line.end() && at->first == hit.line; ++at) {
    remember(file->markers->taken[at->second]);
    if (const auto& arm = file->markers->arms[at->second]) take(*file, *arm);
  }
}

void Log::read(const hitlog::ArmHit& hit) {
  File* file = find_file(hit.file);
  if (!file) return;
  if (!file->markers || hit.marker >= file->markers->arms.size()) return files_.count_unmatched(*file->state);
  remember(file->markers->taken[hit.marker]);
  if (const auto& arm = file->markers->arms[hit.marker]) return take(*file, *arm);
  files_.add_orphan(file->path, file->markers->records[hit.marker].test_line,
                    "marker " + std::to_string(hit.marker) + " stands in no site's test");
}

void Log::read(const hitlog::JumpHit& hit) {
  const auto [file, code] = find_code(hit.code);
  if (!code) return;
  const auto* trail = code->mapped.find(hit.offset, hit.jumped);
  if (!trail)
    return files_.add_orphan(file->path, 0,
                             "byte " + std::to_string(hit.offset) + " of " + code->name + " (" + code->interpreter +
                                 ") is no conditional jump that is known");
  remember(code->taken[static_cast<std::size_t>(trail - code->mapped.trails.data())]);
  if (trail->arm) return take(*file, *trail->arm);
  if (trail->orphan)
    files_.add_orphan(
        file->path, trail->line,
        code->name + " (" + code->interpreter + ", byte " + std::to_string(hit.offset) + "): " + trail->reason);
}

void Log::read(const hitlog::CallHit& hit) {
  const auto [file, code] = find_code(hit.code);
  if (!code || !code->mapped.scope) return;
  if (file->state->take_scope(evidence(*file), *code->mapped.scope)) files_.mark_changed(*file->state);
  shared_.take_scope(file->number, *code->mapped.scope);
}

}  // namespace branchlight::model
