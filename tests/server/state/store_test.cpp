#include "server/state/store.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "server/state/blobs.h"
#include "server/state/sqlite.h"
#include "server/state/texts.h"
#include "tests/coverage/model/world.h"
#include "tests/server/scratch_folder.h"

using namespace branchlight;
using syntax::Arm;
using test::ScratchFolder;

namespace {

constexpr const char* source = "def f(x):\n    if x:\n        return 1\n    for y in x:\n        pass\n";

state::Store opened(const std::filesystem::path& folder) { return std::get<state::Store>(state::Store::open(folder)); }

runs::RunInfo run_info(char digit) {
  runs::RunInfo run;
  run.id = std::string(32, digit);
  run.argv = {"pytest", "-q"};
  run.ended = true;
  run.exit_status = 0;
  run.has_manifest = true;
  return run;
}

// What one run has found: a test that took arms of one file.
struct Finder {
  test::MemoryTexts texts;
  model::Knowledge knowledge{texts};

  explicit Finder(state::Store* store = nullptr) {
    if (store == nullptr) return;
    for (model::FileKnowledge& file : store->load()) knowledge.restore(std::move(file));
  }
  Finder& run(char digit, const std::string& path, const std::string& test, std::uint32_t line, std::uint32_t site,
              bool yes, const std::string& text = source) {
    texts.add(path, text);
    test::Process process(knowledge, std::string(32, digit), 1);
    process.file(1, path, text).begin(1, test).line(1, line).arm(1, site, yes).end(1);
    process.gone();
    knowledge.settle(std::string(32, digit), true);
    return *this;
  }
};

const model::Evidence* evidence(const std::vector<model::FileKnowledge>& files, const std::string& path,
                                const std::string& test) {
  for (const model::FileKnowledge& file : files) {
    const auto found = file.settled.find({model::Owner::Kind::test, test});
    if (file.path == path && found != file.settled.end()) return &found->second;
  }
  return nullptr;
}

bool takes(const model::Evidence* evidence, std::uint32_t site, Arm arm) {
  return evidence != nullptr && evidence->arms.contains({site, arm});
}

model::Import import_of(const std::string& file) { return {file, 1'700'000'000'000'000'000, true}; }

model::FileKnowledge imported_file(const std::string& path, Arm arm) {
  model::FileKnowledge file;
  file.path = path;
  file.syntax = syntax::parse(std::make_shared<const text::SourceText>(std::string(source)));
  file.imported = import_of(".coverage");
  file.settled[{model::Owner::Kind::imported, ""}].arms.insert({0, arm});
  file.settled[{model::Owner::Kind::test, "test_one"}].arms.insert({0, arm});
  return file;
}

const model::FileKnowledge* find(const std::vector<model::FileKnowledge>& files, const std::string& path) {
  const auto found = std::ranges::find(files, path, &model::FileKnowledge::path);
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("evidence comes back from its bytes, and from no others") {
  const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(std::string(source)));
  model::Evidence evidence;
  for (const std::uint32_t line : {1U, 2U, 5U}) evidence.lines.insert(line);
  evidence.arms.insert({0, Arm::yes});
  evidence.arms.insert({1, Arm::no});
  evidence.scopes.insert(1);
  const std::string blob = state::to_blob(evidence);
  CHECK(blob.size() == 9);
  CHECK(state::evidence_from_blob(blob, *syntax) == evidence);
  for (std::size_t length = 0; length < blob.size(); ++length)
    CHECK(!state::evidence_from_blob(blob.substr(0, length), *syntax));
  CHECK(!state::evidence_from_blob(blob + '\0', *syntax));
  for (std::size_t at = 0; at < blob.size(); ++at) {
    std::string damaged = blob;
    damaged[at] = '\x7e';
    CHECK(!state::evidence_from_blob(damaged, *syntax));
  }
  CHECK(!state::evidence_from_blob(std::string("\xff\xff\xff\xff\xff\xff", 6), *syntax));
}

TEST_CASE("what was folded is there when the state is opened again") {
  const ScratchFolder scratch;
  {
    state::Store store = opened(scratch.path() / ".branchlight");
    Finder finder;
    finder.run('a', "/w/a.py", "test_one", 2, 0, true);
    CHECK(store.fold(run_info('a'), finder.knowledge));
    CHECK(store.warnings().empty());
  }
  state::Store store = opened(scratch.path() / ".branchlight");
  const auto files = store.load();
  REQUIRE(files.size() == 1);
  CHECK(files[0].syntax->text->bytes() == source);
  const auto* found = evidence(files, "/w/a.py", "test_one");
  CHECK(takes(found, 0, Arm::yes));
  CHECK(found->lines.contains(2));
  CHECK(store.folded_runs() == std::vector<std::string>{std::string(32, 'a')});
  CHECK(scratch.read(".branchlight/.gitignore") == "*\n");
}

TEST_CASE("what is the same in two tests is held once when it comes back") {
  const ScratchFolder scratch;
  {
    state::Store store = opened(scratch.path() / ".branchlight");
    Finder finder;
    finder.run('a', "/w/a.py", "test_one", 2, 0, true).run('b', "/w/a.py", "test_two", 2, 0, true);
    CHECK(store.fold(run_info('a'), finder.knowledge));
  }
  const auto files = opened(scratch.path() / ".branchlight").load();
  const auto *one = evidence(files, "/w/a.py", "test_one"), *two = evidence(files, "/w/a.py", "test_two");
  REQUIRE(one);
  REQUIRE(two);
  CHECK(one->lines.shares_with(two->lines));
  CHECK(one->arms.shares_with(two->arms));
}

TEST_CASE("a run is folded once, by whoever comes first") {
  const ScratchFolder scratch;
  state::Store first = opened(scratch.path()), second = opened(scratch.path());
  Finder finder;
  finder.run('a', "/w/a.py", "test_one", 2, 0, true);
  CHECK(first.fold(run_info('a'), finder.knowledge));
  CHECK(!second.fold(run_info('a'), finder.knowledge));
  CHECK(second.warnings().empty());
}

TEST_CASE("two processes that fold different runs lose nothing of each other") {
  const ScratchFolder scratch;
  state::Store one = opened(scratch.path()), two = opened(scratch.path());
  Finder first(&one), second(&two);
  first.run('a', "/w/a.py", "test_one", 2, 0, true);
  second.run('b', "/w/a.py", "test_two", 4, 1, false);
  CHECK(one.fold(run_info('a'), first.knowledge));
  CHECK(two.fold(run_info('b'), second.knowledge));
  const auto files = opened(scratch.path()).load();
  CHECK(takes(evidence(files, "/w/a.py", "test_one"), 0, Arm::yes));
  CHECK(takes(evidence(files, "/w/a.py", "test_two"), 1, Arm::no));
}

TEST_CASE("what a test no longer takes is gone from the state too") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path());
  Finder finder;
  store.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  store.fold(run_info('b'), finder.run('b', "/w/a.py", "test_one", 2, 0, false).knowledge);
  const auto files = opened(scratch.path()).load();
  CHECK(takes(evidence(files, "/w/a.py", "test_one"), 0, Arm::no));
  CHECK(!takes(evidence(files, "/w/a.py", "test_one"), 0, Arm::yes));
}

