// The parts by themselves. That the whole means what it means to coverage.py: tests/cli/test_configuration.py.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "coverage/configuration/exclusions.h"
#include "coverage/configuration/file_patterns.h"
#include "coverage/configuration/ini_file.h"
#include "coverage/configuration/python_regex.h"
#include "coverage/configuration/settings.h"
#include "coverage/configuration/source_files.h"
#include "coverage/configuration/values.h"

using namespace branchlight;
using namespace branchlight::configuration;
namespace fs = std::filesystem;

namespace {

using Lines = std::set<std::uint32_t>;
using Spans = std::vector<std::pair<std::size_t, std::size_t>>;

PythonRegex regex(std::string_view pattern) {
  auto compiled = PythonRegex::compile(pattern);
  const auto* error = std::get_if<RegexError>(&compiled);
  REQUIRE_MESSAGE(!error, std::string(pattern) << ": " << (error ? error->reason : ""));
  return std::get<PythonRegex>(compiled);
}

Spans found(std::string_view pattern, std::string_view text) {
  Spans spans;
  CHECK(regex(pattern).each_match(text, [&](std::size_t begin, std::size_t end) { spans.emplace_back(begin, end); }));
  return spans;
}

std::string refused(std::string_view pattern) {
  const auto compiled = PythonRegex::compile(pattern);
  const auto* error = std::get_if<RegexError>(&compiled);
  return error ? error->reason : "";
}

bool glob_matches(const std::string& pattern, const std::string& path) {
  std::vector<std::string> problems;
  const bool matches = FilePatterns({pattern}, "/w", problems).match(path);
  CHECK(problems.empty());
  return matches;
}

struct Folder {
  fs::path path = fs::canonical(fs::temp_directory_path()) / ("branchlight-configuration-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }
  SharedSettings read(const Environment& environment = {}) const { return read_settings(path, environment); }
};

syntax::SharedSyntax parsed(std::string source) {
  return syntax::parse(std::make_shared<const text::SourceText>(std::move(source)));
}

Lines excluded(std::string source) {
  return find_exclusions(*parsed(std::move(source)), *read_settings("/none", {})).lines;
}

std::string substituted(const std::string& text) {
  const Environment environment{{"A", "one"}, {"EMPTY", ""}};
  const auto value = substitute(text, environment);
  const auto* error = std::get_if<ValueError>(&value);
  return error ? "error: " + error->reason : std::get<std::string>(value);
}

bool mentions(const std::vector<std::string>& all, const std::string& what) {
  return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("patterns search whole texts line by line, as re.MULTILINE does") {
  CHECK(found("^b$", "a\nb\nb\n") == Spans{{2, 3}, {4, 5}});
  CHECK(found("^", "a\nb\n") == Spans{{0, 0}, {2, 2}, {4, 4}});
  CHECK(found("x*", "axb") == Spans{{0, 0}, {1, 2}, {2, 2}, {3, 3}});
  CHECK(found(R"(a\Z)", "a\na") == Spans{{2, 3}});
  CHECK(found(R"(\Aa)", "a\na") == Spans{{0, 1}});
  CHECK(found("a.b", "a\nb a\rb").size() == 1);
}

TEST_CASE("what Python writes in its own way is understood") {
  CHECK(found(R"((?P<q>['"]).*?(?P=q))", "x = 'a' + \"b\"").size() == 2);
  CHECK(found("(?<!no )cover(?! all)", "no cover, cover all, cover") == Spans{{21, 26}});
  CHECK(found("a{,2}b", "aaab") == Spans{{1, 4}});
  CHECK(found("[]a]+", "]a]") == Spans{{0, 3}});
  CHECK(found("[[:a]+", "[a:") == Spans{{0, 3}});
  CHECK(found("\\u00e9\\w", "\u00e9t\u00e9") == Spans{{0, 3}});
  CHECK(found(R"(\v)", "a\x0b\n") == Spans{{1, 2}});
  CHECK(found("(a)?b(?(1)c|d)", "abc bd abd").size() == 3);
}

TEST_CASE("what Python refuses is refused, with the reason") {
  for (const char* pattern :
       {"(", "a**", R"(\h)", R"(\Qa\E)", R"(\u12)", R"(\K)", R"(\R)", "[a", "(?P<1a>b)", R"([\Z])", "\\"})
    CHECK_MESSAGE(!refused(pattern).empty(), pattern);
  CHECK(refused(R"(ab\h)") == "bad escape \\h at position 2");
}

TEST_CASE("a pattern that backtracks without end is given up") {
  const auto pattern = regex("^(a+)+$");
  CHECK(!pattern.each_match(std::string(60, 'a') + "b", [](std::size_t, std::size_t) {}));
}

TEST_CASE("invalid UTF-8 does no harm") {
  CHECK(found("b",
              "a\xff"
              "b") == Spans{{2, 3}});
}

