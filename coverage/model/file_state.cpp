#include "coverage/model/file_state.h"

#include <algorithm>
#include <utility>

#include "coverage/model/carry_evidence.h"
#include "coverage/model/run.h"
#include "coverage/model/verdicts.h"

namespace branchlight::model {

using syntax::Arm;

void FileState::attach(FileKnowledge* known, std::uint64_t content_hash) {
  known_ = known;
  content_hash_ = content_hash;
  present_.clear();
  codes_.clear();
  markers_.clear();
  index_text();
  recount();
}

void FileState::detach() {
  known_ = nullptr;
  content_hash_ = 0;
}

void FileState::replace_text(syntax::SharedSyntax syntax, std::uint64_t content_hash) {
  carry_evidence(*known_, std::move(syntax));
  attach(known_, content_hash);
}

void FileState::index_text() {
  statement_lines_.clear();
  const auto& statements = known_->syntax->statements;
  const std::uint32_t lines = known_->syntax->text->line_count();
  for (std::uint32_t index = 0; index < statements.size(); ++index) {
    const auto last = std::min(std::max(statements[index].first_line, statements[index].last_line), lines);
    for (std::uint32_t line = statements[index].first_line; line <= last; ++line)
      statement_lines_.emplace_back(line, index);
  }
  std::sort(statement_lines_.begin(), statement_lines_.end());
}

void FileState::recount() {
  const auto& syntax = *known_->syntax;
  seen_.lines.assign(syntax.text->line_count() + 1, false);
  seen_.statements.assign(syntax.statements.size(), false);
  for (auto& arms : seen_.arms) arms.assign(syntax.sites.size(), false);
  seen_.scopes.assign(syntax.scopes.size(), false);
  for (const auto& [owner, evidence] : known_->settled) see(evidence);
  for (const auto& [run, owners] : known_->running)
    for (const auto& [owner, evidence] : owners) see(evidence);
}

void FileState::see(const Evidence& evidence) {
  for (const auto line : evidence.lines) see_line(line);
  for (const auto& arm : evidence.arms)
    if (arm.site < seen_.arms[0].size()) seen_.arms[static_cast<std::size_t>(arm.arm)][arm.site] = true;
  for (const auto scope : evidence.scopes)
    if (scope < seen_.scopes.size()) seen_.scopes[scope] = true;
}

// True if it is the first line of a statement to be seen.
bool FileState::see_line(std::uint32_t line) {
  if (line >= seen_.lines.size() || seen_.lines[line]) return false;
  seen_.lines[line] = true;
  bool first = false;
  auto at = std::lower_bound(statement_lines_.begin(), statement_lines_.end(), std::pair(line, 0u));
  for (; at != statement_lines_.end() && at->first == line; ++at) {
    first = first || !seen_.statements[at->second];
    seen_.statements[at->second] = true;
  }
  return first;
}

bool FileState::take_line(Evidence& evidence, std::uint32_t line) {
  if (line == 0 || line >= seen_.lines.size()) return false;
  evidence.lines.insert(line);
  return see_line(line);
}

bool FileState::take_arm(Evidence& evidence, mapping::ArmRef arm) {
  evidence.arms.insert(arm);
  auto&& seen = seen_.arms[static_cast<std::size_t>(arm.arm)][arm.site];
  const bool first = !seen;
  seen = true;
  return first;
}

bool FileState::take_scope(Evidence& evidence, std::uint32_t scope) {
  evidence.scopes.insert(scope);
  auto&& seen = seen_.scopes[scope];
  const bool first = !seen;
  seen = true;
  return first;
}

// What one interpreter's code has, is there; it is absent where every code object that was seen lacks it.
bool FileState::set_exists(mapping::ArmRef arm, bool exists) {
  if (exists) {
    present_.insert(arm);
    return known_->absent.erase(arm) > 0;
  }
  if (present_.contains(arm) || !known_->syntax->sites[arm.site].exists[static_cast<std::size_t>(arm.arm)])
    return false;
  return known_->absent.insert(arm).second;
}

bool FileState::note_arms(SharedCode& code) {
  if (std::exchange(code.noted, true) || !code.mapped.scope) return false;
  bool changed = false;
  const auto& sites = known_->syntax->sites;
  for (std::uint32_t site = 0; site < sites.size(); ++site) {
    if (sites[site].scope != *code.mapped.scope) continue;
    for (const Arm arm : {Arm::no, Arm::yes}) {
      const mapping::ArmRef ref{site, arm};
      changed |= set_exists(ref, std::binary_search(code.mapped.arms.begin(), code.mapped.arms.end(), ref));
    }
  }
  return changed;
}

bool FileState::note_arms(SharedMarkers& markers) {
  if (std::exchange(markers.noted, true)) return false;
  bool changed = false;
  for (std::size_t index = 0; index < markers.records.size(); ++index)
    if (markers.arms[index]) changed |= set_exists(*markers.arms[index], markers.records[index].exists != 0);
  return changed;
}

void FileState::drop_import(bool since_3_14) {
  known_->imported.reset();
  known_->settled.clear();
  known_->since_3_14 = since_3_14;
  recount();
}

bool FileState::settle(const Run& run, bool passed) {
  auto& settled = known_->settled;
  const auto replaced = [&](const auto& entry) { return run.replaces(entry.first, passed); };
  const auto running = known_->running.find(run.id());
  if (running == known_->running.end() && std::none_of(settled.begin(), settled.end(), replaced)) return false;

  const auto before = verdicts(*known_);
  const bool knew_nothing = settled.empty();  // then what did not happen becomes known with this run
  // An owner that ran again and did not come here any more has no evidence here any more.
  std::erase_if(settled, replaced);
  if (running != known_->running.end()) {
    settled.merge(running->second);
    for (const auto& [owner, evidence] : running->second) settled[owner].add(evidence);  // those it had already
    known_->running.erase(running);
  }
  recount();
  return knew_nothing != settled.empty() || verdicts(*known_) != before;
}

std::shared_ptr<SharedCode> FileState::code(const hitlog::CodeDefinition& definition,
                                            const mapping::OpcodeTable& opcodes, std::uint32_t interpreter) {
  std::string key =
      std::to_string(interpreter) + ':' + std::to_string(definition.first_line) + ':' + definition.qualified_name;
  key.append(1, '\0').append(definition.bytecode).append(1, '\0').append(definition.locations);
  auto& shared = codes_[std::move(key)];
  if (!shared) {
    shared = std::make_shared<SharedCode>(SharedCode{definition.qualified_name, interpreter_name(interpreter),
                                                     mapping::map_code(definition, opcodes, *known_->syntax)});
    shared->taken.resize(shared->mapped.trails.size());
  }
  return shared;
}

std::shared_ptr<SharedMarkers> FileState::markers(const std::vector<hitlog::MarkerRecord>& records,
                                                  std::uint32_t interpreter) {
  std::string key = std::to_string(interpreter) + ':';
  if (!records.empty()) key.append(reinterpret_cast<const char*>(records.data()), records.size() * sizeof records[0]);
  auto& shared = markers_[std::move(key)];
  if (!shared) {
    shared = std::make_shared<SharedMarkers>(
        SharedMarkers{interpreter_name(interpreter), records, mapping::map_markers(records, *known_->syntax)});
    shared->taken.resize(records.size());
    for (std::uint32_t index = 0; index < records.size(); ++index)
      if (records[index].by_line != 0) shared->by_line.emplace_back(records[index].by_line, index);
    std::sort(shared->by_line.begin(), shared->by_line.end());
  }
  return shared;
}

std::string interpreter_name(std::uint32_t hexversion) {
  return std::to_string(hexversion >> 24) + '.' + std::to_string(hexversion >> 16 & 0xFF) + '.' +
         std::to_string(hexversion >> 8 & 0xFF);
}

}  // namespace branchlight::model
