#include "protocol/jsonrpc/message.h"

#include <doctest/doctest.h>

using namespace branchlight::jsonrpc;

namespace {

// "request 1 f {...}", "notification f", "response 1", "invalid null -32600"
std::string read(std::string_view body) {
  const auto id = [](const std::optional<Id>& value) {
    if (!value) return std::string("null");
    if (const auto* text = std::get_if<std::string>(&*value)) return '"' + *text + '"';
    return std::to_string(std::get<std::int64_t>(*value));
  };
  const auto params = [](const std::optional<Json>& value) { return value ? " " + value->dump() : ""; };
  const auto message = parse(body);
  if (const auto* request = std::get_if<Request>(&message))
    return "request " + id(request->id) + " " + request->method + params(request->params);
  if (const auto* notification = std::get_if<Notification>(&message))
    return "notification " + notification->method + params(notification->params);
  if (const auto* response = std::get_if<Response>(&message)) {
    if (const auto* error = std::get_if<Error>(&response->outcome))
      return "error " + id(response->id) + " " + error->message;
    return "result " + id(response->id) + " " + std::get<Json>(response->outcome).dump();
  }
  const auto& invalid = std::get<Invalid>(message);
  return "invalid " + id(invalid.id) + " " + std::to_string(static_cast<int>(invalid.error.code));
}

}  // namespace

TEST_CASE("messages are told apart; ids are integers or strings; null and absent are two things") {
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"method":"f"})") == "request 1 f");
  CHECK(read(R"({"jsonrpc":"2.0","id":"a","method":"f","params":null})") == "request \"a\" f null");
  CHECK(read(R"({"jsonrpc":"2.0","id":-7,"method":"f","params":[1]})") == "request -7 f [1]");
  CHECK(read(R"({"jsonrpc":"2.0","id":2.0,"method":"f"})") == "request 2 f");
  CHECK(read(R"({"jsonrpc":"2.0","method":"f","params":{}})") == "notification f {}");
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"result":null})") == "result 1 null");
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}})") == "error 1 no");
  CHECK(read(R"({"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"no"}})") == "error null no");
}

TEST_CASE("what is no message gets the error that the specification names") {
  CHECK(read("") == "invalid null -32700");
  CHECK(read("{") == "invalid null -32700");
  CHECK(read("nonsense") == "invalid null -32700");
  CHECK(read("{\"jsonrpc\":\"2.0\",\"method\":\"\xFF\"}") == "invalid null -32700");
  CHECK(read(std::string(100000, '[')) == "invalid null -32700");
  CHECK(read("[]") == "invalid null -32600");
  CHECK(read(R"([{"jsonrpc":"2.0","id":1,"method":"f"}])") == "invalid null -32600");
  CHECK(read("1") == "invalid null -32600");
  CHECK(read("{}") == "invalid null -32600");
  CHECK(read(R"({"id":1,"method":"f"})") == "invalid 1 -32600");
  CHECK(read(R"({"jsonrpc":"1.0","id":1,"method":"f"})") == "invalid 1 -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"method":2})") == "invalid 1 -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":1})") == "invalid 1 -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":null,"method":"f"})") == "invalid null -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":{},"method":"f"})") == "invalid null -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":1.5,"method":"f"})") == "invalid null -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"f"})") == "invalid null -32600");
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"method":"f","params":3})") == "invalid 1 -32600");
}

TEST_CASE("a lone surrogate is one replacement character, a pair stays what it is") {
  const auto text = [](std::string_view escaped) {
    const auto message = parse(R"({"jsonrpc":"2.0","method":"f","params":[")" + std::string(escaped) + "\"]}");
    return std::get<Notification>(message).params->at(0).get<std::string>();
  };
  CHECK(text(R"(a\ud83db)") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(text(R"(a\ude00b)") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(text(R"(\ud83d\ude00\ud83d)") == "\xF0\x9F\x98\x80\xEF\xBF\xBD");
  CHECK(text(R"(\\ud83d \ud83d)") == "\\ud83d \xEF\xBF\xBD");
  CHECK(text(R"(\ud83d\ud83d\ude00)") == "\xEF\xBF\xBD\xF0\x9F\x98\x80");
}

TEST_CASE("writing never fails, whatever bytes a text has") {
  CHECK(write(Notification{"f", Json{{"a", "\xFF"}}}) ==
        "{\"jsonrpc\":\"2.0\",\"method\":\"f\",\"params\":{\"a\":\"\xEF\xBF\xBD\"}}");
  CHECK(read(write(Request{Id("x"), "f", std::nullopt})) == "request \"x\" f");
  CHECK(read(write(Response{Id(3), Json()})) == "result 3 null");
  CHECK(read(write(Response{std::nullopt, Error{ErrorCode::parse_error, "no"}})) == "error null no");
}