TEST_CASE("another text of a file replaces the one before") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path());
  Finder finder;
  store.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  const std::string changed = std::string("import os\n") + source;
  store.fold(run_info('b'), finder.run('b', "/w/a.py", "test_one", 3, 0, true, changed).knowledge);
  const auto files = opened(scratch.path()).load();
  REQUIRE(files.size() == 1);
  CHECK(files[0].syntax->text->bytes() == changed);
  CHECK(takes(evidence(files, "/w/a.py", "test_one"), 0, Arm::yes));
}

TEST_CASE("logs of runs without a manifest are folded one by one") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path());
  runs::RunInfo run = run_info('a');
  run.has_manifest = false;
  run.logs = {"one.hits"};
  Finder finder;
  CHECK(store.fold(run, finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge));
  CHECK(!store.fold(run, finder.knowledge));
  run.logs = {"two.hits"};
  CHECK(store.fold(run, finder.knowledge));
  CHECK(store.folded_runs() == std::vector<std::string>{"one.hits", "two.hits"});
}

TEST_CASE("a damaged database is put aside with a warning") {
  const ScratchFolder scratch;
  {
    Finder finder;
    opened(scratch.path()).fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  }
  std::string bytes = scratch.read("state.sqlite");
  SUBCASE("it is something else") { bytes = "this is no database, however long it may be " + std::string(2000, '.'); }
  SUBCASE("its pages are garbage") { std::fill(bytes.begin() + 100, bytes.end(), '\x55'); }
  SUBCASE("it was cut off") { bytes.resize(bytes.size() / 2 / 4096 * 4096 + 100); }
  std::filesystem::remove(scratch.path() / "state.sqlite-wal");
  scratch.write("state.sqlite", bytes);
  state::Store store = opened(scratch.path());
  store.load();
  REQUIRE(store.warnings().size() == 1);
  CHECK(store.warnings()[0].find("put aside as state.sqlite.damaged-") != std::string::npos);
  Finder finder;
  CHECK(store.fold(run_info('b'), finder.run('b', "/w/a.py", "test_two", 2, 0, true).knowledge));
  CHECK(opened(scratch.path()).load().size() == 1);
}

