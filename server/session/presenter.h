// What the client sees of the open documents: their diagnostics, hints and gutter lines, kept equal to what is known.
//
// Each message is sent only when it differs from the one before it, and not too often. Parsing and carrying happen in
// the pool, one task at a time for each document; between an edit and its result the client keeps what it has, moved
// by its own means, and requests about the document wait.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/jsonrpc/incoming.h"
#include "server/documents/documents.h"
#include "server/session/client.h"
#include "server/session/encoding.h"
#include "server/session/page.h"
#include "server/session/roots.h"
#include "server/session/settings.h"
#include "server/session/world.h"

namespace branchlight::session {

class Presenter {
 public:
  Presenter(World& world, Client& client, const documents::Documents& documents, const Roots& roots,
            const Settings& settings);

  void client_is(const lsp::ClientCapabilities& capabilities, Encoding encoding);

  void opened(const documents::Document& document);
  // `redrawn`: the client may have lost its diagnostics, as when the whole text was replaced.
  void edited(const documents::Document& document, bool redrawn);
  void closed(const std::string& uri);
  void analyzed(Analyzed event);
  void knowledge_changed(const Activity& activity);
  void settings_changed();

  // Sends what is due. To be called after every event.
  void tick();
  std::optional<TimePoint> next_due() const;

  // Calls `read` with the document's snapshot as soon as that is of its present text.
  void when_ready(const documents::Document& document, Read read);
  // The hints of this document have just been given to the client.
  void hints_given(const std::string& uri);

 private:
  void present(Page& page);
  bool analyze(Page& page, const model::FileKnowledge* file);
  void look(Page& page, const model::FileKnowledge* file);
  void publish_diagnostics(Page& page);
  void send_coverage(Page& page);
  std::vector<std::string> visible_hints(const Page& page) const;
  void refresh_hints();
  void answer(Page& page);

  World& world_;
  Client& client_;
  const documents::Documents& documents_;
  const Roots& roots_;
  const Settings& settings_;
  lsp::ClientCapabilities capabilities_;
  Encoding encoding_ = Encoding::utf16;

  std::map<std::string, Page> pages_;
  bool refresh_unanswered_ = false;
  std::optional<TimePoint> refresh_due_;
  TimePoint refresh_not_before_{};
};

}  // namespace branchlight::session
