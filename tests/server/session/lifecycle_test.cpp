#include <doctest/doctest.h>

#include "tests/server/session/editor.h"

using namespace branchlight;
using test::Editor;
using test::Json;

namespace {

std::optional<int> code(const Json& answer) {
  return answer.is_object() && answer.contains("code") ? std::optional(answer["code"].get<int>()) : std::nullopt;
}

}  // namespace

TEST_CASE("before `initialize` every request is refused, and notifications are ignored") {
  Editor editor;
  CHECK(code(editor.ask("shutdown")) == -32002);
  CHECK(code(editor.ask("textDocument/inlayHint")) == -32002);
  CHECK(code(editor.ask("no/such/method")) == -32002);
  editor.open("file:///a.py", "x = 1\n");
  CHECK(editor.nothing_said());
  CHECK(!editor.world.left);
}

TEST_CASE("`initialize` comes once; nothing is asked or done before `initialized`") {
  Editor editor;
  const auto answer =
      editor.ask("initialize", {{"processId", 4711}, {"rootUri", "file:///nowhere"}, {"capabilities", Json::object()}});
  CHECK(answer["capabilities"]["textDocumentSync"]["change"] == 2);
  CHECK(answer["serverInfo"]["name"] == "branchlight");
  CHECK(editor.world.watched_client == 4711);
  CHECK(editor.nothing_said());
  CHECK(!editor.world.wake);
  CHECK(code(editor.ask("initialize", Json::object())) == -32600);
  editor.notify("initialized", Json::object());
  CHECK(editor.take("branchlight/status")["state"] == "none");
}

TEST_CASE("utf-8 is chosen where it is offered, else utf-16") {
  Editor both, one, none;
  CHECK(both.ask(
            "initialize",
            Json::parse(
                R"({"capabilities": {"general": {"positionEncodings": ["utf-16", "utf-8"]}}})"))["capabilities"]
                                                                                                ["positionEncoding"] ==
        "utf-8");
  CHECK(
      one.ask("initialize",
              Json::parse(R"({"capabilities": {"general": {"positionEncodings": ["utf-16"]}}})"))["capabilities"]
                                                                                                 ["positionEncoding"] ==
      "utf-16");
  CHECK(none.ask("initialize", Json::object())["capabilities"]["positionEncoding"] == "utf-16");
}

TEST_CASE("after `shutdown` every request is refused; `exit` ends with 0") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  CHECK(editor.ask("shutdown").is_null());
  CHECK(code(editor.ask("workspace/executeCommand", {{"command", "branchlight.runAll"}})) == -32600);
  CHECK(code(editor.ask("shutdown")) == -32600);
  editor.notify("exit");
  CHECK(editor.world.left == 0);
}

TEST_CASE("`exit` without `shutdown`, the end of input and the client's death end with 1") {
  Editor rude, silent, dead, fresh;
  for (Editor* editor : {&rude, &silent, &dead}) {
    editor->start();
    editor->ignore("branchlight/status");
  }
  rude.notify("exit");
  CHECK(rude.world.left == 1);
  silent.happens(session::InputEnded{});
  CHECK(silent.world.left == 1);
  dead.happens(session::ClientDied{});
  CHECK(dead.world.left == 1);
  fresh.notify("exit");
  CHECK(fresh.world.left == 1);
}

TEST_CASE("the end of input after `shutdown` is an end in order") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  editor.ask("shutdown");
  editor.happens(session::InputEnded{});
  CHECK(editor.world.left == 0);
}

TEST_CASE("unknown methods get MethodNotFound, unknown notifications nothing") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  CHECK(code(editor.ask("no/such/method")) == -32601);
  CHECK(code(editor.ask("$/no/such/method")) == -32601);
  editor.notify("$/setTrace", {{"value", "off"}});
  editor.notify("no/such/notification");
  CHECK(editor.nothing_said());
}

TEST_CASE("parameters of the wrong shape are that request's error and nothing more") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  CHECK(code(editor.ask("textDocument/inlayHint", {{"textDocument", 3}})) == -32602);
  CHECK(code(editor.ask("textDocument/inlayHint")) == -32602);
  CHECK(code(editor.ask("workspace/executeCommand", Json::array())) == -32602);
  editor.notify("textDocument/didOpen", {{"textDocument", nullptr}});
  editor.notify("textDocument/didChange");
  CHECK(code(editor.ask("no/such/method")) == -32601);
  CHECK(editor.nothing_said());
}

TEST_CASE("malformed input is answered with the error that JSON-RPC names, and the session goes on") {
  struct {
    const char* name;
    std::string bytes;
    int code;
  } cases[] = {
      {"no JSON", jsonrpc::framed("{"), -32700},
      {"no text", jsonrpc::framed("\xFF\xFE"), -32700},
      {"an empty body", jsonrpc::framed(""), -32700},
      {"no length", "Content-Type: x\r\n\r\n", -32700},
      {"a length that is none", "Content-Length: x\r\n\r\n", -32700},
      {"a length without end", "Content-Length: 99999999999\r\n\r\n", -32700},
      {"a batch", jsonrpc::framed("[]"), -32600},
      {"a number", jsonrpc::framed("1"), -32600},
      {"no version", jsonrpc::framed("{\"id\": null, \"method\": \"f\"}"), -32600},
      {"an id that is none", jsonrpc::framed("{\"jsonrpc\": \"2.0\", \"id\": [], \"method\": \"f\"}"), -32600},
  };
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  for (const auto& one : cases) {
    INFO(one.name);
    editor.send(one.bytes);
    const auto answer = editor.take("(answer)");
    CHECK(answer["id"].is_null());
    CHECK(answer["error"]["code"] == one.code);
    CHECK(code(editor.ask("no/such/method")) == -32601);
  }
}

TEST_CASE("ids may be strings; a cancelled request is answered once") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  editor.send(Json{{"jsonrpc", "2.0"}, {"id", "seven"}, {"method", "no/such/method"}});
  CHECK(editor.take("(answer)")["id"] == "seven");

  editor.notify("textDocument/didOpen",
                {{"textDocument", {{"uri", "file:///a.py"}, {"version", 1}, {"text", "x = 1\n"}}}});
  const auto whole = Json::parse(R"({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}})");
  const auto id =
      editor.request("textDocument/inlayHint", {{"textDocument", {{"uri", "file:///a.py"}}}, {"range", whole}});
  CHECK(!editor.answered(id));  // the buffer is still being parsed
  editor.notify("$/cancelRequest", {{"id", id}});
  CHECK(code(editor.answer_to(id)) == -32800);
  editor.work();
  CHECK(!editor.answered(id));
}

TEST_CASE("a request about a document that is closed before it is ready is answered") {
  Editor editor;
  editor.start();
  editor.ignore("branchlight/status");
  editor.notify("textDocument/didOpen",
                {{"textDocument", {{"uri", "file:///a.py"}, {"version", 1}, {"text", "x = 1\n"}}}});
  const auto whole = Json::parse(R"({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}})");
  const auto id =
      editor.request("textDocument/inlayHint", {{"textDocument", {{"uri", "file:///a.py"}}}, {"range", whole}});
  editor.notify("textDocument/didClose", {{"textDocument", {{"uri", "file:///a.py"}}}});
  CHECK(code(editor.answer_to(id)).has_value());
  editor.work();
  CHECK(code(editor.ask("textDocument/inlayHint", {{"textDocument", {{"uri", "file:///a.py"}}}, {"range", whole}})) ==
        -32602);
}