TEST_CASE("a database of a newer version is put aside as it is") {
  const ScratchFolder scratch;
  opened(scratch.path());
  state::Database((scratch.path() / "state.sqlite").string(), SQLITE_OPEN_READWRITE).execute("PRAGMA user_version=99");
  const state::Store store = opened(scratch.path());
  REQUIRE(store.warnings().size() == 1);
  CHECK(store.warnings()[0].find("newer") != std::string::npos);
}

TEST_CASE("what the first version kept is kept") {
  const ScratchFolder scratch;
  {
    Finder finder;
    opened(scratch.path()).fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  }
  state::Database((scratch.path() / "state.sqlite").string(), SQLITE_OPEN_READWRITE)
      .execute(
          "ALTER TABLE files DROP COLUMN since_3_14; ALTER TABLE files DROP COLUMN imported; DROP TABLE imports;"
          "PRAGMA user_version=1");
  state::Store store = opened(scratch.path());
  CHECK(takes(evidence(store.load(), "/w/a.py", "test_one"), 0, Arm::yes));
  CHECK(store.warnings().empty());
}

TEST_CASE("what the second version kept is kept") {
  const ScratchFolder scratch;
  {
    Finder finder;
    opened(scratch.path()).fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  }
  state::Database((scratch.path() / "state.sqlite").string(), SQLITE_OPEN_READWRITE)
      .execute("ALTER TABLE files DROP COLUMN imported; DROP TABLE imports; PRAGMA user_version=2");
  state::Store store = opened(scratch.path());
  CHECK(takes(evidence(store.load(), "/w/a.py", "test_one"), 0, Arm::yes));
  CHECK(store.import({imported_file("/w/b.py", Arm::no)}, import_of(".coverage")));
  CHECK(store.warnings().empty());
}

TEST_CASE("evidence in terms of another parser's sites is dropped") {
  const ScratchFolder scratch;
  {
    Finder finder;
    opened(scratch.path()).fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  }
  state::Database((scratch.path() / "state.sqlite").string(), SQLITE_OPEN_READWRITE)
      .execute("UPDATE files SET fingerprint = 1");
  CHECK(opened(scratch.path()).load().empty());
}

TEST_CASE("where nothing can be written the state lives in memory, with a warning") {
  const ScratchFolder scratch;
  scratch.write("file", "");
  state::Store store = opened(scratch.path() / "file" / ".branchlight");
  REQUIRE(store.warnings().size() == 1);
  CHECK(store.warnings()[0].find("not kept") != std::string::npos);
  Finder finder;
  CHECK(store.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge));
  CHECK(store.load().size() == 1);
}

TEST_CASE("erasing is noticed by the others, once") {
  const ScratchFolder scratch;
  state::Store one = opened(scratch.path()), two = opened(scratch.path());
  Finder finder;
  one.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  CHECK(!two.erased_elsewhere());
  one.erase();
  CHECK(two.erased_elsewhere());
  CHECK(!two.erased_elsewhere());
  CHECK(!one.erased_elsewhere());
  CHECK(two.load().empty());
  CHECK(two.folded_runs().empty());
}

TEST_CASE("a folder that was deleted under a living store is made anew") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path() / ".branchlight");
  std::filesystem::remove_all(scratch.path() / ".branchlight");
  CHECK(store.erased_elsewhere());
  Finder finder;
  CHECK(store.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge));
  CHECK(opened(scratch.path() / ".branchlight").load().size() == 1);
}

