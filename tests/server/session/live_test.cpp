#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "protocol/lsp/uri.h"
#include "server/state/store.h"
#include "tests/server/session/editor.h"
#include "tests/server/session/log_of_a_run.h"

using namespace branchlight;
using test::Editor;
using test::Folder;
using test::Json;
using test::LogOfARun;
using Hints = std::vector<std::string>;

namespace {

constexpr const char* program =
    "def price(x):\n"  // 1
    "    if x:\n"      // 2
    "        x = 1\n"  // 3
    "    return x\n"   // 4
    "\n"
    "def unused(x):\n"     // 6
    "    if x:\n"          // 7
    "        return 1\n";  // 8
const std::vector<LogOfARun::Test> tests{{2, 7}, {7, 7}};

struct Shop {
  Folder folder;
  std::filesystem::path file = folder.write("shop.py", program);
  std::string uri = lsp::uri_of(file);
};

// The follower looks at the real folder by the real clock: the event is waited for, with a deadline.
template <class Condition>
bool until(Editor& editor, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    editor.pass(session::Milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::vector<std::string> messages(const Json& published) {
  std::vector<std::string> result;
  for (const auto& diagnostic : published["diagnostics"]) result.push_back(diagnostic["message"]);
  return result;
}

void ignore_all_but_diagnostics(Editor& editor) {
  for (const char* method : {"branchlight/status", "branchlight/coverage", "workspace/inlayHint/refresh"})
    editor.ignore(method);
}

// A run in which `price` was called with something true, by a test that passed.
void run_once(const Shop& shop) {
  LogOfARun run(shop.folder.path, shop.file, tests);
  run.begin_test("test_shop.py::test_price");
  run.call("price", 1);
  for (const std::uint32_t line : {1, 6, 2, 3, 4}) run.line(line);
  run.arm(0, true);
  run.end_test();
  run.end();
}

bool knows(Editor& editor) {
  return until(editor, [&] {
    const auto status = editor.take_last("branchlight/status");
    return status.is_object() && status["state"] == "known";
  });
}

}  // namespace

TEST_CASE("a running program's branches show while it runs; its end settles what did not happen") {
  Shop shop;
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(shop.folder.path);
  editor.open(shop.uri, program);
  CHECK(editor.hints(shop.uri).empty());

  LogOfARun run(shop.folder.path, shop.file, tests);
  run.call("price", 1);
  run.line(2);
  run.arm(0, true);
  REQUIRE(until(editor, [&] { return editor.said("textDocument/publishDiagnostics"); }));
  CHECK(messages(editor.take("textDocument/publishDiagnostics")) == Hints{"not yet False: would go to line 4"});
  CHECK(editor.hints(shop.uri) == Hints{"1: not yet False"});

  run.arm(0, false);
  REQUIRE(until(editor, [&] { return editor.said("textDocument/publishDiagnostics"); }));
  CHECK(messages(editor.take("textDocument/publishDiagnostics")).empty());
  CHECK(editor.hints(shop.uri).empty());

  run.end();
  REQUIRE(knows(editor));
  CHECK(editor.hints(shop.uri) == Hints{"5: never called"});
}

TEST_CASE("the last known state is there when an editor opens, with the tests that took each arm") {
  Shop shop;
  {
    Editor first;
    ignore_all_but_diagnostics(first);
    first.start(shop.folder.path);
    run_once(shop);
    REQUIRE(knows(first));
  }
  std::filesystem::remove_all(shop.folder.path / ".branchlight" / "runs");
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(shop.folder.path);
  REQUIRE(knows(editor));
  editor.open(shop.uri, program);
  const auto published = editor.take("textDocument/publishDiagnostics");
  CHECK(published["version"] == 1);
  CHECK(published["uri"] == shop.uri);
  const auto& diagnostic = published["diagnostics"][0];
  CHECK(diagnostic["code"] == "partial-branch");
  CHECK(diagnostic["source"] == "branchlight");
  CHECK(diagnostic["severity"] == 3);
  CHECK(diagnostic["range"] ==
        Json::parse(R"({"start": {"line": 1, "character": 7}, "end": {"line": 1, "character": 8}})"));
  CHECK(diagnostic["relatedInformation"][0]["location"]["range"]["start"] ==
        Json::parse(R"({"line": 3, "character": 4})"));
  CHECK(editor.hints(shop.uri) == Hints{"1: never False", "5: never called"});
  const auto whole = Json::parse(R"({"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}})");
  const auto hints = editor.ask("textDocument/inlayHint", {{"textDocument", {{"uri", shop.uri}}}, {"range", whole}});
  CHECK(hints[0]["tooltip"]["value"].get<std::string>().find("`test_shop.py::test_price`") != std::string::npos);
  CHECK(hints[0]["label"][0]["location"]["range"]["start"]["line"] == 3);
}