TEST_CASE("an ini file is read as configparser reads it") {
  const auto read = IniFile::parse(
      "\xEF\xBB\xBF# first\n[DEFAULT]\nall = 1\n[a b]\nKey: value = 1 # kept\nlist =\n  x\n\n  ; comment\n    y, z\n\n"
      "last=\n[c]\n");
  REQUIRE(std::holds_alternative<IniFile>(read));
  const auto& file = std::get<IniFile>(read);
  CHECK(file.get("a b", "key") == "value = 1 # kept");
  CHECK(file.get("a b", "list") == "\nx\n\ny, z");
  CHECK(file.get("a b", "last") == "");
  CHECK(file.get("c", "all") == "1");
  CHECK(!file.get("c", "key"));
  CHECK(!file.get("d", "all"));
  CHECK(file.options("a b") == std::vector<std::string>{"all", "key", "last", "list"});
}

TEST_CASE("what configparser refuses is refused, with its line") {
  for (const char* text : {"a = 1\n", "[a]\n[a]\n", "[a]\nb=1\nB=2\n", "[a]\nnothing\n", "[a]\n = 1\n"}) {
    const auto read = IniFile::parse(text);
    const auto* error = std::get_if<IniError>(&read);
    REQUIRE_MESSAGE(error, text);
    CHECK(error->reason.starts_with("line "));
  }
}

TEST_CASE("variables of the environment are put in") {
  CHECK(substituted("$A ${A} ${A-x} ${B-x y} $B. $$A $ ${A!} a$") == "one one one x y . $A $ ${A!} a$");
  CHECK(substituted("${EMPTY-x}${B-}") == "");
  CHECK(substituted("${B?}") == "error: needs the environment variable B, which is not set");
}

TEST_CASE("file patterns") {
  CHECK(glob_matches("a.py", "/x/y/a.py"));
  CHECK(!glob_matches("a.py", "/x/y/ba.py"));
  CHECK(glob_matches("sub/*", "/w/sub/deep/a.py"));
  CHECK(!glob_matches("sub/*.py", "/w/sub/deep/a.py"));
  CHECK(glob_matches("sub/**/*.py", "/w/sub/deep/er/a.py"));
  CHECK(glob_matches("sub/**/a.py", "/w/sub/a.py"));
  CHECK(glob_matches("*/sub/*", "/else/sub/a.py"));
  CHECK(!glob_matches("sub/*", "/else/sub/a.py"));
  CHECK(glob_matches("t?st_[a-c].py", "/x/tost_b.py"));
  CHECK(!glob_matches("t?st_[a-c].py", "/x/tost_d.py"));
  for (const char* pattern : {"***", "a**", "**a", "**/**/a", "a]b"}) {
    std::vector<std::string> problems;
    CHECK(FilePatterns({pattern, "x.py"}, "/w", problems).match("/w/x.py"));
    CHECK_MESSAGE(mentions(problems, pattern), pattern);
  }
}

TEST_CASE("a pattern that does not compile loses itself and nothing else") {
  const Folder folder;
  folder.write("pyproject.toml", "[tool.coverage.report]\nexclude_also = ['keep(', 'skip']\npartial_also = 'x'\n");
  const auto settings = folder.read();
  REQUIRE(settings->problems.size() == 2);
  CHECK(mentions(settings->problems,
                 (folder.path / "pyproject.toml").string() + ": [tool.coverage.report] exclude_also"));
  CHECK(mentions(settings->problems, "keep("));
  CHECK(mentions(settings->problems, "partial_also is no list"));
  CHECK(find_exclusions(*parsed("a = 1\nskip = 2\nb = 3  # pragma: no cover\n"), *settings).lines == Lines{2, 3});
}

TEST_CASE("a file that is not understood is named, and the defaults are in force") {
  const Folder folder;
  folder.write("pyproject.toml", "[tool.coverage\n");
  CHECK(mentions(folder.read()->problems, "pyproject.toml is not understood"));
  CHECK(folder.read()->exclude.has_value());
  folder.write(".coveragerc", "nothing\n");
  CHECK(mentions(folder.read()->problems, ".coveragerc is not understood, and nothing in it is used: line 1"));
}

TEST_CASE("where coverage.py keeps its data") {
  const Folder folder;
  CHECK(folder.read()->data_file == folder.path / ".coverage");
  folder.write(".coveragerc", "[run]\ndata_file = build/${NAME}.data\n");
  CHECK(folder.read({{"NAME", "unit"}})->data_file == folder.path / "build/unit.data");
  CHECK(folder.read({{"COVERAGE_FILE", "elsewhere"}})->data_file == "elsewhere");
  CHECK(folder.read()->without_effect.empty());
  folder.write(".coveragerc", "[run]\ndata_file = ~/data\n");
  CHECK(folder.read({{"HOME", "/home/me"}})->data_file == "/home/me/data");
  fs::remove(folder.path / ".coveragerc");
  folder.write("pyproject.toml", "[tool.coverage.run]\ndata_file = 'a, b'\n");
  CHECK(folder.read()->data_file == folder.path / "a, b");
  folder.write("pyproject.toml", "[tool.coverage.run]\ndata_file = 1\n");
  CHECK(mentions(folder.read()->problems, "data_file is no string"));
}

