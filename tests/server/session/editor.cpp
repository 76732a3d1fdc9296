#include "tests/server/session/editor.h"

#include <doctest/doctest.h>

#include "protocol/lsp/uri.h"

namespace branchlight::test {

using session::Event;

std::variant<session::ChildId, runs::StartError> FakeWorld::start(const std::vector<std::string>& argv,
                                                                  const std::filesystem::path&) {
  if (cannot_start) return runs::StartError{2, *cannot_start};
  started.push_back(argv);
  return session::ChildId(started.size());
}

Editor::Editor() : session_(world, "/opt/branchlight") {}

Editor::~Editor() { CHECK_MESSAGE(left_over().empty(), "messages that nobody asked about: " << left_over()); }

Json Editor::able() {
  return Json::parse(
      R"({"general": {"positionEncodings": ["utf-16"]}, "workspace": {"inlayHint": {"refreshSupport": true}},
                         "window": {"workDoneProgress": true}, "textDocument": {"publishDiagnostics": {"relatedInformation": true}}})");
}

Json Editor::start(const std::filesystem::path& root, Json options, Json capabilities) {
  Json params{{"processId", 4711}, {"rootUri", nullptr}, {"capabilities", std::move(capabilities)}};
  if (!root.empty()) params["rootUri"] = lsp::uri_of(root);
  if (!options.is_null()) params["initializationOptions"] = std::move(options);
  auto answer = ask("initialize", std::move(params));
  notify("initialized", Json::object());
  return answer;
}

void Editor::send(const std::string& bytes) { happens(session::BytesArrived{bytes}); }

void Editor::send(const Json& message) { send(jsonrpc::framed(message.dump())); }

void Editor::notify(const char* method, Json params) {
  send(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

std::int64_t Editor::request(const char* method, Json params) {
  send(Json{{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", std::move(params)}});
  return last_id_;
}

Json Editor::ask(const char* method, Json params) {
  const auto id = request(method, std::move(params));
  work();
  return answer_to(id);
}

Json Editor::answer_to(std::int64_t id) {
  const auto found = answers_.find(id);
  REQUIRE_MESSAGE(found != answers_.end(), "request " << id << " was not answered");
  auto answer = std::move(found->second);
  answers_.erase(found);
  return answer.contains("result") ? answer["result"] : answer["error"];
}

bool Editor::answered(std::int64_t id) { return answers_.contains(id); }

void Editor::answer(const Json& request, Json result) {
  send(Json{{"jsonrpc", "2.0"}, {"id", request.at("id")}, {"result", std::move(result)}});
}

void Editor::pass(session::Milliseconds time) {
  const auto end = world.clock + time;
  work();
  while (world.wake && *world.wake <= end) {
    world.clock = std::max(world.clock, *world.wake);
    world.wake.reset();
    happens(session::Tick{});
    work();
  }
  world.clock = end;
}

void Editor::work() {
  while (!world.pool.empty()) {
    const auto work = std::move(world.pool.front());
    world.pool.pop_front();
    happens(work());
  }
}

void Editor::happens(Event event) {
  session_.handle(std::move(event));
  receive();
}

void Editor::receive() {
  frames_.feed(std::exchange(world.sent, {}));
  while (auto next = frames_.next()) {
    auto message = Json::parse(std::get<jsonrpc::Frame>(*next).body);
    CHECK(message["jsonrpc"] == "2.0");
    if (message.contains("method")) {
      inbox_.push_back(std::move(message));
    } else if (message["id"].is_number()) {
      const auto id = message["id"].get<std::int64_t>();
      CHECK_MESSAGE(!answers_.contains(id), "two answers to request " << id);
      answers_[id] = std::move(message);
    } else {
      inbox_.push_back(Json{{"method", "(answer)"}, {"params", std::move(message)}});
    }
  }
}

Json Editor::take(const std::string& method) {
  for (auto at = inbox_.begin(); at != inbox_.end(); ++at) {
    if ((*at)["method"] != method) continue;
    auto message = std::move(*at);
    inbox_.erase(at);
    return message.contains("id") ? message : message["params"];
  }
  FAIL("no " << method << " came; there is: " << left_over());
  return {};
}

Json Editor::take_last(const std::string& method) {
  Json last;
  while (said(method)) last = take(method);
  return last;
}

bool Editor::said(const std::string& method) {
  for (const auto& message : inbox_)
    if (message["method"] == method) return true;
  return false;
}

std::string Editor::left_over() {
  std::string text;
  for (const auto& message : inbox_)
    if (!ignored_.contains(message["method"].get<std::string>())) text += message.dump() + "\n";
  return text;
}

bool Editor::nothing_said() { return left_over().empty(); }

Json Editor::open(const std::string& uri, const std::string& text, int version) {
  Json item{{"uri", uri}, {"languageId", "python"}, {"version", version}, {"text", text}};
  notify("textDocument/didOpen", {{"textDocument", item}});
  work();
  return item;
}

std::vector<std::string> Editor::hints(const std::string& uri) {
  const Json whole{{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 100000}, {"character", 0}}}};
  std::vector<std::string> shown;
  for (const auto& hint : ask("textDocument/inlayHint", {{"textDocument", {{"uri", uri}}}, {"range", whole}})) {
    std::string label;
    for (const auto& part : hint["label"]) label += part["value"].get<std::string>();
    shown.push_back(std::to_string(hint["position"]["line"].get<int>()) + ": " + label);
  }
  return shown;
}

}  // namespace branchlight::test
