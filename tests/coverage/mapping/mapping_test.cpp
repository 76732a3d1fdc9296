// The mapping on code objects that real interpreters made (recorded/, see make_recorded.sh).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "coverage/mapping/mapping.h"
#include "tests/coverage/mapping/recorded_code.h"
#include "tests/support/fixture.h"

using namespace branchlight;

namespace {

const std::string folder = "tests/coverage/mapping/recorded/";
const std::vector<std::string> versions = {"3.14", "3.15"};

// A program with its code objects, mapped.
struct Mapped {
  test::RecordedCode recorded;
  syntax::SharedSyntax syntax;
  std::vector<mapping::MappedCode> codes;

  explicit Mapped(test::RecordedCode from)
      : recorded(std::move(from)), syntax(syntax::parse(std::make_shared<const text::SourceText>(recorded.source))) {
    for (const auto& code : recorded.codes) codes.push_back(mapping::map_code(code, recorded.opcodes, *syntax));
  }
  std::uint32_t line_of(std::uint32_t site) const {
    return syntax->text->position(syntax->sites[site].header.begin).line;
  }
};

std::vector<Mapped> all_of(const std::string& version) {
  std::vector<Mapped> all;
  for (auto& recorded : test::load_recorded(folder + version + ".jsonl")) all.emplace_back(std::move(recorded));
  return all;
}

Mapped program(const std::string& version, const std::string& file) {
  for (auto& recorded : test::load_recorded(folder + version + ".jsonl"))
    if (recorded.file == file) return Mapped(std::move(recorded));
  throw std::runtime_error("not recorded: " + file);
}

std::string arm_text(const std::optional<mapping::ArmRef>& arm) {
  return !arm ? "-" : arm->arm == syntax::Arm::yes ? "True" : "False";
}

// A line for each direction of each jump.
std::string render(const Mapped& mapped) {
  std::ostringstream out;
  for (std::size_t index = 0; index < mapped.codes.size(); ++index) {
    for (const auto& trail : mapped.codes[index].trails) {
      out << mapped.recorded.file << ':' << trail.line << ' ' << mapped.recorded.codes[index].qualified_name << ' '
          << trail.offset << (trail.jumped ? " right " : " left ") << arm_text(trail.arm)
          << (trail.orphan ? " ORPHAN" : "") << ": " << trail.reason << '\n';
    }
  }
  return out.str();
}

std::string contents(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

hitlog::MarkerRecord marker(std::uint32_t line, std::uint32_t column, std::uint8_t arm) {
  return {line, column, 0, arm, 1, 0};
}

}  // namespace

TEST_CASE("each site has the arms that its program's notes name, and nothing else has any") {
  for (const auto& version : versions) {
    for (const auto& mapped : all_of(version)) {
      std::map<std::uint32_t, std::set<std::string>> expected, actual;
      const auto fixture = test::parse_fixture(mapped.recorded.source);
      for (const auto& note : fixture.notes)
        for (const auto& value : fixture.values(note.key, note.line)) expected[note.line].insert(value);
      for (const auto& code : mapped.codes)
        for (const auto& arm : code.arms) actual[mapped.line_of(arm.site)].insert(arm_text(arm));
      INFO(version << ' ' << mapped.recorded.file);
      CHECK(actual == expected);
    }
  }
}

TEST_CASE("nothing is an orphan in the recorded programs, and every reason is given") {
  for (const auto& version : versions) {
    for (const auto& mapped : all_of(version)) {
      for (const auto& code : mapped.codes) {
        for (const auto& trail : code.trails) {
          INFO(version << ' ' << mapped.recorded.file << ':' << trail.line << ' ' << trail.reason);
          CHECK_FALSE(trail.orphan);
          CHECK_FALSE(trail.reason.empty());
        }
      }
    }
  }
}

TEST_CASE("every direction of every jump is explained as the goldens have it") {
  for (const auto& version : versions) {
    std::string rendered;
    for (const auto& mapped : all_of(version)) rendered += render(mapped);
    const auto golden = folder + version + ".trails";
    if (std::getenv("BRANCHLIGHT_UPDATE_GOLDENS")) std::ofstream(golden) << rendered;
    CHECK(rendered == contents(golden));
  }
}

TEST_CASE("if a == 1 / else: the fall-through is True, the jump is False") {
  for (const auto& version : versions) {
    const auto mapped = program(version, "if_else.py");
    REQUIRE(mapped.codes.size() == 2);
    const auto& trails = mapped.codes[1].trails;
    REQUIRE(trails.size() == 2);
    CHECK(trails[0].arm == mapping::ArmRef{0, syntax::Arm::yes});
    CHECK(trails[1].arm == mapping::ArmRef{0, syntax::Arm::no});
    CHECK(mapped.codes[1].find(trails[0].offset, false) == &trails[0]);
    CHECK(mapped.codes[1].find(trails[0].offset, true) == &trails[1]);
    CHECK(mapped.codes[1].find(trails[0].offset + 1, true) == nullptr);
  }
}

TEST_CASE("try … return … finally: the finally leads to two places and is no branch") {
  for (const auto& version : versions) {
    const auto mapped = program(version, "try_return_finally.py");
    std::set<std::uint32_t> lines;
    for (const auto& site : mapped.syntax->sites) lines.insert(mapped.syntax->text->position(site.header.begin).line);
    CHECK(lines == std::set<std::uint32_t>{4, 17, 29});
  }
}

TEST_CASE("the copies of a finally lead to one site") {
  for (const auto& version : versions) {
    const auto mapped = program(version, "try_return_finally.py");
    const auto chooses = std::find_if(mapped.recorded.codes.begin(), mapped.recorded.codes.end(),
                                      [](const auto& code) { return code.qualified_name == "chooses"; });
    const auto& code = mapped.codes[static_cast<std::size_t>(chooses - mapped.recorded.codes.begin())];
    std::set<std::uint32_t> offsets;
    for (const auto& trail : code.trails)
      if (trail.arm) offsets.insert(trail.offset);
    CHECK(offsets.size() > 1);
    CHECK(code.arms.size() == 2);
  }
}

TEST_CASE("code of another text is not mapped by accident") {
  auto recorded = test::load_recorded(folder + "3.14.jsonl");
  for (auto& each : recorded) {
    const auto other = syntax::parse(std::make_shared<const text::SourceText>("x = 1\n"));
    for (const auto& code : each.codes) {
      const auto mapped = mapping::map_code(code, each.opcodes, *other);
      CHECK(mapped.arms.empty());
    }
  }
}

TEST_CASE("damaged code objects give no arm out of thin air, and do no harm") {
  std::uint32_t random = 1;
  const auto next = [&] { return (random = random * 1664525u + 1013904223u) >> 8; };
  for (auto& each : test::load_recorded(folder + "3.14.jsonl")) {
    const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(each.source));
    const mapping::OpcodeTable opcodes(each.opcodes);
    for (const auto& code : each.codes) {
      for (int round = 0; round < 50; ++round) {
        auto damaged = code;
        for (int hits = 0; hits < 4; ++hits) {
          auto& part = next() % 2 ? damaged.bytecode : damaged.locations;
          if (!part.empty()) part[next() % part.size()] = static_cast<char>(next());
        }
        if (next() % 4 == 0) damaged.bytecode.resize(next() % (damaged.bytecode.size() + 1));
        if (next() % 4 == 0) damaged.locations.resize(next() % (damaged.locations.size() + 1));
        for (const auto& arm : mapping::map_code(damaged, opcodes, *syntax).arms)
          CHECK(arm.site < syntax->sites.size());
      }
    }
  }
}

