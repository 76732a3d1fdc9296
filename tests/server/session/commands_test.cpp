#include <doctest/doctest.h>

#include <csignal>

#include "tests/server/session/editor.h"
#include "tests/server/session/log_of_a_run.h"

using namespace branchlight;
using test::Editor;
using test::Folder;
using test::Json;

namespace {

// A workspace whose interpreter is found by itself.
struct Project {
  Folder folder;
  Project() {
    std::filesystem::create_directories(folder.path / ".venv" / "bin");
    folder.write(".venv/pyvenv.cfg", "");
    std::filesystem::permissions(folder.write(".venv/bin/python", "#!/bin/sh\n"), std::filesystem::perms::owner_all);
  }
};

Json run_all(Editor& editor) { return editor.ask("workspace/executeCommand", {{"command", "branchlight.runAll"}}); }

Json begin(Editor& editor) {
  const auto create = editor.take("window/workDoneProgress/create");
  editor.answer(create);
  const auto progress = editor.take("$/progress");
  CHECK(progress["token"] == create["params"]["token"]);
  CHECK(progress["value"]["kind"] == "begin");
  CHECK(progress["value"]["cancellable"] == true);
  return create["params"]["token"];
}

}  // namespace

TEST_CASE("all tests are run by our own binary, with the interpreter that was found, and shown as progress") {
  Project project;
  Editor editor;
  editor.ignore("branchlight/status");
  editor.start(project.folder.path, {{"testArgs", {"-x"}}});
  CHECK(run_all(editor).is_null());
  REQUIRE(editor.world.started.size() == 1);
  const auto& argv = editor.world.started[0];
  CHECK(argv[0] == "/opt/branchlight");
  CHECK(argv[1] == "run");
  CHECK(argv[3].ends_with(".venv/bin/python"));
  CHECK(std::vector<std::string>(argv.begin() + 4, argv.end()) == std::vector<std::string>{"--", "-m", "pytest", "-x"});
  begin(editor);
  editor.happens(session::ChildWrote{1, "1 passed\n"});
  editor.happens(session::ChildExited{1, 0});
  CHECK(editor.take("$/progress")["value"]["kind"] == "end");
}

TEST_CASE("a run is cancelled with SIGINT, and with SIGKILL where that has not helped after two seconds") {
  Project project;
  Editor editor;
  editor.ignore("branchlight/status");
  editor.start(project.folder.path);
  run_all(editor);
  const auto token = begin(editor);
  editor.notify("window/workDoneProgress/cancel", {{"token", "somebody else's"}});
  CHECK(editor.world.signals.empty());
  editor.notify("window/workDoneProgress/cancel", {{"token", token}});
  using Signals = std::vector<std::pair<session::ChildId, int>>;
  CHECK(editor.world.signals == Signals{{1, SIGINT}});
  editor.ask("workspace/executeCommand", {{"command", "branchlight.cancel"}});
  editor.pass(session::Milliseconds(1900));
  CHECK(editor.world.signals.size() == 1);
  editor.pass(session::Milliseconds(200));
  CHECK(editor.world.signals == Signals{{1, SIGINT}, {1, SIGKILL}});
  editor.happens(session::ChildExited{1, 137});
  CHECK(editor.take("$/progress")["value"]["message"] == "cancelled");
  CHECK(run_all(editor).is_null());
  editor.happens(session::ChildExited{2, 0});
  editor.take("window/workDoneProgress/create");  // never answered: the run has no progress
}

TEST_CASE("one run at a time; a run that goes wrong is shown with its last line") {
  Project project;
  Editor editor;
  editor.ignore("branchlight/status");
  auto able = Editor::able();
  able["window"] = Json::object();
  editor.start(project.folder.path, nullptr, able);
  CHECK(run_all(editor).is_null());
  CHECK(run_all(editor)["message"] == "A test run is under way already.");
  editor.happens(session::ChildWrote{1, "python: No module na"});
  editor.happens(session::ChildWrote{1, "med pytest\n\n"});
  editor.happens(session::ChildExited{1, 1});
  CHECK(editor.take("window/showMessage")["message"] ==
        "Branchlight: the test run ended with status 1: python: No module named pytest");
}

TEST_CASE("nothing is run where it must not, or cannot be") {
  Project project;
  Editor untrusted, without_folder, without_program;
  for (Editor* editor : {&untrusted, &without_folder, &without_program}) editor->ignore("branchlight/status");
  untrusted.start(project.folder.path, {{"trusted", false}});
  CHECK(run_all(untrusted)["message"].get<std::string>().find("not trusted") != std::string::npos);
  without_folder.start();
  CHECK(run_all(without_folder)["message"].get<std::string>().find("No folder is open") != std::string::npos);
  without_program.start(project.folder.path);
  without_program.world.cannot_start = "branchlight: command not found";
  CHECK(run_all(without_program)["message"] == "branchlight: command not found");
  CHECK(untrusted.world.started.empty());
}

TEST_CASE("a command that nobody knows is refused; cancelling nothing is no error") {
  Editor editor;
  editor.ignore("branchlight/status");
  editor.start();
  CHECK(editor.ask("workspace/executeCommand", {{"command", "rm"}})["code"] == -32602);
  CHECK(editor.ask("workspace/executeCommand", {{"command", "branchlight.cancel"}}).is_null());
}
