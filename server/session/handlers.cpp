#include "server/session/handlers.h"

#include <map>
#include <memory>

#include "server/session/session.h"

namespace branchlight::session {

const Handlers::OnRequest* Handlers::request(std::string_view method) {
  static const std::map<std::string_view, OnRequest> table{
      {"initialize", changes(&Session::initialize)},
      {"shutdown", changes(&Session::shutdown)},
      {"textDocument/inlayHint", reads(&Session::inlay_hints, &Presenter::hints_given)},
      {"workspace/executeCommand", changes(&Session::execute_command)},
  };
  const auto found = table.find(method);
  return found == table.end() ? nullptr : &found->second;
}

const Handlers::OnNotification* Handlers::notification(std::string_view method) {
  static const std::map<std::string_view, OnNotification> table{
      {"$/cancelRequest", changes(&Session::cancel_request)},
      {"exit", changes(&Session::exit)},
      {"initialized", changes(&Session::initialized)},
      {"textDocument/didChange", changes(&Session::did_change)},
      {"textDocument/didClose", changes(&Session::did_close)},
      {"textDocument/didOpen", changes(&Session::did_open)},
      {"window/workDoneProgress/cancel", changes(&Session::cancel_progress)},
      {"workspace/didChangeConfiguration", changes(&Session::did_change_configuration)},
      {"workspace/didChangeWorkspaceFolders", changes(&Session::did_change_workspace_folders)},
  };
  const auto found = table.find(method);
  return found == table.end() ? nullptr : &found->second;
}

template <class Params>
Handlers::OnRequest Handlers::changes(void (Session::*handler)(const Params&, jsonrpc::Reply)) {
  return [handler](Session& session, const lsp::Json& json, jsonrpc::Reply reply) {
    std::optional<Params> params;
    try {
      params = json.get<Params>();
    } catch (const lsp::Json::exception& error) {
      return std::move(reply).error(jsonrpc::ErrorCode::invalid_params, error.what());
    }
    (session.*handler)(*params, std::move(reply));
  };
}

template <class Params>
Handlers::OnNotification Handlers::changes(void (Session::*handler)(const Params&)) {
  return [handler](Session& session, const lsp::Json& json) { (session.*handler)(json.get<Params>()); };
}

template <class Params>
Handlers::OnRequest Handlers::reads(lsp::Json (*handler)(const Params&, const Snapshot&),
                                    void (Presenter::*then)(const std::string& uri)) {
  return [handler, then](Session& session, const lsp::Json& json, jsonrpc::Reply reply) {
    std::optional<Params> params;
    try {
      params = json.get<Params>();
    } catch (const lsp::Json::exception& error) {
      return std::move(reply).error(jsonrpc::ErrorCode::invalid_params, error.what());
    }
    const auto* document = session.documents_.find(params->textDocument.uri);
    if (!document)
      return std::move(reply).error(jsonrpc::ErrorCode::invalid_params, "not open: " + params->textDocument.uri);
    auto waiting = std::make_shared<jsonrpc::Reply>(std::move(reply));  // a std::function has to be copyable
    session.presenter_.when_ready(*document, [=, params = std::move(*params), &session](const Snapshot& snapshot) {
      if (waiting->settled()) return;
      std::move(*waiting).result(handler(params, snapshot));
      (session.presenter_.*then)(snapshot.document.uri);
    });
  };
}

}  // namespace branchlight::session
