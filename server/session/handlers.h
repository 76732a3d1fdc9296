// Method name -> typed member, one line each. How a handler runs is its type: one that changes the session's state is
// a member of it, one that only reads gets a document's snapshot and can touch nothing else.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "protocol/jsonrpc/incoming.h"
#include "protocol/lsp/types.h"
#include "server/session/presenter.h"

namespace branchlight::session {

class Session;

class Handlers {
 public:
  using OnRequest = std::function<void(Session&, const lsp::Json& params, jsonrpc::Reply reply)>;
  using OnNotification = std::function<void(Session&, const lsp::Json& params)>;

  // Null: the method is not known.
  static const OnRequest* request(std::string_view method);
  static const OnNotification* notification(std::string_view method);

 private:
  template <class Params>
  static OnRequest changes(void (Session::*handler)(const Params&, jsonrpc::Reply));
  template <class Params>
  static OnNotification changes(void (Session::*handler)(const Params&));
  // Waits until the document has been analyzed as it is now. `then`: what the presenter makes of its having been told.
  template <class Params>
  static OnRequest reads(lsp::Json (*handler)(const Params&, const Snapshot&),
                         void (Presenter::*then)(const std::string& uri));
};

}  // namespace branchlight::session
