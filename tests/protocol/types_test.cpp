#include "protocol/lsp/types.h"

#include <doctest/doctest.h>

#include "protocol/lsp/own_methods.h"

using namespace branchlight::lsp;

namespace {

template <class Params>
bool reads(const char* json) {
  try {
    Json::parse(json).get<Params>();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

TEST_CASE("what a client leaves out, or says as null, is absent") {
  const auto params =
      Json::parse(
          R"({"processId": null, "rootUri": null, "capabilities": {"general": {"positionEncodings": ["utf-16", "utf-8"]}}})")
          .get<InitializeParams>();
  CHECK(!params.processId);
  CHECK(!params.rootUri);
  CHECK(!params.workspaceFolders);
  CHECK(params.capabilities.utf8_positions);
  CHECK(!params.capabilities.inlay_hint_refresh);
  CHECK(reads<InitializeParams>("{}"));
  CHECK(reads<InitializeParams>(
      R"({"capabilities": {"workspace": 3, "general": {"positionEncodings": 4}, "window": {"workDoneProgress": 1}}})"));
}

TEST_CASE("a wrong shape is an exception, not a guess") {
  CHECK(!reads<InitializeParams>("[]"));
  CHECK(!reads<InitializeParams>(R"({"processId": "7"})"));
  CHECK(!reads<DidOpenTextDocumentParams>("{}"));
  CHECK(!reads<DidOpenTextDocumentParams>("null"));
  CHECK(!reads<DidChangeTextDocumentParams>(
      R"({"textDocument": {"uri": "a"}, "contentChanges": [{"range": {}, "text": ""}]})"));
  CHECK(!reads<Position>(R"({"line": 1.5, "character": 0})"));
  CHECK(!reads<InlayHintParams>(R"({"textDocument": {"uri": 1}, "range": null})"));
}

TEST_CASE("coordinates that no text has are clamped") {
  const auto position = Json::parse(R"({"line": -1, "character": 99999999999})").get<Position>();
  CHECK(position.line == 0);
  CHECK(position.character == UINT32_MAX);
}

TEST_CASE("our own notifications have the shape that the editors' plugins read") {
  CHECK(
      Json(CoverageParams{"file:///a.py", 3, {0, 1}, {2}, {}, {5}}) ==
      Json::parse(
          R"({"uri": "file:///a.py", "version": 3, "covered": [0, 1], "partial": [2], "missing": [], "stale": [5]})"));
  CHECK(Json(CoverageParams{"a", std::nullopt, {}, {}, {}, {}})["version"].is_null());
  StatusParams status;
  status.state = StatusParams::State::running;
  status.text = "94 % · 12 partial";
  status.arms = {94, 100};
  status.partial = 12;
  status.imported = 2;
  status.tests = {3, 1, std::nullopt};
  status.run = "0123";
  CHECK(
      Json(status) ==
      Json::parse(
          R"({"state": "running", "text": "94 % · 12 partial", "arms": {"taken": 94, "total": 100}, "partial": 12, "imported": 2,
                                        "tests": {"passed": 3, "failed": 1, "total": null}, "run": "0123"})"));
  CHECK(Json(StatusParams{})["run"].is_null());
}

TEST_CASE("an inlay hint without a tooltip or a place to go has no such fields") {
  CHECK(Json(InlayHint{{1, 2}, {{"never False", std::nullopt}}, "", true}) ==
        Json::parse(
            R"({"position": {"line": 1, "character": 2}, "label": [{"value": "never False"}], "paddingLeft": true})"));
}
