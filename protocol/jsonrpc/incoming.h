// The requests that the other side waits for. Exactly one reply each, by construction: whoever gets a Reply answers
// through it or drops it, and one that is dropped answers with an error. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "protocol/jsonrpc/message.h"

namespace branchlight::jsonrpc {

using Send = std::function<void(const Response&)>;

class Reply {
 public:
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  void result(Json value) &&;
  void error(ErrorCode code, std::string message) &&;
  // Nobody waits any more: it was cancelled, and answered so, or the connection is gone.
  bool settled() const;

 private:
  friend class IncomingRequests;
  struct Waiting;
  Reply(std::weak_ptr<Waiting> waiting, Id id, std::uint64_t serial);
  void answer(std::variant<Json, Error> outcome);

  std::weak_ptr<Waiting> waiting_;
  Id id_;
  std::uint64_t serial_;
};

class IncomingRequests {
 public:
  explicit IncomingRequests(Send send);
  ~IncomingRequests();

  // None: a request with this id is waiting already; this one has been answered with an error.
  std::optional<Reply> accept(const Id& id);
  // `$/cancelRequest`. Answers at once; what the handler says later is not sent.
  void cancel(const Id& id);
  std::size_t waiting() const;

 private:
  std::shared_ptr<Reply::Waiting> waiting_;
};

}  // namespace branchlight::jsonrpc
