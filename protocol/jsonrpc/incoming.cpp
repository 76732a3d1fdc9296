#include "protocol/jsonrpc/incoming.h"

namespace branchlight::jsonrpc {

// The serial tells two requests apart that used the same id one after the other.
struct Reply::Waiting {
  Send send;
  std::map<Id, std::uint64_t> serials;
  std::uint64_t last_serial = 0;
};

Reply::Reply(std::weak_ptr<Waiting> waiting, Id id, std::uint64_t serial)
    : waiting_(std::move(waiting)), id_(std::move(id)), serial_(serial) {}

Reply::~Reply() { answer(Error{ErrorCode::internal_error, "the request was dropped"}); }

void Reply::result(Json value) && { answer(std::move(value)); }

void Reply::error(ErrorCode code, std::string message) && { answer(Error{code, std::move(message)}); }

bool Reply::settled() const {
  const auto waiting = waiting_.lock();
  if (!waiting) return true;
  const auto found = waiting->serials.find(id_);
  return found == waiting->serials.end() || found->second != serial_;
}

void Reply::answer(std::variant<Json, Error> outcome) {
  if (settled()) return;
  const auto waiting = waiting_.lock();
  waiting->serials.erase(id_);
  waiting->send(Response{id_, std::move(outcome)});
}

IncomingRequests::IncomingRequests(Send send) : waiting_(std::make_shared<Reply::Waiting>()) {
  waiting_->send = std::move(send);
}

IncomingRequests::~IncomingRequests() = default;

std::optional<Reply> IncomingRequests::accept(const Id& id) {
  const auto serial = ++waiting_->last_serial;
  if (!waiting_->serials.emplace(id, serial).second) {
    waiting_->send(Response{id, Error{ErrorCode::invalid_request, "a request with this id is waiting already"}});
    return std::nullopt;
  }
  return Reply(waiting_, id, serial);
}

void IncomingRequests::cancel(const Id& id) {
  if (waiting_->serials.erase(id) == 0) return;
  waiting_->send(Response{id, Error{ErrorCode::request_cancelled, "cancelled"}});
}

std::size_t IncomingRequests::waiting() const { return waiting_->serials.size(); }

}  // namespace branchlight::jsonrpc
