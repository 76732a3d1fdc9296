#include "server/features/marks.h"

#include <algorithm>

#include "server/features/quiet.h"

namespace branchlight::features {
namespace {

using syntax::Arm;
using syntax::SiteKind;

const char* not_yet(SiteKind kind, Arm missing) {
  switch (kind) {
    case SiteKind::for_:
    case SiteKind::async_for: return missing == Arm::yes ? "loop not yet started" : "loop not yet completed";
    case SiteKind::case_: return missing == Arm::yes ? "not yet matched" : "always matched so far";
    default: return missing == Arm::yes ? "not yet True" : "not yet False";
  }
}

const char* was_never(SiteKind kind, Arm missing) {
  switch (kind) {
    case SiteKind::for_:
    case SiteKind::async_for: return missing == Arm::yes ? "loop was never started" : "loop was never completed";
    case SiteKind::case_: return missing == Arm::yes ? "was never matched" : "was always matched";
    default: return missing == Arm::yes ? "was never True" : "was never False";
  }
}

const char* words(SiteKind kind, Arm missing, Claim::Tense tense) {
  switch (tense) {
    case Claim::Tense::never: return syntax::never(kind, missing);
    case Claim::Tense::not_yet: return not_yet(kind, missing);
    case Claim::Tense::was: return was_never(kind, missing);
  }
  return "";
}

std::optional<Claim::Tense> tense(const SiteMark& mark) {
  if (mark.verdict.state != model::SiteState::partial) return std::nullopt;
  if (mark.age == freshness::Age::stale) return mark.verdict.settled ? std::optional(Claim::Tense::was) : std::nullopt;
  if (mark.verdict.settled) return Claim::Tense::never;
  return mark.one_sided_for_long ? std::optional(Claim::Tense::not_yet) : std::nullopt;
}

// In the order of the buffer: what is carried keeps its order nearly always, but a function may have moved.
template <class Mark, class Verdict>
std::vector<Mark> carried(const std::vector<std::optional<freshness::Carried>>& places, Verdict verdict,
                          std::uint32_t Mark::* index) {
  std::vector<Mark> result;
  for (std::uint32_t known = 0; known < places.size(); ++known)
    if (places[known]) result.push_back(verdict(known, *places[known]));
  std::sort(result.begin(), result.end(), [&](const Mark& a, const Mark& b) { return a.*index < b.*index; });
  return result;
}

}  // namespace

Marks marks(const model::FileKnowledge& file, const model::FileVerdicts& verdicts, syntax::SharedSyntax buffer,
            const freshness::Carry& carry, const configuration::Exclusions& exclusions,
            const std::set<std::uint32_t>& one_sided_for_long) {
  Marks result;
  result.syntax = std::move(buffer);
  result.settled = !file.settled.empty();
  result.imported = file.imported;
  result.sites = carried<SiteMark>(
      carry.sites,
      [&](std::uint32_t known, freshness::Carried place) {
        return SiteMark{place.index, known, place.age, verdicts.sites.at(known), one_sided_for_long.contains(known)};
      },
      &SiteMark::site);
  result.scopes = carried<ScopeMark>(
      carry.scopes,
      [&](std::uint32_t known, freshness::Carried place) {
        return ScopeMark{place.index, place.age, verdicts.called.at(known)};
      },
      &ScopeMark::scope);
  result.statements = carried<StatementMark>(
      carry.statements,
      [&](std::uint32_t known, freshness::Carried place) {
        return StatementMark{place.index, place.age, verdicts.executed.at(known)};
      },
      &StatementMark::statement);

  const auto& now = *result.syntax;
  std::erase_if(result.sites, [&](const SiteMark& mark) { return exclusions.site(now, now.sites[mark.site]); });
  std::erase_if(result.scopes, [&](const ScopeMark& mark) { return exclusions.scope(now, now.scopes[mark.scope]); });
  std::erase_if(result.statements, [&](const StatementMark& mark) {
    const auto& statement = now.statements[mark.statement];
    return exclusions.statement(statement) || !model::is_statement(file, statement);
  });
  return result;
}

std::vector<Claim> claims(const Marks& marks, const SiteMark& mark) {
  const syntax::Site& site = marks.syntax->sites[mark.site];
  const auto when = tense(mark);
  if (!when || is_about_surroundings(marks.syntax->text->slice(site.test))) return {};
  std::vector<Claim> result;
  for (const Arm arm : {Arm::yes, Arm::no}) {
    const auto index = static_cast<std::size_t>(arm);
    if (mark.verdict.taken[index] || !mark.verdict.exists[index]) continue;
    result.push_back({arm, *when, words(site.kind, arm, *when)});
  }
  return result;
}

}  // namespace branchlight::features
