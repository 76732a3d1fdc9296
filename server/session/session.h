// One client's session: what it says, what happens below its roots, and what it is told.
//
// One thread, the loop's, owns everything here. It hands over one event at a time; between two events nothing changes.
// Work that takes long is a function of an immutable snapshot, goes to the pool through World::compute, and comes back
// as an event that says which version it is of. Hence no locks. This file knows no Asio, no file descriptor and no
// clock but World's, so that a test can be the world.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/jsonrpc/framing.h"
#include "protocol/jsonrpc/incoming.h"
#include "protocol/lsp/own_methods.h"
#include "protocol/lsp/types.h"
#include "server/documents/documents.h"
#include "server/session/client.h"
#include "server/session/encoding.h"
#include "server/session/presenter.h"
#include "server/session/roots.h"
#include "server/session/settings.h"
#include "server/session/test_run.h"
#include "server/session/world.h"

namespace branchlight::session {

class Session {
 public:
  // `program`: our own executable, which runs tests as `program run …`.
  Session(World& world, std::filesystem::path program);

  // Never throws: what goes wrong in a handler is that request's error and nothing more.
  void handle(Event event);

 private:
  friend class Handlers;  // handlers.cpp: the table of methods

  void on(BytesArrived event);
  void on(InputEnded);
  void on(ClientDied);
  void on(Tick);
  void on(Analyzed event);
  void on(StateLoaded event);
  void on(NeverImported event);
  void on(FolderChanged);
  void on(ChildWrote event);
  void on(ChildExited event);
  void after_event();

  void dispatch(jsonrpc::Message message);
  void take(jsonrpc::Request request);
  void take(jsonrpc::Notification notification);
  void take(jsonrpc::Response response);
  void take(jsonrpc::Invalid invalid);

  // Lifecycle.
  void initialize(const lsp::InitializeParams& params, jsonrpc::Reply reply);
  void initialized(const lsp::Json&);
  void shutdown(const lsp::Json&, jsonrpc::Reply reply);
  void exit(const lsp::Json&);
  void leave(int status);

  // Documents.
  void did_open(const lsp::DidOpenTextDocumentParams& params);
  void did_change(const lsp::DidChangeTextDocumentParams& params);
  void did_close(const lsp::DidCloseTextDocumentParams& params);

  // The workspace.
  void did_change_configuration(const lsp::DidChangeConfigurationParams& params);
  void did_change_workspace_folders(const lsp::DidChangeWorkspaceFoldersParams& params);
  void apply_settings(const lsp::Json& json);

  // Commands.
  void execute_command(const lsp::ExecuteCommandParams& params, jsonrpc::Reply reply);
  void run_all(jsonrpc::Reply reply);
  void cancel_progress(const lsp::WorkDoneProgressCancelParams& params);
  void cancel_request(const lsp::CancelParams& params);

  // What only reads.
  static lsp::Json inlay_hints(const lsp::InlayHintParams& params, const Snapshot& snapshot);

  void send_status();

  enum class Phase : std::uint8_t { fresh, initializing, running, shut_down };

  World& world_;
  std::filesystem::path program_;
  Phase phase_ = Phase::fresh;
  bool left_ = false;
  Encoding encoding_ = Encoding::utf16;
  lsp::ClientCapabilities capabilities_;
  std::vector<std::filesystem::path> folders_;  // until `initialized`
  Settings settings_;

  jsonrpc::FrameReader frames_;
  jsonrpc::IncomingRequests requests_;
  Client client_;
  documents::Documents documents_;
  Roots roots_;
  Presenter presenter_;
  TestRun test_run_;

  lsp::Json status_;
  bool status_changed_ = false;
  std::optional<TimePoint> status_due_;
  TimePoint status_not_before_{};
};

}  // namespace branchlight::session
