#include "server/features/inlay_hints.h"

#include <algorithm>
#include <map>

#include "server/features/destination.h"
#include "server/features/quiet.h"

namespace branchlight::features {
namespace {

using syntax::Arm;
using syntax::SiteKind;

constexpr std::string_view between = " · ";

const char* name(SiteKind kind, Arm arm) {
  switch (kind) {
    case SiteKind::for_:
    case SiteKind::async_for: return arm == Arm::yes ? "starts" : "completes";
    case SiteKind::case_: return arm == Arm::yes ? "matches" : "does not match";
    default: return arm == Arm::yes ? "True" : "False";
  }
}

const char* full(SiteKind kind) {
  switch (kind) {
    case SiteKind::for_:
    case SiteKind::async_for: return "loop starts and completes";
    case SiteKind::case_: return "matches or not";
    default: return "True and False";
  }
}

// A test's id as a person says it in code font; backquotes in it would end the font.
std::string code(std::string text) {
  std::replace(text.begin(), text.end(), '`', '\'');
  return "`" + text + "`";
}

std::string taken_by(std::vector<model::Owner> owners, std::size_t limit) {
  const auto count = [&](model::Owner::Kind kind) { return std::ranges::count(owners, kind, &model::Owner::kind); };
  const auto tests = static_cast<std::size_t>(count(model::Owner::Kind::test));
  const bool imported = count(model::Owner::Kind::imported) > 0;
  std::erase_if(owners, [](const model::Owner& owner) { return owner.name.empty(); });  // an import without a context
  std::string text = tests == 0   ? imported ? "taken" : "taken outside of tests"
                     : tests == 1 ? "taken by 1 test"
                                  : "taken by " + std::to_string(tests) + " tests";
  for (std::size_t i = 0; i < std::min(owners.size(), limit); ++i) text += "\n- " + code(owners[i].name.text());
  if (owners.size() > limit) text += "\n- and " + std::to_string(owners.size() - limit) + " more";
  return text;
}

std::string explain(Claim::Tense tense) {
  switch (tense) {
    case Claim::Tense::never: return "";
    case Claim::Tense::not_yet: return "\n\nA run is under way.";
    case Claim::Tense::was: return "\n\nThis function has been edited since.";
  }
  return "";
}

std::string not_live(const Marks& marks) {
  return marks.imported ? "\n\nNot live: imported from " + code(model::origin(*marks.imported)) + "." : "";
}

std::string site_tooltip(const Marks& marks, const SiteMark& mark, const std::vector<Claim>& claimed,
                         const model::FileKnowledge& file, std::size_t limit) {
  const syntax::Site& site = marks.syntax->sites[mark.site];
  std::string text;
  for (const Arm arm : {Arm::yes, Arm::no}) {
    const auto index = static_cast<std::size_t>(arm);
    if (!mark.verdict.exists[index]) continue;
    text += (text.empty() ? "**" : "\n\n**") + std::string(name(site.kind, arm)) + "**, " +
            syntax::leads(*marks.syntax, site, arm) + ": ";
    text += mark.verdict.taken[index] ? taken_by(model::takers(file, {mark.known_site, arm}), limit) : "not taken";
  }
  return text + (claimed.empty() ? "" : explain(claimed.front().tense)) + not_live(marks);
}

class Collector {
 public:
  Collector(const Marks& marks, const model::FileKnowledge& file, const HintOptions& options, text::ByteRange range)
      : marks_(marks), file_(file), options_(options), range_(range) {}

  void site(const SiteMark& mark) {
    const syntax::Site& site = marks_.syntax->sites[mark.site];
    const auto at = end_of_line(site.header);
    if (!wanted(at)) return;
    const auto claimed = claims(marks_, mark);
    std::vector<HintPart> parts;
    for (const Claim& claim : claimed) parts.push_back({claim.words, destination(*marks_.syntax, site, claim.missing)});
    if (parts.empty() && options_.shown == HintsShown::all) parts = all_is_said(site, mark);
    if (parts.empty()) return;
    add(at, std::move(parts),
        options_.tooltips ? site_tooltip(marks_, mark, claimed, file_, options_.tooltip_tests) : "", site.header);
  }

