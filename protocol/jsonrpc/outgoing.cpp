#include "protocol/jsonrpc/outgoing.h"

namespace branchlight::jsonrpc {

Request OutgoingRequests::ask(std::string method, std::optional<Json> params, Then then) {
  const auto id = ++last_id_;
  waiting_.emplace(id, std::move(then));
  return Request{id, std::move(method), std::move(params)};
}

bool OutgoingRequests::answered(const Response& response) {
  const auto* id = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  const auto found = id ? waiting_.find(*id) : waiting_.end();
  if (found == waiting_.end()) return false;
  const auto then = std::move(found->second);
  waiting_.erase(found);  // before the call, which may ask again
  if (then) then(response.outcome);
  return true;
}

}  // namespace branchlight::jsonrpc
