#include "server/runs/workspace.h"

#include <doctest/doctest.h>

#include "server/runs/interpreter.h"
#include "server/runs/manifest.h"
#include "tests/server/scratch_folder.h"

using namespace branchlight;
using test::ScratchFolder;

namespace {

std::string python_of(const std::variant<runs::Interpreter, runs::NoInterpreter>& choice) {
  const auto* found = std::get_if<runs::Interpreter>(&choice);
  return found == nullptr ? "none: " + std::get<runs::NoInterpreter>(choice).reason : found->path.string();
}

}  // namespace

TEST_CASE("the workspace root is the nearest folder that says so") {
  const ScratchFolder scratch;
  const auto inner = scratch.path() / "a" / "b";
  std::filesystem::create_directories(inner);
  // Nothing on the way up: the folder itself. (What lies above the scratch folder is not ours to say.)
  for (const auto& [file, content] :
       {std::pair("a/pyproject.toml", ""), std::pair("a/pytest.ini", ""), std::pair("a/tox.ini", "[tox]\n[pytest]\n"),
        std::pair("a/setup.cfg", "[tool:pytest]\n"), std::pair("a/.coveragerc", ""),
        std::pair("a/tox.ini", "[coverage:run]\n"), std::pair("a/setup.cfg", "[coverage:report]\n"),
        std::pair("a/.git", "gitdir: x\n")}) {
    scratch.write("pyproject.toml", "");
    const auto marker = scratch.write(file, content);
    CHECK_MESSAGE(runs::find_workspace(inner, {}).root == scratch.path() / "a", file);
    std::filesystem::remove(marker);
    CHECK(runs::find_workspace(inner, {}).root == scratch.path());
  }
}

TEST_CASE("a tox.ini or setup.cfg without pytest's section makes no root") {
  const ScratchFolder scratch;
  scratch.write("pytest.ini", "");
  scratch.write("a/tox.ini", "[tox]\n");
  scratch.write("a/setup.cfg", "[metadata]\n");
  CHECK(runs::find_workspace(scratch.path() / "a", {}).root == scratch.path());
}

TEST_CASE("BRANCHLIGHT_DIR and BRANCHLIGHT_ROOT override") {
  const ScratchFolder scratch;
  scratch.write("pytest.ini", "");
  CHECK(runs::find_workspace(scratch.path(), {}).branchlight_dir == scratch.path() / ".branchlight");
  const auto workspace =
      runs::find_workspace(scratch.path(), {{"BRANCHLIGHT_DIR", "/elsewhere/x"}, {"BRANCHLIGHT_ROOT", "/r"}});
  CHECK(workspace.branchlight_dir == "/elsewhere/x");
  CHECK(workspace.root == "/r");
}

TEST_CASE("the folder is private and ignores itself in git") {
  const ScratchFolder scratch;
  const runs::Workspace workspace{scratch.path(), scratch.path() / "deep" / ".branchlight"};
  CHECK(!runs::prepare(workspace));
  CHECK(!runs::prepare(workspace));
  CHECK(scratch.read("deep/.branchlight/.gitignore") == "*\n");
  CHECK((std::filesystem::status(workspace.branchlight_dir).permissions() & std::filesystem::perms::all) ==
        std::filesystem::perms::owner_all);
}

TEST_CASE("a folder that cannot be made is an error in words") {
  const ScratchFolder scratch;
  scratch.write("file", "");
  const auto problem = runs::prepare({scratch.path(), scratch.path() / "file" / ".branchlight"});
  REQUIRE(problem);
  CHECK(problem->find("file/.branchlight") != std::string::npos);
}

TEST_CASE("our folder comes first on PYTHONPATH, once, and leaves no empty entry") {
  const runs::Variables what{"/c", {"/r", "/r/.branchlight"}, "", ""};
  CHECK(runs::variables(what, {}).at("PYTHONPATH") == "/c/site");
  CHECK(runs::variables(what, {{"PYTHONPATH", ""}}).at("PYTHONPATH") == "/c/site");
  CHECK(runs::variables(what, {{"PYTHONPATH", "/x:/y"}}).at("PYTHONPATH") == "/c/site:/x:/y");
  CHECK(runs::variables(what, {{"PYTHONPATH", "/c/site:/x"}}).at("PYTHONPATH") == "/c/site:/x");
  CHECK(runs::variables(what, {{"PYTHONPATH", "/c/site-packages"}}).at("PYTHONPATH") == "/c/site:/c/site-packages");
  CHECK(!runs::variables(what, {}).contains("BRANCHLIGHT_RUN"));
}

