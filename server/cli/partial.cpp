#include "server/cli/partial.h"

#include "coverage/model/verdicts.h"

namespace branchlight::cli {
namespace {

// While a run goes on "never" would be too early: "not yet False", "loop not yet starts".
std::string in_words(syntax::SiteKind kind, syntax::Arm missing, bool settled) {
  std::string words = syntax::never(kind, missing);
  if (settled) return words;
  const std::size_t never = words.find("never ");
  return never == std::string::npos ? "so far " + words : words.replace(never, 5, "not yet");
}

}  // namespace

std::string one_line(std::string_view source, std::size_t limit) {
  std::string result;
  for (const char c : source) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\\';
    if (!blank)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  if (result.size() <= limit) return result;
  std::size_t cut = limit - 1;
  while (cut > 0 && (static_cast<unsigned char>(result[cut]) & 0xC0) == 0x80) --cut;  // not inside a character
  return result.substr(0, cut) + "…";
}

std::vector<PartialBranch> partial_branches(const model::FileKnowledge& file,
                                            const configuration::Exclusions& exclusions, const std::string& shown_as) {
  const syntax::Syntax& syntax = *file.syntax;
  const model::FileVerdicts verdicts = model::verdicts(file);
  std::vector<PartialBranch> result;
  for (std::size_t i = 0; i < syntax.sites.size(); ++i) {
    const model::SiteVerdict& verdict = verdicts.sites[i];
    if (verdict.state != model::SiteState::partial) continue;
    const syntax::Site& site = syntax.sites[i];
    const std::uint32_t line = syntax.text->position(site.header.begin).line;
    if (exclusions.site(syntax, site)) continue;
    const std::size_t missing = verdict.taken[0] ? 1 : 0;
    std::string header = one_line(syntax.text->slice(site.header), 60);
    if (!header.empty() && header.back() == ':') header.pop_back();
    const auto arm = static_cast<syntax::Arm>(missing);
    result.push_back(
        {shown_as, line, header, in_words(site.kind, arm, verdict.settled), syntax::would(syntax, site, arm)});
  }
  return result;
}

}  // namespace branchlight::cli
