#include "coverage/exchange/contexts.h"

#include "coverage/exchange/arcs.h"

namespace branchlight::exchange {

LineContexts line_contexts(const model::FileKnowledge& file) {
  std::map<std::string, model::FlatSet<std::uint32_t>> by_context;
  const auto add = [&](const std::map<model::Owner, model::Evidence>& owners) {
    for (const auto& [owner, evidence] : owners) {
      auto& lines = by_context[context_of(owner)];
      for (const std::uint32_t line : evidence.lines) lines.insert(line);
    }
  };
  add(file.settled);
  for (const auto& [run, owners] : file.running) add(owners);
  LineContexts result;
  for (const auto& [context, lines] : by_context)
    for (const std::uint32_t line : lines) result[line].push_back(context);
  return result;
}

}  // namespace branchlight::exchange
