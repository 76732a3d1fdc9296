#include <cstdio>
#include <cstdlib>
#include <set>
#include <unordered_map>
#include <variant>

#include "coverage/hitlog/reader.h"
#include "tests/fuzz/memory_log.h"
#include "tests/fuzz/targets.h"

namespace branchlight::fuzz {

namespace {

void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

// A hit names what the records before it have defined.
class Definitions {
 public:
  void see(const hitlog::Record& record) {
    std::visit([this](const auto& decoded) { check(decoded); }, record);
  }

 private:
  void check(const hitlog::FileDefinition& file) { files_.insert(file.file); }
  void check(const hitlog::CodeDefinition& code) {
    promise(files_.contains(code.file), "a code object of a file that was not defined");
    codes_.insert(code.code);
  }
  void check(const hitlog::TestDefinition& test) { tests_.insert(test.test); }
  void check(const hitlog::MarkersDefinition& markers) {
    promise(files_.contains(markers.file), "markers of a file that was not defined");
    markers_[markers.file] = markers.markers.size();
  }
  void check(const hitlog::LineHit& hit) { promise(files_.contains(hit.file), "a line of no file"); }
  void check(const hitlog::ArmHit& hit) {
    promise(files_.contains(hit.file), "an arm of no file");
    promise(hit.marker < markers_[hit.file], "a hit of no marker");
  }
  void check(const hitlog::JumpHit& hit) { promise(codes_.contains(hit.code), "a jump of no code object"); }
  void check(const hitlog::CallHit& hit) { promise(codes_.contains(hit.code), "a call of no code object"); }
  void check(const hitlog::TestBegin& begin) { promise(tests_.contains(begin.test), "the begin of no test"); }
  void check(const hitlog::TestEnd& end) {
    promise(tests_.contains(end.test), "the end of no test");
    promise(end.outcome >= hitlog::Outcome::passed && end.outcome <= hitlog::Outcome::interrupted, "an outcome");
  }
  void check(const hitlog::SharedBegin&) {}
  void check(const hitlog::SharedEnd&) {}
  void check(const hitlog::SharedUse&) {}
  void check(const hitlog::ProcessDefinition&) {}
  void check(const hitlog::OpcodesDefinition&) {}
  void check(const hitlog::Note&) {}

  std::set<std::uint32_t> files_, codes_, tests_;
  std::unordered_map<std::uint32_t, std::size_t> markers_;
};

struct Outcome {
  std::vector<std::size_t> kinds;  // of the records, in order
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(const std::string& path, std::size_t limit) {
  auto opened = hitlog::LogReader::open(path);
  if (const auto* refused = std::get_if<hitlog::LogError>(&opened)) {
    promise(!refused->reason.empty(), "refused without a reason");
    return {{}, refused->reason};
  }
  auto& reader = std::get<hitlog::LogReader>(opened);
  Definitions definitions;
  Outcome outcome;
  std::vector<hitlog::Record> records;
  while (reader.read(records, limit)) {
    promise(!records.empty() && records.size() <= limit, "more records than asked for, or none");
    for (const auto& record : records) {
      definitions.see(record);
      outcome.kinds.push_back(record.index());
    }
    records.clear();
  }
  promise(records.empty(), "records, and the word that nothing came");
  if (reader.error()) outcome.error = reader.error()->reason;
  return outcome;
}

}  // namespace

void hitlog(Input input) {
  static MemoryLog log;
  const bool whole =
      input.size() >= sizeof hitlog::magic && std::memcmp(input.data(), hitlog::magic, sizeof hitlog::magic) == 0;
  const auto header = sound_header(1);
  log.write({whole ? Input{} : bytes_of(header), input});
  const Outcome at_once = read(log.path(), 65536);
  const std::size_t few = input.empty() ? 0 : input.back();  // chance, in a way that comes again with the input
  if (few > 0 && few < 64)
    promise(read(log.path(), few) == at_once, "in small pieces a log reads otherwise than in one");
}

}  // namespace branchlight::fuzz