TEST_CASE("marks move with an edit, speak of the past in what was edited, and come back when it is undone") {
  Shop shop;
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(shop.folder.path);
  run_once(shop);
  REQUIRE(knows(editor));
  editor.open(shop.uri, program);
  CHECK(editor.take("textDocument/publishDiagnostics")["diagnostics"][0]["range"]["start"]["line"] == 1);

  int version = 1;
  const auto edit = [&](const char* range, const char* text) {
    editor.notify("textDocument/didChange",
                  {{"textDocument", {{"uri", shop.uri}, {"version", ++version}}},
                   {"contentChanges", Json::array({{{"range", Json::parse(range)}, {"text", text}}})}});
    editor.work();
  };
  edit(R"({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}})", "import os\n");
  auto published = editor.take("textDocument/publishDiagnostics");
  CHECK(published["version"] == 2);
  CHECK(published["diagnostics"][0]["range"]["start"]["line"] == 2);
  CHECK(editor.hints(shop.uri) == Hints{"2: never False", "6: never called"});

  edit(R"({"start": {"line": 3, "character": 12}, "end": {"line": 3, "character": 13}})", "2");
  CHECK(editor.take("textDocument/publishDiagnostics")["diagnostics"].empty());
  CHECK(editor.hints(shop.uri) == Hints{"2: was never False", "6: never called"});

  edit(R"({"start": {"line": 3, "character": 12}, "end": {"line": 3, "character": 13}})", "1");
  CHECK(messages(editor.take("textDocument/publishDiagnostics")) == Hints{"never False: would go to line 5"});
  CHECK(editor.hints(shop.uri) == Hints{"2: never False", "6: never called"});
}

TEST_CASE("a function that is new to a run is not `never called` before the run has ended") {
  Shop shop;
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.ignore("textDocument/publishDiagnostics");
  editor.start(shop.folder.path);
  run_once(shop);
  REQUIRE(knows(editor));
  editor.open(shop.uri, program);
  const std::string edited = std::string(program) + "def fresh():\n    return 1\n";
  shop.folder.write("shop.py", edited);
  editor.notify("textDocument/didChange", {{"textDocument", {{"uri", shop.uri}, {"version", 2}}},
                                           {"contentChanges", Json::array({{{"text", edited}}})}});
  editor.work();
  CHECK(editor.hints(shop.uri) == Hints{"1: never False", "5: never called"});
  LogOfARun run(shop.folder.path, shop.file, tests);
  run.call("price", 1);
  REQUIRE(until(editor, [&] { return editor.hints(shop.uri) == Hints{"1: never False"}; }));
  run.end();
  REQUIRE(until(editor, [&] { return editor.hints(shop.uri).size() > 1; }));
  CHECK(editor.hints(shop.uri) == Hints{"1: never False", "5: never called", "8: never called"});
}

TEST_CASE("diagnostics are sent only when they changed, and taken back when the document is closed") {
  Shop shop;
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(shop.folder.path);
  run_once(shop);
  REQUIRE(knows(editor));
  editor.open(shop.uri, program);
  editor.take("textDocument/publishDiagnostics");
  editor.notify(
      "textDocument/didChange",
      {{"textDocument", {{"uri", shop.uri}, {"version", 2}}},
       {"contentChanges",
        Json::array(
            {{{"range", Json::parse(R"({"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 0}})")},
              {"text", "# a comment"}}})}});
  editor.work();
  CHECK(editor.nothing_said());
  editor.notify("textDocument/didClose", {{"textDocument", {{"uri", shop.uri}}}});
  CHECK(editor.take("textDocument/publishDiagnostics")["diagnostics"].empty());
}

TEST_CASE("a client is asked to refresh its hints one request at a time, and only when they changed") {
  Shop shop;
  Editor editor;
  editor.ignore("branchlight/status");
  editor.ignore("branchlight/coverage");
  editor.ignore("textDocument/publishDiagnostics");
  editor.start(shop.folder.path, {{"notYetAfter", 0}});
  editor.open(shop.uri, program);
  CHECK(editor.hints(shop.uri).empty());

  LogOfARun run(shop.folder.path, shop.file, tests);
  run.call("price", 1);
  run.arm(0, true);
  REQUIRE(until(editor, [&] { return editor.said("workspace/inlayHint/refresh"); }));
  const auto refresh = editor.take("workspace/inlayHint/refresh");
  CHECK(!refresh.contains("params"));
  run.arm(0, false);
  REQUIRE(until(editor, [&] { return editor.take_last("textDocument/publishDiagnostics")["diagnostics"].empty(); }));
  editor.pass(session::Milliseconds(2000));
  CHECK(!editor.said("workspace/inlayHint/refresh"));  // the first is unanswered
  editor.answer(refresh);
  editor.pass(session::Milliseconds(2000));
  editor.answer(editor.take("workspace/inlayHint/refresh"));
  CHECK(editor.hints(shop.uri).empty());
  editor.pass(session::Milliseconds(2000));
  CHECK(!editor.said("workspace/inlayHint/refresh"));
}

