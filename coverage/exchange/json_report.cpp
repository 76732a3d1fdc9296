#include "coverage/exchange/json_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "coverage/exchange/contexts.h"

namespace branchlight::exchange {
namespace {

using json = nlohmann::ordered_json;
using Lines = std::set<std::uint32_t>;

json summary(const Numbers& numbers) {
  return {{"covered_lines", numbers.executed()},
          {"num_statements", numbers.statements},
          {"percent_covered", numbers.percent()},
          {"percent_covered_display", display(numbers.percent())},
          {"missing_lines", numbers.missing},
          {"excluded_lines", numbers.excluded},
          {"percent_statements_covered", numbers.percent_statements()},
          {"percent_statements_covered_display", display(numbers.percent_statements())},
          {"num_branches", numbers.branches},
          {"num_partial_branches", numbers.partial_branches},
          {"covered_branches", numbers.executed_branches()},
          {"missing_branches", numbers.missing_branches},
          {"percent_branches_covered", numbers.percent_branches()},
          {"percent_branches_covered_display", display(numbers.percent_branches())}};
}

json pairs(const std::vector<Branch>& branches) {
  json result = json::array();
  for (const Branch& branch : branches) result.push_back({branch.from, branch.to});
  return result;
}

json part(const Analysis& analysis) {
  return {{"executed_lines", analysis.executed},
          {"summary", summary(numbers(analysis))},
          {"missing_lines", analysis.missing()},
          {"excluded_lines", analysis.excluded}};
}

void add_branches(json& to, const Analysis& analysis) {
  to["executed_branches"] = pairs(analysis.executed_branches());
  to["missing_branches"] = pairs(analysis.missing_branches());
}

// A function, or a class; a class has the lines of its methods.
struct Region {
  syntax::Scope::Kind kind{};
  std::string name;
  std::uint32_t start = 1;
  Lines lines;
};

std::uint32_t line_of(const syntax::Syntax& syntax, std::uint32_t offset) { return syntax.text->position(offset).line; }

Lines body_lines(const syntax::Syntax& syntax, const syntax::Scope& scope) {
  Lines lines;
  if (scope.body.empty()) return lines;
  const std::uint32_t last = line_of(syntax, scope.body.end - 1);
  for (std::uint32_t line = line_of(syntax, scope.body.begin); line <= last; ++line) lines.insert(lines.end(), line);
  return lines;
}

void take_away(Lines& from, const Lines& lines) {
  for (const std::uint32_t line : lines) from.erase(line);
}

class Regions {
 public:
  explicit Regions(const syntax::Syntax& syntax) : syntax_(syntax), regions_(syntax.scopes.size()) {
    for (std::size_t i = 1; i < syntax.scopes.size(); ++i) add(i);
    // An inner class's lines are no lines of the classes around it: once all of its methods are known.
    for (std::size_t i = syntax.scopes.size(); i-- > 1;) {
      if (is(i, syntax::Scope::Kind::class_)) take_from_outer_classes(i);
    }
  }

  std::vector<const Region*> of(syntax::Scope::Kind kind) const {
    std::vector<const Region*> result;
    for (std::size_t i = 1; i < regions_.size(); ++i) {
      if (is(i, kind)) result.push_back(&regions_[i]);
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Region* a, const Region* b) { return a->start < b->start; });
    return result;
  }

 private:
  bool is(std::size_t scope, syntax::Scope::Kind kind) const { return syntax_.scopes[scope].kind == kind; }

  void add(std::size_t index) {
    const syntax::Scope& scope = syntax_.scopes[index];
    Region& region = regions_[index];
    region.kind = scope.kind;
    region.start = line_of(syntax_, scope.header.begin);
    region.name = std::string(syntax_.text->slice(scope.name));
    const std::size_t parent = scope.parent;
    if (parent != 0 && !regions_[parent].name.empty()) region.name = regions_[parent].name + "." + region.name;
    if (scope.kind != syntax::Scope::Kind::function) return;
    region.lines = body_lines(syntax_, scope);
    if (is(parent, syntax::Scope::Kind::class_))
      regions_[parent].lines.insert(region.lines.begin(), region.lines.end());
    for (std::size_t outer = parent; outer != 0; outer = syntax_.scopes[outer].parent) {
      if (is(outer, syntax::Scope::Kind::function)) return take_away(regions_[outer].lines, region.lines);
    }
  }

