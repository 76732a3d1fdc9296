#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "coverage/hitlog/reader.h"
#include "coverage/model/explain.h"
#include "coverage/model/knowledge.h"
#include "tests/fuzz/memory_log.h"
#include "tests/fuzz/targets.h"

namespace branchlight::fuzz {

namespace {

std::string content_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    std::fprintf(stderr, "%s is missing: fuzz from the root of the checkout\n", path.c_str());
    std::abort();
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<hitlog::Record> records_of(const std::string& path) {
  std::vector<hitlog::Record> records;
  auto opened = hitlog::LogReader::open(path);
  if (auto* reader = std::get_if<hitlog::LogReader>(&opened)) {
    while (reader->read(records)) {
    }
  }
  return records;
}

// What the logs of the corpus are about, and the same a few edits later: whatever a log says, its hash decides which of
// the two, or neither, is found. No parser runs for an input: it is the contents of logs that are hostile here.
class Texts final : public model::TextSource {
 public:
  Texts() {
    const std::string program = content_of(corpus + "shop.py");
    texts_[0] = std::make_shared<const text::SourceText>(program);
    texts_[1] = std::make_shared<const text::SourceText>("import os\n" + program.substr(0, program.size() / 2));
  }
  text::SharedText find(const std::string&, std::uint64_t content_hash) override {
    if (content_hash == texts_[0]->content_hash()) return texts_[0];
    return content_hash % 3 < 2 ? texts_[content_hash % 3] : nullptr;
  }

 private:
  std::array<text::SharedText, 2> texts_;
};

// The opcodes of an interpreter, so that an input can do without that long record.
const hitlog::Record* opcodes(std::uint8_t which) {
  static const std::array<std::vector<hitlog::Record>, 2> logs = {records_of(corpus + "hitlog/3.14-events.hits"),
                                                                  records_of(corpus + "hitlog/3.15-events.hits")};
  if (which == 0 || which > logs.size()) return nullptr;
  for (const auto& record : logs[which - 1])
    if (std::holds_alternative<hitlog::OpcodesDefinition>(record)) return &record;
  std::fputs("the corpus has no opcodes\n", stderr);
  std::abort();
}

// Whoever shows what is known asks all of this.
void ask(model::Knowledge& knowledge, const std::string& run, bool explain) {
  for (const auto& path : knowledge.take_changed()) {
    const model::FileKnowledge* file = knowledge.find(path);
    if (!file) continue;
    const auto verdicts = model::verdicts(*file);
    if (verdicts.sites.size() != file->syntax->sites.size()) std::abort();
    static_cast<void>(model::totals(*file));
    for (std::uint32_t site = 0; site < verdicts.sites.size(); ++site)
      static_cast<void>(model::takers(*file, {site, syntax::Arm::yes}));
    for (std::uint32_t line = 1; explain && line <= file->syntax->text->line_count(); ++line)
      static_cast<void>(knowledge.explain(path, line));
  }
  static_cast<void>(knowledge.tests(run));
}

}  // namespace

void contents(Input input) {
  constexpr std::size_t controls = 8;
  if (input.size() < controls) return;
  const auto control = input.first(controls);
  const auto records = input.subspan(controls);
  static Texts texts;
  static MemoryLog log;
  model::Knowledge knowledge(texts);
  if (control[1] & 1) knowledge.remember_hits();
  const std::size_t processes = 1 + control[2] % 3;  // each with a part; each but the first a child of the one before
  const std::size_t part = records.size() / processes / 8 * 8;
  for (std::size_t process = 0; process < processes; ++process) {
    const std::string run = control[3] & 1 && process > 0 ? "another run" : "a run";
    const std::string name = "log " + std::to_string(process);
    auto header = sound_header(static_cast<std::uint32_t>(process + 1));
    header.parent_process_id = static_cast<std::uint32_t>(process);
    log.write({bytes_of(header),
               process + 1 < processes ? records.subspan(process * part, part) : records.subspan(process * part)});
    if (const auto* table = opcodes(control[0] % 3)) knowledge.apply(name, run, header, *table);
    for (const auto& record : records_of(log.path())) knowledge.apply(name, run, header, record);
    if (control[4] & 1) knowledge.end_log(name);
    if (control[4] & 2) knowledge.settle(run, control[4] & 4);
    if (control[4] & 8) knowledge.forget();
    if (control[4] & 16) ask(knowledge, run, false);
  }
  knowledge.settle("a run", true);
  ask(knowledge, "a run", control[1] & 1);
}

}  // namespace branchlight::fuzz