  void uncalled(const ScopeMark& mark) {
    const syntax::Scope& scope = marks_.syntax->scopes[mark.scope];
    const auto at = end_of_line(scope.header);
    if (!wanted(at)) return;
    const bool stale = mark.age == freshness::Age::stale;
    add(at, {{stale ? "was never called" : "never called", std::nullopt}},
        std::string("Nothing that was run called this function.") + (stale ? "\n\nIt has been edited since." : "") +
            not_live(marks_),
        scope.header);
  }

  std::vector<Hint> take() {
    std::vector<Hint> result;
    for (auto& [offset, hint] : by_line_) result.push_back(std::move(hint));
    return result;
  }

 private:
  std::uint32_t end_of_line(text::ByteRange header) const {
    const auto& text = *marks_.syntax->text;
    const auto last = header.empty() ? header.begin : header.end - 1;
    return text.line(text.position(last).line).end;
  }
  bool wanted(std::uint32_t offset) const { return range_.begin <= offset && offset <= range_.end; }

  std::vector<HintPart> all_is_said(const syntax::Site& site, const SiteMark& mark) const {
    if (mark.age == freshness::Age::stale || is_about_surroundings(marks_.syntax->text->slice(site.test))) return {};
    if (mark.verdict.state == model::SiteState::full) return {{full(site.kind), std::nullopt}};
    const bool known = mark.verdict.exists[0] || mark.verdict.exists[1];  // not so where lines alone were imported
    if (mark.verdict.state == model::SiteState::unreached && marks_.settled && known)
      return {{"never reached", std::nullopt}};
    return {};
  }

  // Several on one line are one hint.
  void add(std::uint32_t at, std::vector<HintPart> parts, std::string tooltip, text::ByteRange header) {
    Hint& hint = by_line_[at];
    hint.offset = at;
    for (HintPart& part : parts) {
      if (!hint.parts.empty()) hint.parts.push_back({std::string(between), std::nullopt});
      hint.parts.push_back(std::move(part));
    }
    if (!hint.tooltip.empty() && !tooltip.empty()) hint.tooltip += "\n\n---\n\n";
    hint.tooltip += tooltip;
    hint.anchor += marks_.syntax->text->slice(header);
  }

  const Marks& marks_;
  const model::FileKnowledge& file_;
  const HintOptions& options_;
  text::ByteRange range_;
  std::map<std::uint32_t, Hint> by_line_;
};

// By scope of the buffer: whether nothing called it, or what it stands in.
std::vector<bool> uncalled_scopes(const Marks& marks) {
  std::vector<bool> uncalled(marks.syntax->scopes.size(), false);
  if (!marks.settled) return uncalled;
  for (const ScopeMark& mark : marks.scopes)
    uncalled[mark.scope] = marks.syntax->scopes[mark.scope].kind == syntax::Scope::Kind::function && !mark.called;
  for (std::uint32_t scope = 1; scope < uncalled.size(); ++scope)  // parents come first
    if (uncalled[marks.syntax->scopes[scope].parent]) uncalled[scope] = true;
  return uncalled;
}

}  // namespace

std::string Hint::label() const {
  std::string text;
  for (const HintPart& part : parts) text += part.text;
  return text;
}

std::vector<Hint> inlay_hints(const Marks& marks, const model::FileKnowledge& file, const HintOptions& options,
                              text::ByteRange range) {
  if (options.shown == HintsShown::off) return {};
  Collector hints(marks, file, options, range);
  const auto uncalled = uncalled_scopes(marks);
  for (const ScopeMark& mark : marks.scopes)
    if (uncalled[mark.scope] && !uncalled[marks.syntax->scopes[mark.scope].parent]) hints.uncalled(mark);
  for (const SiteMark& mark : marks.sites)
    if (!uncalled[marks.syntax->sites[mark.site].scope]) hints.site(mark);
  return hints.take();
}

}  // namespace branchlight::features