TEST_CASE("a location table is read as CPython writes it") {
  const auto at = [](std::uint32_t line, std::uint32_t column, std::uint32_t end_line, std::uint32_t end_column) {
    return mapping::CodePosition{{line, column}, {end_line, end_column}};
  };
  const auto decode = [](std::string_view table, std::size_t units) {
    return mapping::decode_locations(table, 10, units);
  };
  const auto same = [](const std::optional<mapping::CodePosition>& a, const mapping::CodePosition& b) {
    return a && a->begin == b.begin && a->end == b.end;
  };
  using namespace std::string_view_literals;
  CHECK(same(decode("\x88\x34"sv, 1)[0], at(10, 11, 10, 15)));            // short: code 1, column 8 + 3, width 4
  CHECK(same(decode("\xd9\x04\x06"sv, 2)[1], at(11, 4, 11, 6)));          // one line on, two units
  CHECK_FALSE(decode("\xf8"sv, 1)[0]);                                    // none
  CHECK_FALSE(decode("\xe8\x02"sv, 1)[0]);                                // a line alone
  CHECK(same(decode("\xf0\x04\x01\x05\x03"sv, 1)[0], at(12, 4, 13, 2)));  // long
  CHECK(
      same(decode("\xf0\x03\x00\x41\x02\x41\x03"sv, 1)[0], at(9, 128, 9, 192)));  // back a line, columns of two digits
  CHECK(decode("", 3).size() == 3);
  CHECK_FALSE(decode("\x05", 1)[0]);
}

TEST_CASE("a marker belongs to the site whose test holds its position") {
  const auto syntax = syntax::parse(
      std::make_shared<const text::SourceText>("if a:\n    pass\nelif (b):\n    for x in (y):\n        pass\nmatch "
                                               "z:\n    case [1]:\n        pass\n    case 2:\n        pass\n"));
  const std::vector<hitlog::MarkerRecord> markers = {marker(1, 3, 1), marker(3, 6, 0), marker(4, 14, 1),
                                                     marker(7, 9, 1), marker(9, 9, 0), marker(2, 4, 1),
                                                     marker(99, 0, 1)};
  const auto arms = mapping::map_markers(markers, *syntax);
  REQUIRE(arms.size() == 7);
  REQUIRE(syntax->sites.size() == 5);
  CHECK(arms[0] == mapping::ArmRef{0, syntax::Arm::yes});
  CHECK(arms[1] == mapping::ArmRef{1, syntax::Arm::no});
  CHECK(arms[2] == mapping::ArmRef{2, syntax::Arm::yes});
  CHECK(arms[3] == mapping::ArmRef{3, syntax::Arm::yes});
  CHECK(arms[4] == mapping::ArmRef{4, syntax::Arm::no});
  CHECK_FALSE(arms[5]);
  CHECK_FALSE(arms[6]);
}
