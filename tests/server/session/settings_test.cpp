#include "server/session/settings.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/server/session/editor.h"

using namespace branchlight;
using session::Settings;
using test::Editor;
using test::Json;

TEST_CASE("settings are read bare or below `branchlight`; what is left out stays") {
  Settings settings;
  CHECK(
      session::apply(settings,
                     Json::parse(R"({"show": "hints", "hints": "all", "severity": "error", "python": "/usr/bin/python3",
                                        "testArgs": ["-x", "tests"], "notYetAfter": 50, "trusted": false})"))
          .empty());
  CHECK(settings.show == Settings::Show::hints);
  CHECK(settings.hints == features::HintsShown::all);
  CHECK(settings.severity == lsp::DiagnosticSeverity::error);
  CHECK(settings.python == "/usr/bin/python3");
  CHECK(settings.testArgs == std::vector<std::string>{"-x", "tests"});
  CHECK(settings.notYetAfter == session::Milliseconds(50));
  CHECK(!settings.trusted);
  CHECK(session::apply(settings, Json::parse(R"({"branchlight": {"show": "both", "python": null, "unknown": 3}})"))
            .empty());
  CHECK(settings.show == Settings::Show::both);
  CHECK(settings.python.empty());
  CHECK(settings.severity == lsp::DiagnosticSeverity::error);
  CHECK(!settings.trusted);
  CHECK(session::apply(settings, nullptr).empty());
}

TEST_CASE("a bad value is named, and the setting keeps what it was") {
  Settings settings;
  const auto problems = session::apply(
      settings, Json::parse(R"({"show": "all", "hints": 1, "severity": "loud", "python": 3, "testArgs": "-x",
                                                        "notYetAfter": -1, "trusted": "yes"})"));
  REQUIRE(problems.size() == 7);
  CHECK(problems[0] ==
        "Branchlight: the setting \"show\" must be one of \"both\", \"hints\", \"diagnostics\", not \"all\".");
  CHECK(problems[5] == "Branchlight: the setting \"notYetAfter\" must be a number of milliseconds, not -1.");
  CHECK(settings.show == Settings::Show::both);
  CHECK(settings.testArgs.empty());
  CHECK(settings.notYetAfter == session::Milliseconds(1000));
  CHECK(!settings.trusted);  // what is no clear yes is a no
  CHECK(session::apply(settings, 3).size() == 1);
}

TEST_CASE("a bad setting is shown to the user, at the start and later") {
  Editor editor;
  editor.start({}, {{"show", "everything"}});
  editor.ignore("branchlight/status");
  CHECK(editor.take("window/showMessage")["type"] == 2);
  editor.notify("workspace/didChangeConfiguration", {{"settings", {{"branchlight", {{"severity", 5}}}}}});
  CHECK(editor.take("window/showMessage")["message"].get<std::string>().find("\"severity\"") != std::string::npos);
  editor.notify("workspace/didChangeConfiguration", {{"settings", {{"branchlight", {{"severity", "hint"}}}}}});
}

TEST_CASE("a client that says only that something changed is asked what") {
  auto able = Editor::able();
  able["workspace"]["configuration"] = true;
  Editor editor;
  editor.start({}, nullptr, able);
  editor.ignore("branchlight/status");
  editor.notify("workspace/didChangeConfiguration", {{"settings", nullptr}});
  const auto question = editor.take("workspace/configuration");
  CHECK(question["params"]["items"][0]["section"] == "branchlight");
  editor.answer(question, Json::array({{{"show", "nonsense"}}}));
  editor.take("window/showMessage");
}

TEST_CASE("the page about the server names the settings that there are") {
  std::ifstream page("docs/language-server.md");
  REQUIRE(page);
  std::vector<std::string> documented;
  bool in_settings = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) in_settings = line == "## Settings";
    if (in_settings && line.starts_with("| `")) documented.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  CHECK(documented.size() == 7);
  for (const auto& name : documented) {
    Settings settings;
    const auto problems = session::apply(settings, Json{{name, Json::object()}});
    REQUIRE_MESSAGE(problems.size() == 1, name);
    CHECK(problems[0].find('"' + name + '"') != std::string::npos);
  }
}