TEST_CASE("settings that mean nothing here, and those that nobody knows, are named") {
  const Folder folder;
  folder.write(".coveragerc", "[run]\nbranch = no\nplugins = x\nparallel = yes\nsuorce = y\n[html]\ntitle = z\n");
  CHECK(folder.read()->without_effect == std::vector<std::string>{"[html] title", "[run] branch", "[run] plugins"});
  folder.write("pyproject.toml", "[tool.branchlight]\ncolour = 'red'\n");
  CHECK(folder.read()->unknown ==
        std::vector<std::string>{(folder.path / ".coveragerc").string() + ": [run] suorce",
                                 (folder.path / "pyproject.toml").string() + ": [tool.branchlight] colour"});
}

TEST_CASE("the fingerprint changes with the files, and only with those") {
  const Folder folder;
  const auto none = settings_fingerprint(folder.path, {});
  folder.write("notes.txt", "x");
  CHECK(settings_fingerprint(folder.path, {}) == none);
  folder.write("tox.ini", "x");
  const auto one = settings_fingerprint(folder.path, {});
  CHECK(one != none);
  folder.write("tox.ini", "xy");
  CHECK(settings_fingerprint(folder.path, {}) != one);
  CHECK(settings_fingerprint(folder.path, {{"COVERAGE_RCFILE", "notes.txt"}}) != settings_fingerprint(folder.path, {}));
}

TEST_CASE("a home folder in [paths]") {
  const Folder folder;
  folder.write("src/a.py", "");
  folder.write("home/lib/a.py", "");
  folder.write(".coveragerc", "[paths]\nlib =\n  src\n  ~/lib\n");
  const auto settings = folder.read({{"HOME", (folder.path / "home").string()}});
  CHECK(SourceFiles(*settings).shown_as(folder.path / "home/lib/a.py") == folder.path / "src/a.py");
  CHECK(SourceFiles(*settings).shown_as(folder.path / "home/lib/b.py") == folder.path / "home/lib/b.py");
}

TEST_CASE("a pragma takes out its statement, the suite that it opens, and the function that it decorates") {
  CHECK(excluded("a = 1  # pragma: no cover\nb = 2\n") == Lines{1});
  CHECK(excluded("if a:  # pragma: no cover\n    b = 1\n\n    # so\n    c = 2\nd = 3\n") == Lines{1, 2, 5});
  CHECK(excluded("if a:\n    b = 1\nelse:  # pragma: no cover\n    c = 2\nd = 3\n") == Lines{3, 4});
  CHECK(excluded("try:\n    b = 1\nexcept E:  # pragma: no cover\n    c = 2\nd = 3\n") == Lines{3, 4});
  CHECK(excluded("def f(\n    a,\n):  # pragma: no cover\n    return 1\nb = 2\n") == Lines{1, 2, 3, 4});
  CHECK(excluded("@d  # pragma: no cover\ndef f():\n    return 1\nb = 2\n") == Lines{1, 2, 3});
  CHECK(excluded("a = f(\n    1,  # pragma: no cover\n)\nb = 2\n") == Lines{1});
  CHECK(excluded("class C:  # pragma: no cover\n    'doc'\n    # so\n    # much\nb = 2\n") == Lines{1, 2});
}

TEST_CASE("brackets, strings and backslashes keep a statement together") {
  CHECK(excluded("a = '#' \\\n    + '''\n:'''  # pragma: no cover\nb = 2\n") == Lines{1});
  CHECK(excluded("a = {1: 2,  # pragma: no cover\n     3: 4}\nb = 2\n") == Lines{1});
  CHECK(excluded("# so \\\na = 1  # pragma: no cover\nb = 2\n") == Lines{2});
  CHECK(excluded("if a: b = f'''{c:\n>3}'''  # pragma: no cover\nb = 2\n") == Lines{1});
  CHECK(excluded("if a:  # pragma: no cover\n\tb = 1\n        c = 2\nd = 3\n") == Lines{1, 2, 3});
}

TEST_CASE("type-checking blocks and bodies that are three dots are left out") {
  CHECK(excluded("if TYPE_CHECKING:\n    import x\ny = 1\n") == Lines{1, 2});
  CHECK(excluded("def f(): ...\ny = 1\n").contains(1));
  CHECK(!excluded("print('...')\n").contains(1));
}

TEST_CASE("broken code is looked at as well") {
  CHECK(excluded("if (a:  # pragma: no cover\nb = 1  # pragma: no cover\n").contains(2));
}
