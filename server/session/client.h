// The way to the client: every message that is no answer goes through here.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "protocol/jsonrpc/framing.h"
#include "protocol/jsonrpc/outgoing.h"
#include "protocol/lsp/types.h"

namespace branchlight::session {

class Client {
 public:
  using Then = jsonrpc::OutgoingRequests::Then;
  explicit Client(std::function<void(std::string bytes)> send) : send_(std::move(send)) {}

  void notify(const char* method, lsp::Json params) { write(jsonrpc::Notification{method, std::move(params)}); }
  void ask(const char* method, std::optional<lsp::Json> params, Then then) {
    write(requests_.ask(method, std::move(params), std::move(then)));
  }
  void show(lsp::MessageType type, std::string text) {
    notify("window/showMessage", lsp::ShowMessageParams{type, std::move(text)});
  }
  template <class Message>
  void write(const Message& message) {
    send_(jsonrpc::framed(jsonrpc::write(message)));
  }
  bool answered(const jsonrpc::Response& response) { return requests_.answered(response); }

 private:
  std::function<void(std::string)> send_;
  jsonrpc::OutgoingRequests requests_;
};

}  // namespace branchlight::session
