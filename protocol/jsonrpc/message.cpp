#include "protocol/jsonrpc/message.h"

#include <cmath>

namespace branchlight::jsonrpc {
namespace {

std::optional<unsigned> four_hex_digits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9')
      value |= static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value |= static_cast<unsigned>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      value |= static_cast<unsigned>(c - 'A' + 10);
    else
      return std::nullopt;
  }
  return value;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

// The same JSON with \uFFFD in place of every escaped surrogate that stands alone.
std::string with_whole_surrogates(std::string_view body) {
  std::string repaired(body);
  for (std::size_t at = 0; at + 1 < repaired.size(); ++at) {
    if (repaired[at] != '\\') continue;
    const std::string_view rest = std::string_view(repaired).substr(at);
    const auto unit = rest[1] == 'u' ? four_hex_digits(rest.substr(2)) : std::nullopt;
    if (unit && is_high(*unit) && rest.substr(6).starts_with("\\u")) {
      const auto second = four_hex_digits(rest.substr(8));
      if (second && is_low(*second)) {
        at += 11;
        continue;
      }
    }
    if (unit && (is_high(*unit) || is_low(*unit))) repaired.replace(at, 6, "\\ufffd");
    at += unit ? 5 : 1;
  }
  return repaired;
}

Json parse_json(std::string_view body) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded() && body.find("\\u") != std::string_view::npos)
    json = Json::parse(with_whole_surrogates(body), nullptr, false);
  return json;
}

std::optional<Id> read_id(const Json& json) {
  if (json.is_string()) return Id(json.get<std::string>());
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return Id(json.get<std::int64_t>());
  if (json.is_number_float()) {
    const auto number = json.get<double>();
    if (std::abs(number) < 1e15 && std::trunc(number) == number) return Id(static_cast<std::int64_t>(number));
  }
  return std::nullopt;
}

Message invalid(std::optional<Id> id, std::string why) {
  return Invalid{std::move(id), {ErrorCode::invalid_request, std::move(why)}};
}

Message read_response(const Json& json, std::optional<Id> id) {
  if (const auto error = json.find("error"); error != json.end() && error->is_object()) {
    const auto code = error->find("code");
    const auto message = error->find("message");
    return Response{std::move(id),
                    Error{code != error->end() && code->is_number_integer() ? static_cast<ErrorCode>(code->get<int>())
                                                                            : ErrorCode::internal_error,
                          message != error->end() && message->is_string() ? message->get<std::string>() : ""}};
  }
  const auto result = json.find("result");
  if (result == json.end()) return invalid(std::move(id), "neither a method nor a result");
  return Response{std::move(id), *result};
}

Json to_json(const std::optional<Id>& id) {
  if (!id) return nullptr;
  return std::visit([](const auto& value) { return Json(value); }, *id);
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Message parse(std::string_view body) {
  Json json = parse_json(body);
  if (json.is_discarded()) return Invalid{{}, {ErrorCode::parse_error, "the body is no JSON"}};
  if (json.is_array()) return invalid({}, "batches are not part of the protocol");
  if (!json.is_object()) return invalid({}, "a message is an object");

  const auto id_field = json.find("id");
  const bool has_id = id_field != json.end();
  const auto id = has_id ? read_id(*id_field) : std::nullopt;
  const auto version = json.find("jsonrpc");
  if (version == json.end() || *version != "2.0") return invalid(id, "\"jsonrpc\" must be \"2.0\"");

  const auto method = json.find("method");
  if (method == json.end()) {
    if (has_id) return read_response(json, id);
    return invalid({}, "neither a method nor an id");
  }
  if (has_id && !id) return invalid({}, "an id is an integer or a string");
  if (!method->is_string()) return invalid(id, "a method is a string");

  std::optional<Json> params;
  if (const auto field = json.find("params"); field != json.end()) {
    if (!field->is_structured() && !field->is_null()) return invalid(id, "params are an object or an array");
    params = std::move(*field);
  }
  if (id) return Request{*id, method->get<std::string>(), std::move(params)};
  return Notification{method->get<std::string>(), std::move(params)};
}

std::string write(const Request& message) {
  Json json{{"jsonrpc", "2.0"}, {"id", to_json(message.id)}, {"method", message.method}};
  if (message.params) json["params"] = *message.params;
  return dump(json);
}

std::string write(const Notification& message) {
  Json json{{"jsonrpc", "2.0"}, {"method", message.method}};
  if (message.params) json["params"] = *message.params;
  return dump(json);
}

std::string write(const Response& message) {
  Json json{{"jsonrpc", "2.0"}, {"id", to_json(message.id)}};
  if (const auto* error = std::get_if<Error>(&message.outcome))
    json["error"] = {{"code", static_cast<int>(error->code)}, {"message", error->message}};
  else
    json["result"] = std::get<Json>(message.outcome);
  return dump(json);
}

}  // namespace branchlight::jsonrpc
