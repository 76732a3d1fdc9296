#include <doctest/doctest.h>

#include <vector>

#include "protocol/jsonrpc/incoming.h"
#include "protocol/jsonrpc/outgoing.h"

using namespace branchlight::jsonrpc;

namespace {

struct Sent {
  std::vector<std::string> lines;
  Send send() {
    return [this](const Response& response) {
      const auto* error = std::get_if<Error>(&response.outcome);
      lines.push_back(
          std::to_string(std::get<std::int64_t>(*response.id)) + " " +
          (error ? std::to_string(static_cast<int>(error->code)) : std::get<Json>(response.outcome).dump()));
    };
  }
};
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a reply answers once") {
  Sent sent;
  IncomingRequests requests(sent.send());
  {
    auto reply = requests.accept(Id(1));
    CHECK(requests.waiting() == 1);
    std::move(*reply).result(5);
    std::move(*reply).result(6);
    CHECK(reply->settled());
  }
  CHECK(sent.lines == Lines{"1 5"});
  CHECK(requests.waiting() == 0);
}

TEST_CASE("a reply that is dropped answers with an error") {
  Sent sent;
  IncomingRequests requests(sent.send());
  {
    auto reply = requests.accept(Id(1));
  }
  CHECK(sent.lines == Lines{"1 -32603"});
}

TEST_CASE("a reply that was moved answers once") {
  Sent sent;
  IncomingRequests requests(sent.send());
  {
    auto first = requests.accept(Id(1));
    Reply second = std::move(*first);
    first.reset();
    CHECK(sent.lines.empty());
  }
  CHECK(sent.lines == Lines{"1 -32603"});
}

TEST_CASE("a cancelled request is answered at once, and not again") {
  Sent sent;
  IncomingRequests requests(sent.send());
  auto reply = requests.accept(Id(1));
  requests.cancel(Id(2));
  requests.cancel(Id(1));
  CHECK(reply->settled());
  std::move(*reply).result(5);
  CHECK(sent.lines == Lines{"1 -32800"});
}

TEST_CASE("an id that is used again after a cancel is another request") {
  Sent sent;
  IncomingRequests requests(sent.send());
  auto first = requests.accept(Id(1));
  requests.cancel(Id(1));
  auto second = requests.accept(Id(1));
  std::move(*first).result("first");
  std::move(*second).result("second");
  CHECK(sent.lines == Lines{"1 -32800", "1 \"second\""});
}

TEST_CASE("two requests with one id at once: the second is refused") {
  Sent sent;
  IncomingRequests requests(sent.send());
  auto first = requests.accept(Id(1));
  CHECK(!requests.accept(Id(1)));
  std::move(*first).result(1);
  CHECK(sent.lines == Lines{"1 -32600", "1 1"});
}

TEST_CASE("a reply outlives its connection in silence") {
  Sent sent;
  std::optional<Reply> reply;
  {
    IncomingRequests requests(sent.send());
    reply.emplace(std::move(*requests.accept(Id(1))));
  }
  std::move(*reply).result(1);
  CHECK(sent.lines.empty());
}

TEST_CASE("an answer goes to who asked, once; others are told apart") {
  OutgoingRequests requests;
  std::vector<std::string> heard;
  const auto ask = [&](const char* name) {
    return requests.ask(name, std::nullopt, [&heard, name](const auto& outcome) {
      heard.push_back(std::string(name) + (std::holds_alternative<Json>(outcome) ? " result" : " error"));
    });
  };
  const auto a = ask("a"), b = ask("b");
  CHECK(a.id != b.id);
  CHECK(requests.answered({b.id, Json()}));
  CHECK(requests.answered({a.id, Error{ErrorCode::internal_error, "no"}}));
  CHECK(!requests.answered({a.id, Json()}));
  CHECK(!requests.answered({Id("a"), Json()}));
  CHECK(!requests.answered({std::nullopt, Json()}));
  CHECK(heard == Lines{"b result", "a error"});
}
