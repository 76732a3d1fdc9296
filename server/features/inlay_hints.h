// The words at the end of a site's header line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/features/marks.h"

namespace branchlight::features {

enum class HintsShown : std::uint8_t { partial, all, off };

struct HintPart {
  std::string text;
  std::optional<text::ByteRange> target;  // where the missing arm leads
};

struct Hint {
  std::uint32_t offset = 0;  // the end of its line
  std::vector<HintPart> parts;
  std::string tooltip;  // Markdown
  std::string anchor;   // the header it is about: what stays the same while the hint only moves
  std::string label() const;
};

// Those whose offset lies in `range`, its end included; one a line. Tooltips name at most `tooltip_tests` tests an arm.
struct HintOptions {
  HintsShown shown = HintsShown::partial;
  std::size_t tooltip_tests = 10;
  bool tooltips = true;
};
std::vector<Hint> inlay_hints(const Marks& marks, const model::FileKnowledge& file, const HintOptions& options,
                              text::ByteRange range);

}  // namespace branchlight::features