  void take_from_outer_classes(std::size_t index) {
    for (std::size_t outer = syntax_.scopes[index].parent; outer != 0; outer = syntax_.scopes[outer].parent) {
      if (is(outer, syntax::Scope::Kind::class_)) take_away(regions_[outer].lines, regions_[index].lines);
    }
  }

  const syntax::Syntax& syntax_;
  std::vector<Region> regions_;  // by scope
};

json contexts_of(const Lines& lines, const LineContexts& contexts) {
  json::object_t result;
  for (const std::uint32_t line : lines)
    if (const auto found = contexts.find(line); found != contexts.end())
      result.emplace_back(std::to_string(line), found->second);
  return result;
}

json region(const Analysis& analysis, const Lines& lines, std::uint32_t start, const LineContexts* contexts) {
  json result = part(analysis);
  result["start_line"] = start;
  if (contexts != nullptr) result["contexts"] = contexts_of(lines, *contexts);
  add_branches(result, analysis);
  return result;
}

// `contexts`: none, if they are not to be shown.
json regions(const Analysis& whole, const std::vector<const Region*>& of_kind, Lines outside,
             const LineContexts* contexts) {
  std::vector<Analysis> analyses;
  std::set<std::string> with_statements;
  for (const Region* each : of_kind) {
    take_away(outside, each->lines);
    analyses.push_back(narrow(whole, each->lines));
    if (!analyses.back().statements.empty()) with_statements.insert(each->name);
  }
  json result = json::object();
  for (std::size_t i = 0; i < of_kind.size(); ++i) {
    std::string name = of_kind[i]->name;
    // The first of a name that has statements keeps it.
    if (result.contains(name) || (with_statements.contains(name) && analyses[i].statements.empty()))
      name += "@" + std::to_string(of_kind[i]->start);
    result[name] = region(analyses[i], of_kind[i]->lines, of_kind[i]->start, contexts);
  }
  result[""] = region(narrow(whole, outside), outside, outside.empty() ? 1 : *outside.begin(), contexts);
  return result;
}

Lines all_lines(const text::SourceText& text) {
  std::uint32_t count = text.line_count();
  if (text.line(count).empty()) --count;  // what follows the last newline is no line
  Lines lines;
  for (std::uint32_t line = 1; line <= count; ++line) lines.insert(lines.end(), line);
  return lines;
}

}  // namespace

std::string json_report(const std::vector<ReportedFile>& files, const JsonOptions& options) {
  json report;
  report["meta"] = {{"format", 3},
                    {"version", options.version},
                    {"timestamp", options.timestamp},
                    {"branch_coverage", true},
                    {"show_contexts", options.show_contexts}};
  report["files"] = json::object();
  Numbers total;
  for (const ReportedFile& each : files) {
    const Analysis& analysis = *each.analysis;
    total += numbers(analysis);
    json content = part(analysis);
    const Lines lines = all_lines(*each.file->syntax->text);
    const auto found = options.show_contexts ? line_contexts(*each.file) : LineContexts();
    const LineContexts* contexts = options.show_contexts ? &found : nullptr;
    if (contexts != nullptr) content["contexts"] = contexts_of(lines, *contexts);
    add_branches(content, analysis);
    const Regions all(*each.file->syntax);
    content["functions"] = regions(analysis, all.of(syntax::Scope::Kind::function), lines, contexts);
    content["classes"] = regions(analysis, all.of(syntax::Scope::Kind::class_), lines, contexts);
    report["files"][each.name] = std::move(content);
  }
  report["totals"] = summary(total);
  return report.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace branchlight::exchange
