// One open document as the Presenter keeps it: what the pool found out, what may be said, what was said.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coverage/configuration/exclusions.h"
#include "protocol/lsp/types.h"
#include "server/documents/documents.h"
#include "server/features/line_states.h"
#include "server/features/marks.h"
#include "server/session/encoding.h"
#include "server/session/one_sided.h"
#include "server/session/settings.h"

namespace branchlight::session {

// An open document and what is known about it, at one moment. What a handler that only reads gets.
struct Snapshot {
  const documents::Document& document;
  const features::Marks* marks;      // null: nothing is known, or it is not of this document's text
  const model::FileKnowledge* file;  // null: nothing is known
  const Settings& settings;
  Encoding encoding;
};

using Read = std::function<void(const Snapshot&)>;

struct Page {
  std::string uri;

  // The last result of the pool, and what it is of.
  std::uint64_t serial = 0;
  syntax::SharedSyntax buffer, known;
  freshness::Carry carry;
  configuration::SharedSettings settings;
  configuration::SharedExclusions exclusions;
  bool computing = false;

  // What may be said. `of_now`: about the present text and the present knowledge.
  std::optional<features::Marks> marks;
  bool of_now = false;
  syntax::SharedSyntax settled;  // of the text that the last run knew that has ended
  OneSided one_sided;
  std::optional<TimePoint> look_due;
  TimePoint look_not_before{};

  // What the client was told.
  lsp::Json diagnostics = lsp::Json::array();
  bool redrawn = false;
  features::LineStates lines;
  std::optional<std::int64_t> lines_version;  // of the document that they were said of
  TimePoint coverage_not_before{};
  std::optional<TimePoint> coverage_due;
  std::optional<std::vector<std::string>> hints;  // none: it has not asked

  std::vector<Read> waiting;
};

}  // namespace branchlight::session