TEST_CASE("processes that fold at the same time all get their turn") {
  const ScratchFolder scratch;
  opened(scratch.path());
  std::vector<pid_t> children;
  for (const char digit : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    const pid_t child = fork();
    if (child == 0) {
      state::Store store = opened(scratch.path());
      Finder finder(&store);
      finder.run(digit, "/w/a.py", std::string("test_") + digit, 2, 0, true);
      _exit(store.fold(run_info(digit), finder.knowledge) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const auto files = opened(scratch.path()).load();
  REQUIRE(files.size() == 1);
  CHECK(files[0].settled.size() == 6);
}

TEST_CASE("a text is found on disk while it is as it was, and in the state when it has changed") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path() / ".branchlight");
  for (const std::string& bytes : {std::string("a = 1\n"),
                                   std::string("\xef\xbb\xbf"
                                               "a = 2\n"),
                                   std::string("# coding: latin-1\na = '\xe9'\n")}) {
    const auto file = scratch.write("a.py", bytes);
    const std::uint64_t hash = text::SourceText::from_file_bytes(bytes)->content_hash();
    const text::SharedText before = state::Texts(store).find(file.string(), hash);
    REQUIRE(before);
    scratch.write("a.py", "something = 'else'\n");
    const text::SharedText after = state::Texts(store).find(file.string(), hash);
    REQUIRE(after);
    CHECK(after->bytes() == before->bytes());
    CHECK(after->content_hash() == hash);
    CHECK(!state::Texts(store).find(file.string(), hash + 1));
  }
}

TEST_CASE("texts that are kept are those that the run saw, each read once") {
  const ScratchFolder scratch;
  state::Store store = opened(scratch.path() / ".branchlight");
  const std::string same = "a = 1\n", edited = "b = 1\n";
  const std::uint64_t same_hash = text::content_hash(same), edited_hash = text::content_hash(edited);
  state::Texts(store).keep({{same_hash, scratch.write("a.py", same).string()},
                            {edited_hash, scratch.write("b.py", "b = 2\n").string()},
                            {edited_hash + 1, (scratch.path() / "gone.py").string()}});
  REQUIRE(store.text(same_hash));
  CHECK(store.text(same_hash)->bytes() == same);
  CHECK(!store.text(edited_hash));
  store.remember_files({same_hash, edited_hash}, [&](std::uint64_t hash) {
    CHECK(hash == edited_hash);
    return edited;
  });
  CHECK(store.text(edited_hash)->bytes() == edited);
}

TEST_CASE("an import is there when the state is opened again, and a second one takes its place") {
  const ScratchFolder scratch;
  const auto imported = [&](const std::vector<model::FileKnowledge>& files, const std::string& file) {
    const auto left = opened(scratch.path()).import(files, import_of(file));
    REQUIRE(left);
    CHECK(left->empty());
    return opened(scratch.path()).load();
  };
  auto files = imported({imported_file("/w/a.py", Arm::yes), imported_file("/w/b.py", Arm::yes)}, ".coverage");
  REQUIRE(files.size() == 2);
  CHECK(files[0].imported == import_of(".coverage"));
  CHECK(files[0].settled == imported_file("/w/a.py", Arm::yes).settled);
  files = imported({imported_file("/w/b.py", Arm::no)}, "ci/.coverage");
  REQUIRE(files.size() == 1);
  CHECK(files[0].path == "/w/b.py");
  CHECK(files[0].imported == import_of("ci/.coverage"));
  CHECK(files[0].settled == imported_file("/w/b.py", Arm::no).settled);
}

TEST_CASE("an import leaves alone what a run has measured, and is noticed by the others") {
  const ScratchFolder scratch;
  state::Store one = opened(scratch.path()), two = opened(scratch.path());
  Finder finder;
  one.fold(run_info('a'), finder.run('a', "/w/a.py", "test_one", 2, 0, true).knowledge);
  CHECK(!one.erased_elsewhere());
  const auto left =
      two.import({imported_file("/w/a.py", Arm::no), imported_file("/w/b.py", Arm::no)}, import_of(".coverage"));
  CHECK(left == std::vector<std::string>{"/w/a.py"});
  CHECK(one.erased_elsewhere());
  CHECK(!two.erased_elsewhere());
  const auto files = one.load();
  REQUIRE(files.size() == 2);
  CHECK(!find(files, "/w/a.py")->imported);
  CHECK(takes(evidence(files, "/w/a.py", "test_one"), 0, Arm::yes));
  CHECK(find(files, "/w/b.py")->imported);
  one.erase();
  CHECK(opened(scratch.path()).load().empty());
}

TEST_CASE("a run that is folded takes the import's place, whether or not it was known to be there") {
  for (const bool knew : {true, false}) {
    const ScratchFolder scratch;
    state::Store store = opened(scratch.path());
    Finder before;  // has loaded nothing of the import
    opened(scratch.path())
        .import({imported_file("/w/a.py", Arm::no), imported_file("/w/b.py", Arm::no)}, import_of(".coverage"));
    Finder after(knew ? &store : nullptr);
    store.fold(run_info('a'), (knew ? after : before).run('a', "/w/a.py", "test_two", 2, 0, true).knowledge);
    const auto files = opened(scratch.path()).load();
    REQUIRE(files.size() == 2);
    const auto* live = find(files, "/w/a.py");
    CHECK(!live->imported);
    CHECK(live->settled.size() == 1);
    CHECK(takes(evidence(files, "/w/a.py", "test_two"), 0, Arm::yes));
    CHECK(find(files, "/w/b.py")->imported);
    CHECK(find(files, "/w/b.py")->settled == imported_file("/w/b.py", Arm::no).settled);
  }
}
