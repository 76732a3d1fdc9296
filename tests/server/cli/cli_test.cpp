#include <doctest/doctest.h>

#include <chrono>

#include "server/cli/partial.h"
#include "server/cli/pytest_settings.h"
#include "server/cli/screen.h"
#include "server/cli/system.h"
#include "tests/server/scratch_folder.h"

using namespace branchlight;
using test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

// What changed, waited for with a deadline.
std::vector<fs::path> changes(cli::FolderWatch& watch) {
  for (int i = 0; i < 100; ++i) {
    const auto changed = watch.changed();
    if (!changed.empty()) return changed;
    cli::wait_for_any({watch.descriptor()}, std::chrono::milliseconds(50));
  }
  return {};
}

model::FileKnowledge file_of(const std::string& source) {
  model::FileKnowledge file;
  file.path = "/w/a.py";
  file.syntax = syntax::parse(std::make_shared<const text::SourceText>(source));
  return file;
}

}  // namespace

TEST_CASE("a source that spans lines is shown on one, and is cut between characters") {
  CHECK(cli::one_line("if (a and\n        b):", 60) == "if (a and b):");
  CHECK(cli::one_line("ééééé", 6) == "éé…");
  CHECK(cli::shortened("aéb", 2) == "aé");
  CHECK(cli::shortened("abc", 9) == "abc");
}

TEST_CASE("a partial branch says what never happened and where it would have gone") {
  model::FileKnowledge file = file_of("def f(x):\n    if x:\n        return 1\n    for y in x:\n        pass\n");
  auto& evidence = file.settled[{model::Owner::Kind::test, "t"}];
  evidence.arms.insert({0, syntax::Arm::yes});
  evidence.arms.insert({1, syntax::Arm::yes});
  const auto partial = cli::partial_branches(file, {}, "a.py");
  REQUIRE(partial.size() == 2);
  CHECK(partial[0].source == "if x");
  CHECK(partial[0].never == "never False");
  CHECK(partial[0].where == "would go to line 4");
  CHECK(partial[1].never == "loop never completes");
  CHECK(partial[1].where == "would leave f()");
}

TEST_CASE("while a run goes on, what did not happen did not happen yet") {
  model::FileKnowledge file = file_of("if a:\n    b = 1\nc = 2\n");
  file.running["r"][{model::Owner::Kind::test, "t"}].arms.insert({0, syntax::Arm::yes});
  const auto partial = cli::partial_branches(file, {}, "a.py");
  REQUIRE(partial.size() == 1);
  CHECK(partial[0].never == "not yet False");
}

TEST_CASE("an excluded branch is not partial") {
  model::FileKnowledge file =
      file_of("if a:  # pragma: no branch\n    b = 1\nif a:\n    b = 1  # pragma: no cover\nc = 2\n");
  auto& evidence = file.settled[{model::Owner::Kind::test, "t"}];
  evidence.arms.insert({0, syntax::Arm::yes});
  evidence.arms.insert({1, syntax::Arm::no});
  const auto exclusions = configuration::find_exclusions(*file.syntax, *configuration::read_settings("/none", {}));
  CHECK(cli::partial_branches(file, {}, "a.py").size() == 2);
  CHECK(cli::partial_branches(file, exclusions, "a.py").empty());
}

TEST_CASE("pytest's settings are read from the file that pytest would read") {
  const ScratchFolder scratch;
  CHECK(cli::read_pytest_settings(scratch.path()).file.empty());
  scratch.write("setup.cfg", "[tool:pytest]\naddopts = --setup\n[coverage:report]\nfail_under = 90\n");
  CHECK(cli::read_pytest_settings(scratch.path()).addopts == "--setup");
  CHECK(cli::read_pytest_settings(scratch.path()).coverage_fail_under);
  scratch.write("tox.ini",
                "[tox]\naddopts = --no\n[pytest]\naddopts =\n    --cov=src\n    --cov-fail-under=80\ntestpaths = x\n");
  CHECK(cli::read_pytest_settings(scratch.path()).addopts == " --cov=src --cov-fail-under=80");
  scratch.write("pyproject.toml", "[tool.pytest.ini_options]\naddopts = [\"-x\", \"--cov\"]\n");
  CHECK(cli::read_pytest_settings(scratch.path()).addopts == "-x --cov ");
  scratch.write("pytest.ini", "[pytest]\n# addopts = --no\naddopts = -q\n");
  CHECK(cli::read_pytest_settings(scratch.path()).addopts == "-q");
  scratch.write("pyproject.toml", "this is [no toml");
  CHECK(cli::read_pytest_settings(scratch.path()).addopts == "-q");
}

TEST_CASE("a change of a file is told, also in folders that come later, and not in caches") {
  const ScratchFolder scratch;
  scratch.write("pkg/a.py", "");
  scratch.write(".hidden/x.py", "");
  scratch.write("venv/pyvenv.cfg", "");
  cli::FolderWatch watch(scratch.path());
  CHECK(watch.problem().empty());
  for (const char* name : {".hidden/x.py", "venv/lib.py", "pkg/a.py"}) scratch.write(name, "1");
  CHECK(changes(watch) == std::vector<fs::path>{scratch.path() / "pkg" / "a.py"});
  scratch.write("pkg/new/deep/b.py", "1");
  CHECK(changes(watch) == std::vector<fs::path>{scratch.path() / "pkg" / "new" / "deep" / "b.py"});
  fs::rename(scratch.path() / "pkg" / "a.py", scratch.path() / "pkg" / "c.py");
  CHECK(changes(watch).size() == 2);
  fs::remove(scratch.path() / "pkg" / "c.py");
  CHECK(changes(watch) == std::vector<fs::path>{scratch.path() / "pkg" / "c.py"});
}
