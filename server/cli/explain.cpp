#include "server/cli/explain.h"

#include <map>

#include "coverage/model/explain.h"
#include "server/cli/partial.h"

namespace branchlight::cli {
namespace {

using syntax::Arm;

constexpr std::size_t tests_shown = 10;

const char* name_of(syntax::SiteKind kind) {
  switch (kind) {
    case syntax::SiteKind::if_: return "if";
    case syntax::SiteKind::elif: return "elif";
    case syntax::SiteKind::while_: return "while";
    case syntax::SiteKind::for_: return "for";
    case syntax::SiteKind::async_for: return "async for";
    case syntax::SiteKind::case_: return "case";
  }
  return "";
}

const char* name_of(syntax::SiteKind kind, Arm arm) {
  const bool yes = arm == Arm::yes;
  switch (kind) {
    case syntax::SiteKind::for_:
    case syntax::SiteKind::async_for: return yes ? "starts" : "completes";
    case syntax::SiteKind::case_: return yes ? "matches" : "does not match";
    default: return yes ? "True" : "False";
  }
}

std::string in_words(const model::SiteExplanation& site) {
  switch (site.verdict.state) {
    case model::SiteState::unreached: return "never reached";
    case model::SiteState::full: return "full: every arm was taken";
    case model::SiteState::partial: break;
  }
  std::string text = "partial";
  for (const Arm arm : {Arm::yes, Arm::no}) {
    const auto index = static_cast<std::size_t>(arm);
    if (site.verdict.exists[index] && !site.verdict.taken[index])
      text += std::string(": ") + syntax::never(site.kind, arm);
  }
  return site.verdict.settled ? text : text + " (so far: the run has not ended)";
}

std::string in_words(const model::Owner& owner) {
  switch (owner.kind) {
    case model::Owner::Kind::test: return "test " + owner.name.text();
    case model::Owner::Kind::command: return "outside of tests: " + owner.name.text();
    case model::Owner::Kind::imported: break;
  }
  return owner.name.empty() ? "what was imported" : "what was imported, context " + owner.name.text();
}

std::string cause_line(const model::Cause& cause) {
  std::string text = "      ";
  if (cause.marker)
    text += "marker " + std::to_string(cause.offset);
  else
    text += "jump at byte " + std::to_string(cause.offset) + " of " + cause.code + ", " +
            (cause.jumped ? "taken" : "fallen through");
  if (!cause.interpreter.empty()) text += ", CPython " + cause.interpreter;
  if (!cause.reason.empty()) text += ": " + cause.reason;
  text += cause.orphan ? "; it found no branch\n" : "\n";
  std::map<std::string, std::size_t> by_run;
  for (const model::Taken& taken : cause.taken) {
    if (by_run[taken.run]++ < tests_shown)
      text += "        run " + taken.run.substr(0, 8) + ", " + in_words(taken.owner) + "\n";
  }
  for (const auto& [run, count] : by_run) {
    if (count > tests_shown)
      text += "        run " + run.substr(0, 8) + ", and " + std::to_string(count - tests_shown) + " more\n";
  }
  return cause.taken.empty() ? text + "        not in the runs whose logs are still there\n" : text;
}

std::string arm_text(const model::SiteExplanation& site, const model::ArmExplanation& arm, const syntax::Syntax& syntax,
                     bool branches_known) {
  std::string text = std::string("    ") + name_of(site.kind, arm.arm) + ": ";
  if (!arm.exists) return text + "no such arm: the test is a constant, or the code is dead\n";
  if (arm.absent) return text + "no such arm in the compiled code\n";
  if (!branches_known) return text + "not known: what was imported has lines alone\n";
  text += std::string(arm.taken ? "taken" : "not taken") + "; " +
          syntax::leads(syntax, syntax.sites[site.site], arm.arm) + "\n";
  std::size_t shown = 0;
  for (const model::Owner& owner : arm.settled) {
    if (shown++ == tests_shown) break;
    text += "      by " + in_words(owner) + "\n";
  }
  if (arm.settled.size() > tests_shown)
    text += "      and by " + std::to_string(arm.settled.size() - tests_shown) + " more\n";
  for (const model::Taken& taken : arm.running)
    text += "      by the run under way " + taken.run.substr(0, 8) + ", " + in_words(taken.owner) + "\n";
  for (const model::Cause& cause : arm.causes) text += cause_line(cause);
  return text;
}

std::string site_text(const model::SiteExplanation& site, const model::FileKnowledge& file) {
  const syntax::Syntax& syntax = *file.syntax;
  const bool branches_known = !file.imported || file.imported->branches;
  std::string text =
      "  " + std::string(name_of(site.kind)) + " " + one_line(site.test, 70) + "  (in " + site.scope + ")\n";
  if (branches_known) text += "    " + in_words(site) + "\n";
  for (const Arm arm : {Arm::yes, Arm::no})
    text += arm_text(site, site.arms[static_cast<std::size_t>(arm)], syntax, branches_known);
  if (!site.undecided.empty()) text += "    in its test, but no arm of it:\n";
  for (const model::Cause& cause : site.undecided) text += cause_line(cause);
  return text;
}

std::string statements_text(const model::FileKnowledge& file, std::uint32_t line) {
  std::string text;
  const model::FileVerdicts verdicts = model::verdicts(file);
  for (std::size_t i = 0; i < file.syntax->statements.size(); ++i) {
    if (file.syntax->statements[i].first_line != line) continue;
    text += verdicts.executed[i] ? "  the line was executed\n" : "  the line was not executed\n";
    std::size_t shown = 0;
    for (const auto& [owner, evidence] : file.settled) {
      if (evidence.lines.contains(line) && shown++ < tests_shown) text += "    by " + in_words(owner) + "\n";
    }
    if (shown > tests_shown) text += "    and by " + std::to_string(shown - tests_shown) + " more\n";
    return text;
  }
  return text;
}

std::string orphans_text(const model::Knowledge& knowledge, const std::string& path, std::uint32_t line) {
  std::string text;
  for (const model::Orphan& orphan : knowledge.orphans()) {
    if (orphan.path == path && orphan.line == line) text += "  found no branch: " + orphan.what + "\n";
  }
  return text;
}

}  // namespace

std::variant<std::string, NothingToExplain> explain_line(Known& known, const std::string& path, std::uint32_t line) {
  const model::FileKnowledge* file = known.knowledge().find(path);
  if (file == nullptr || !file->syntax)
    return NothingToExplain{path + ": nothing is known of this file; no run that is known has imported it"};
  if (line > file->syntax->text->line_count())
    return NothingToExplain{path + ": line " + std::to_string(line) + " does not exist; the file that ran has " +
                            std::to_string(file->syntax->text->line_count()) + " lines"};
  std::string text = path + ":" + std::to_string(line) + "\n";
  text += "  " + one_line(file->syntax->text->slice(file->syntax->text->line(line)), 100) + "\n";
  if (file->imported) text += "  not live: imported from " + model::origin(*file->imported) + "\n";
  text += statements_text(*file, line);
  for (const model::SiteExplanation& site : known.knowledge().explain(path, line)) text += site_text(site, *file);
  text += orphans_text(known.knowledge(), path, line);
  if (file->unmatched > 0)
    text += "  " + std::to_string(file->unmatched) + " hits of another text of this file were left out\n";
  return text;
}

}  // namespace branchlight::cli
