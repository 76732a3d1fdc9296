// JSON-RPC 2.0 messages as the Language Server Protocol uses them: no batches, ids are integers or strings.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace branchlight::jsonrpc {

using Json = nlohmann::json;
using Id = std::variant<std::int64_t, std::string>;

enum class ErrorCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  server_not_initialized = -32002,
  request_failed = -32803,
  content_modified = -32801,
  request_cancelled = -32800,
};

struct Error {
  ErrorCode code{};
  std::string message;
};

// `params` that are absent and params that are null are two things.
struct Request {
  Id id;
  std::string method;
  std::optional<Json> params;
};
struct Notification {
  std::string method;
  std::optional<Json> params;
};
struct Response {
  std::optional<Id> id;  // none: the sender could not tell which request it was
  std::variant<Json, Error> outcome;
};
// What is none of these; to be answered with this error.
struct Invalid {
  std::optional<Id> id;
  Error error;
};
using Message = std::variant<Request, Notification, Response, Invalid>;

// Never throws. A lone surrogate (`\ud83d` without its other half: an editor's buffer may hold one) is read as U+FFFD,
// which is as long in UTF-16, so that the positions behind it stay right.
Message parse(std::string_view body);

std::string write(const Request& message);
std::string write(const Notification& message);
std::string write(const Response& message);

}  // namespace branchlight::jsonrpc
