#include "coverage/exchange/imported_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "coverage/model/verdicts.h"

namespace branchlight::exchange {
namespace {

using syntax::Arm;
using syntax::Destination;

class Importer {
 public:
  Importer(const syntax::Syntax& syntax, const MeasuredArcs& measured, bool branches)
      : syntax_(syntax), branches_(branches) {
    first_lines_.resize(std::size_t{syntax.text->line_count()} + 1);
    for (std::size_t line = 0; line < first_lines_.size(); ++line)
      first_lines_[line] = static_cast<std::uint32_t>(line);
    for (const auto& logical : syntax.lines)
      for (auto line = logical.first_line; line <= logical.last_line && line < first_lines_.size(); ++line)
        first_lines_[line] = logical.first_line;
    for (const auto& [context, arcs] : measured)
      for (const Branch& arc : arcs) look_at(arc);
    since_3_14_ = leaves_annotations_out();
  }

  bool of_this_text() const { return of_this_text_; }
  bool since_3_14() const { return since_3_14_; }

  model::Evidence evidence(const std::set<Branch>& measured) const {
    model::Evidence evidence;
    std::set<Branch> arcs;
    for (const Branch& arc : measured) {
      arcs.insert({first_line(arc.from), first_line(arc.to)});
      for (const std::int64_t line : {arc.from, arc.to})
        if (line > 0) evidence.lines.insert(static_cast<std::uint32_t>(line));
    }
    for (std::uint32_t site = 0; branches_ && site < syntax_.sites.size(); ++site)
      for (const Arm arm : {Arm::no, Arm::yes})
        if (took(arcs, syntax_.sites[site], arm)) evidence.arms.insert({site, arm});
    for (std::uint32_t scope = 1; scope < syntax_.scopes.size(); ++scope)
      if (entered(arcs, syntax_.scopes[scope])) evidence.scopes.insert(scope);
    return evidence;
  }

 private:
  void look_at(const Branch& arc) {
    const auto last = static_cast<std::int64_t>(first_lines_.size()) - 1;
    if (arc.from < -last || arc.from > last || arc.to < -last || arc.to > last) {
      of_this_text_ = false;
      return;
    }
    tells_entries_ = tells_entries_ || arc.from < 0;
    enters_line_1_ = enters_line_1_ || arc.from == -1;
    for (const std::int64_t line : {arc.from, arc.to})
      if (line > 0) ran_.insert(static_cast<std::uint32_t>(first_line(line)));
  }

  std::int64_t first_line(std::int64_t line) const {
    const std::int64_t first = first_lines_[static_cast<std::size_t>(line < 0 ? -line : line)];
    return line < 0 ? -first : first;
  }

  // A class that ran without its bare annotations was run by 3.14 or later.
  bool leaves_annotations_out() const {
    bool missing = false;
    for (const auto& annotation : syntax_.statements) {
      if (!annotation.before_3_14_only) continue;
      if (ran_.contains(annotation.first_line)) return false;
      missing = missing || ran_.contains(syntax_.scopes[annotation.scope].first_line);
    }
    return missing;
  }

  bool took(const std::set<Branch>& arcs, const syntax::Site& site, Arm arm) const {
    if (!site.exists[static_cast<std::size_t>(arm)]) return false;  // an exception came from that line
    const Destination to = settled(syntax_, since_3_14_, site.leads_to[static_cast<std::size_t>(arm)]);
    Branch branch = branch_of(syntax_, site, to);
    const auto leaving = arcs.lower_bound({branch.from, INT64_MIN});
    if (leaving == arcs.end() || leaving->from != branch.from) return false;
    if (branch.from == branch.to) return false;  // coverage.py knows nothing of such an arm either
    if (arcs.contains(branch)) return true;
    // Up to 3.9 a module begins, and is left, at its first statement.
    if (to.kind == Destination::Kind::leaves_scope && to.scope == 0 && !enters_line_1_ && !syntax_.lines.empty()) {
      branch.to = -static_cast<std::int64_t>(syntax_.lines.front().first_line);
      if (arcs.contains(branch)) return true;
    }
    // From 3.10 on the end of a `with` visits its header once more.
    const syntax::With* around = nullptr;
    for (const auto& with : syntax_.withs)
      if (with.scope == site.scope && with.body.begin <= site.header.begin && site.header.end <= with.body.end)
        around = &with;
    return around != nullptr && settled(syntax_, since_3_14_, around->goes_on_to) == to &&
           arcs.contains({branch.from, around->line});
  }

  // Of a body on the header's own line nothing but the entry says whether it ran; where no entries are known it counts
  // as called, for nothing may be claimed of it.
  bool entered(const std::set<Branch>& arcs, const syntax::Scope& scope) const {
    const auto line = static_cast<std::int64_t>(scope.first_line);
    if (!tells_entries_) {
      const auto& text = *syntax_.text;
      return text.position(scope.body.begin).line == text.position(scope.header.end).line &&
             arcs.contains({line, line});
    }
    const auto first = first_line(line);
    const auto from = arcs.lower_bound({-first, INT64_MIN});
    return from != arcs.end() && from->from == -first;
  }

  const syntax::Syntax& syntax_;
  bool branches_;
  std::vector<std::uint32_t> first_lines_;  // by line: of the logical line that it belongs to
  std::set<std::uint32_t> ran_;
  bool of_this_text_ = true;
  bool tells_entries_ = false, enters_line_1_ = false, since_3_14_ = false;
};

}  // namespace

std::optional<model::FileKnowledge> imported_file(syntax::SharedSyntax syntax, const std::string& path,
                                                  const MeasuredArcs& measured, const model::Import& import) {
  const Importer importer(*syntax, measured, import.branches);
  if (!importer.of_this_text()) return std::nullopt;
  model::FileKnowledge file;
  file.path = path;
  file.imported = import;
  file.since_3_14 = importer.since_3_14();
  file.settled[{model::Owner::Kind::imported, ""}];  // a file that was measured, and of which nothing ran, has one too
  for (const auto& [context, arcs] : measured) file.settled[owner_of(context)].add(importer.evidence(arcs));
  file.syntax = std::move(syntax);
  return file;
}

void share_since_3_14(std::vector<model::FileKnowledge>& files) {
  if (std::ranges::none_of(files, &model::FileKnowledge::since_3_14)) return;
  for (model::FileKnowledge& file : files) {
    const auto& statements = file.syntax->statements;
    const auto executed = model::verdicts(file).executed;
    bool earlier = false;
    for (std::size_t i = 0; i < statements.size(); ++i)
      earlier = earlier || (statements[i].before_3_14_only && executed[i]);
    file.since_3_14 = !earlier;
  }
}

}  // namespace branchlight::exchange