TEST_CASE("gutter lines and the status come, from 0, and only when they changed") {
  Shop shop;
  Editor editor;
  editor.ignore("textDocument/publishDiagnostics");
  editor.start(shop.folder.path);
  CHECK(editor.take("branchlight/status")["text"] == "run tests");
  run_once(shop);
  REQUIRE(until(editor, [&] { return editor.take_last("branchlight/status")["state"] == "known"; }));
  editor.open(shop.uri, program);
  const auto coverage = editor.take("branchlight/coverage");
  CHECK(coverage["version"] == 1);
  CHECK(coverage["partial"] == Json::parse("[1]"));
  CHECK(coverage["missing"] == Json::parse("[6, 7]"));
  editor.pass(session::Milliseconds(2000));
  CHECK(editor.nothing_said());
  editor.notify("textDocument/didChange",
                {{"textDocument", {{"uri", shop.uri}, {"version", 2}}}, {"contentChanges", {{{"text", program}}}}});
  editor.pass(session::Milliseconds(500));
  const auto said_again = editor.take("branchlight/coverage");
  CHECK(said_again["version"] == 2);
  CHECK(said_again["missing"] == coverage["missing"]);
}

TEST_CASE("two servers on one workspace show the same") {
  Shop shop;
  Editor one, two;
  for (Editor* editor : {&one, &two}) {
    ignore_all_but_diagnostics(*editor);
    editor->ignore("textDocument/publishDiagnostics");
    editor->start(shop.folder.path);
    editor->open(shop.uri, program);
  }
  run_once(shop);
  REQUIRE(knows(one));
  REQUIRE(knows(two));
  CHECK(one.hints(shop.uri) == Hints{"1: never False", "5: never called"});
  CHECK(two.hints(shop.uri) == one.hints(shop.uri));
}

TEST_CASE("what is erased is gone: here, in other servers, and when an editor opens again") {
  Shop shop;
  Editor editor, other;
  for (Editor* one : {&editor, &other}) {
    ignore_all_but_diagnostics(*one);
    one->ignore("textDocument/publishDiagnostics");
    one->start(shop.folder.path);
  }
  run_once(shop);
  REQUIRE(knows(editor));
  REQUIRE(knows(other));
  editor.open(shop.uri, program);
  other.open(shop.uri, program);
  CHECK(!editor.hints(shop.uri).empty());
  CHECK(editor.ask("workspace/executeCommand", {{"command", "branchlight.erase"}}).is_null());
  REQUIRE(until(editor, [&] { return editor.hints(shop.uri).empty(); }));
  REQUIRE(until(other, [&] { return other.hints(shop.uri).empty(); }));
  Editor third;
  ignore_all_but_diagnostics(third);
  third.start(shop.folder.path);
  third.open(shop.uri, program);
  third.pass(session::Milliseconds(1000));
  CHECK(third.hints(shop.uri).empty());
}

TEST_CASE("files of tests have no diagnostics; `show` leaves out what is not wanted") {
  Folder folder;
  const auto file = folder.write("test_shop.py", program);
  const auto uri = lsp::uri_of(file);
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(folder.path);
  {
    LogOfARun run(folder.path, file, tests);
    run.call("price", 1);
    run.arm(0, true);
    run.end();
  }
  REQUIRE(knows(editor));
  editor.open(uri, program);
  CHECK(editor.nothing_said());
  CHECK(editor.hints(uri) == Hints{"1: never False", "5: never called"});
  editor.notify("workspace/didChangeConfiguration", {{"settings", {{"show", "diagnostics"}}}});
  CHECK(editor.hints(uri).empty());
}

TEST_CASE("where a run says the same as what was imported, the hints are fetched again: they are live now") {
  Shop shop;
  Editor editor;
  ignore_all_but_diagnostics(editor);
  editor.start(shop.folder.path);
  editor.open(shop.uri, program);
  CHECK(editor.hints(shop.uri).empty());

  {
    model::FileKnowledge file;
    file.path = shop.file.string();
    file.syntax = syntax::parse(std::make_shared<const text::SourceText>(std::string(program)));
    file.imported = model::Import{".coverage", 0, true};
    auto& evidence = file.settled[{model::Owner::Kind::imported, ""}];
    for (const std::uint32_t line : {1, 2, 3, 4, 6}) evidence.lines.insert(line);
    evidence.arms.insert({0, syntax::Arm::yes});
    auto store = std::get<state::Store>(state::Store::open(shop.folder.path / ".branchlight"));
    REQUIRE(store.import({file}, *file.imported));
  }
  REQUIRE(until(editor, [&] { return editor.said("workspace/inlayHint/refresh"); }));
  const Hints hints{"1: never False", "5: never called"};
  CHECK(editor.hints(shop.uri) == hints);
  CHECK(messages(editor.take_last("textDocument/publishDiagnostics")) ==
        Hints{"never False: would go to line 4 (not live: imported)"});

  // A slow client: what happened meanwhile comes to nothing but that mark.
  run_once(shop);
  REQUIRE(until(editor, [&] {
    const auto published = editor.take_last("textDocument/publishDiagnostics");
    return published.is_object() && messages(published) == Hints{"never False: would go to line 4"};
  }));
  editor.answer(editor.take("workspace/inlayHint/refresh"));
  CHECK(until(editor, [&] { return editor.said("workspace/inlayHint/refresh"); }));
  CHECK(editor.hints(shop.uri) == hints);
}