TEST_CASE("the collector is found beside the binary, below a prefix, or where the environment says") {
  const ScratchFolder scratch;
  const auto binary = scratch.path() / "bin" / "branchlight";
  CHECK(std::get<runs::CollectorMissing>(runs::find_collector(binary, {})).looked_at.size() == 3);
  scratch.write("share/branchlight/collector/site/sitecustomize.py", "");
  CHECK(std::get<std::filesystem::path>(runs::find_collector(binary, {})) ==
        scratch.path() / "share/branchlight/collector");
  scratch.write("collector/site/sitecustomize.py", "");
  CHECK(std::get<std::filesystem::path>(runs::find_collector(binary, {})) == scratch.path() / "collector");
  const runs::Environment elsewhere = {{"BRANCHLIGHT_COLLECTOR", "/nowhere"}};
  CHECK(std::holds_alternative<runs::CollectorMissing>(runs::find_collector(binary, elsewhere)));
}

TEST_CASE("an interpreter is what was asked for, VIRTUAL_ENV, .venv, then PATH") {
  const ScratchFolder scratch;
  const auto root = scratch.path() / "w", deep = root / "src";
  std::filesystem::create_directories(deep);
  const auto on_path = scratch.program("bin/python3"), named = scratch.program("bin/python3.99");
  const runs::Environment environment = {{"PATH", (scratch.path() / "bin").string()}};
  const auto choose = [&](const std::string& chosen, const runs::Environment& with) {
    return python_of(runs::choose_interpreter(chosen, deep, root, with));
  };

  CHECK(choose("", environment) == on_path.string());
  const auto local = scratch.program("w/.venv/bin/python");
  CHECK(choose("", environment) == local.string());
  const auto active = scratch.program("active/bin/python");
  runs::Environment activated = environment;
  activated["VIRTUAL_ENV"] = (scratch.path() / "active").string();
  CHECK(choose("", activated) == active.string());
  CHECK(choose("python3.99", activated) == named.string());
  CHECK(choose((root / ".venv").string(), activated) == local.string());
  CHECK(choose("/nowhere/python", activated) == "none: --python /nowhere/python: no such file");
  CHECK(choose("python9", activated) == "none: --python python9: no such command on PATH");
  CHECK(choose(deep.string(), activated).find("holds no bin/python") != std::string::npos);
  std::filesystem::remove_all(root / ".venv");
  CHECK(choose("", {{"PATH", "/nowhere"}}).find("name one with --python") != std::string::npos);
}

TEST_CASE("modules and scripts need an interpreter, other commands do not") {
  CHECK(runs::needs_interpreter({"-m", "pytest"}));
  CHECK(runs::needs_interpreter({"tools/x.py", "1"}));
  CHECK(!runs::needs_interpreter({"pytest"}));
  CHECK(!runs::needs_interpreter({".py"}));
  CHECK(!runs::needs_interpreter({}));
}

TEST_CASE("a manifest that is read is the one that was written") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "runs");
  runs::Manifest manifest;
  manifest.run = std::string(32, 'f');
  manifest.argv = {"a b", "\"", "\xff not UTF-8"};
  manifest.pid_start = 1ULL << 60;
  manifest.exit = 130;
  CHECK(!runs::write_manifest(scratch.path(), manifest));
  const auto read = runs::read_manifest(runs::manifest_path(scratch.path(), manifest.run));
  REQUIRE(read);
  CHECK(read->argv[0] == "a b");
  CHECK(read->argv[2].find("not UTF-8") != std::string::npos);
  CHECK(read->pid_start == 1ULL << 60);
  CHECK(read->exit == 130);
  CHECK(!read->ended_ns);
}
