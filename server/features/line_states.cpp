#include "server/features/line_states.h"

#include <algorithm>
#include <map>

namespace branchlight::features {
namespace {

enum class State : std::uint8_t { missing, covered, partial, stale };  // the stronger one wins a line

class Lines {
 public:
  void set(std::uint32_t first, std::uint32_t last, State state) {
    for (auto line = first; line <= last; ++line) {
      const auto [found, fresh] = states_.emplace(line, state);
      if (!fresh) found->second = std::max(found->second, state);
    }
  }
  const std::map<std::uint32_t, State>& all() const { return states_; }

 private:
  std::map<std::uint32_t, State> states_;
};

}  // namespace

LineStates line_states(const Marks& marks) {
  Lines lines;
  for (const StatementMark& mark : marks.statements) {
    const syntax::Statement& statement = marks.syntax->statements[mark.statement];
    if (mark.age == freshness::Age::stale)
      lines.set(statement.first_line, statement.last_line, State::stale);
    else if (mark.executed)
      lines.set(statement.first_line, statement.last_line, State::covered);
    else if (marks.settled)
      lines.set(statement.first_line, statement.last_line, State::missing);
  }
  for (const SiteMark& mark : marks.sites) {
    if (mark.age == freshness::Age::stale || claims(marks, mark).empty()) continue;
    const auto header = marks.syntax->sites[mark.site].header;
    const auto& text = *marks.syntax->text;
    lines.set(text.position(header.begin).line, text.position(header.empty() ? header.begin : header.end - 1).line,
              State::partial);
  }

  LineStates result;
  for (const auto& [line, state] : lines.all()) {
    switch (state) {
      case State::missing: result.missing.push_back(line); break;
      case State::covered: result.covered.push_back(line); break;
      case State::partial: result.partial.push_back(line); break;
      case State::stale: result.stale.push_back(line); break;
    }
  }
  return result;
}

}  // namespace branchlight::features
