// Processes that write records about files in memory, for the tests of the model.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coverage/model/knowledge.h"

namespace branchlight::test {

class MemoryTexts final : public model::TextSource {
 public:
  // The hash that a collector would name.
  std::uint64_t add(const std::string& path, const std::string& source) {
    auto text = std::make_shared<const text::SourceText>(source);
    const auto hash = text->content_hash();
    texts_[{path, hash}] = std::move(text);
    return hash;
  }
  text::SharedText find(const std::string& path, std::uint64_t content_hash) override {
    const auto found = texts_.find({path, content_hash});
    return found == texts_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::pair<std::string, std::uint64_t>, text::SharedText> texts_;
};

// One process: its log, in which every site of a file has two markers, False at 2 * site and True after it.
class Process {
 public:
  Process(model::Knowledge& knowledge, std::string run, std::uint32_t id, std::uint32_t parent = 1,
          const std::string& argv = "pytest")
      : knowledge_(knowledge), run_(std::move(run)), log_(run_ + "-" + std::to_string(id) + ".hits") {
    header_.process_id = id;
    header_.parent_process_id = parent;
    header_.interpreter = 0x030C01F0;
    header_.created = id;  // the first process has the lowest number
    apply(hitlog::ProcessDefinition{R"({"argv": [")" + argv + R"("], "cwd": "/w"})"});
  }

  void apply(const hitlog::Record& record) { knowledge_.apply(log_, run_, header_, record); }

  // With markers for the sites of this text.
  Process& file(std::uint32_t number, const std::string& path, const std::string& source) {
    const text::SourceText text(source);
    apply(hitlog::FileDefinition{number, text.content_hash(), source.size(), path});
    const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(source));
    hitlog::MarkersDefinition markers{number, {}};
    for (const auto& site : syntax->sites) {
      const auto at = text.position(site.test.begin);
      for (const std::uint8_t arm : {std::uint8_t{0}, std::uint8_t{1}})
        markers.markers.push_back({at.line, at.column, 0, arm, 1, 0});
    }
    apply(markers);
    return *this;
  }
  Process& line(std::uint32_t number, std::uint32_t line) { return apply(hitlog::LineHit{number, line}), *this; }
  Process& arm(std::uint32_t number, std::uint32_t site, bool yes) {
    return apply(hitlog::ArmHit{number, site * 2 + yes}), *this;
  }
  Process& begin(std::uint32_t test, const std::string& id) {
    apply(hitlog::TestDefinition{test, id});
    apply(hitlog::TestBegin{test});
    return *this;
  }
  Process& end(std::uint32_t test, hitlog::Outcome outcome = hitlog::Outcome::passed) {
    return apply(hitlog::TestEnd{test, outcome}), *this;
  }
  void gone() { knowledge_.end_log(log_); }

 private:
  model::Knowledge& knowledge_;
  std::string run_, log_;
  hitlog::Header header_{};
};

inline model::Owner test_owner(const std::string& id) { return {model::Owner::Kind::test, id}; }
inline model::Owner command_owner(const std::string& argv = "pytest") {
  return {model::Owner::Kind::command, argv + " (in /w)"};
}
inline mapping::ArmRef yes(std::uint32_t site) { return {site, syntax::Arm::yes}; }
inline mapping::ArmRef no(std::uint32_t site) { return {site, syntax::Arm::no}; }

}  // namespace branchlight::test
