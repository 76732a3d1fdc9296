// The requests that we wait for. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "protocol/jsonrpc/message.h"

namespace branchlight::jsonrpc {

class OutgoingRequests {
 public:
  using Then = std::function<void(const std::variant<Json, Error>& outcome)>;

  // The request to send; `then` is called once, when its answer comes.
  Request ask(std::string method, std::optional<Json> params, Then then);
  // False: nobody asked for this.
  bool answered(const Response& response);

 private:
  std::map<std::int64_t, Then> waiting_;
  std::int64_t last_id_ = 0;
};

}  // namespace branchlight::jsonrpc
