// Reads what record_code.py wrote, a line a program, and answers each line with the mapping as JSON. test_oracle.py
// holds the answer against an oracle of its own.
#include <iostream>
#include <nlohmann/json.hpp>

#include "coverage/mapping/mapping.h"
#include "tests/coverage/mapping/recorded_code.h"

using namespace branchlight;

namespace {

const char* kind_name(syntax::SiteKind kind) {
  switch (kind) {
    case syntax::SiteKind::if_: return "if";
    case syntax::SiteKind::elif: return "elif";
    case syntax::SiteKind::while_: return "while";
    case syntax::SiteKind::for_: return "for";
    case syntax::SiteKind::async_for: return "async for";
    case syntax::SiteKind::case_: return "case";
  }
  return "";
}

nlohmann::json range_of(const text::SourceText& text, text::ByteRange range) {
  const auto begin = text.position(range.begin), end = text.position(range.end);
  return {begin.line, begin.column, end.line, end.column};
}

nlohmann::json sites_of(const syntax::Syntax& syntax) {
  auto sites = nlohmann::json::array();
  for (const auto& site : syntax.sites) {
    const auto at = syntax.text->position(site.statement.begin);
    sites.push_back({{"kind", kind_name(site.kind)},
                     {"line", at.line},
                     {"column", at.column},
                     {"scope", syntax.scopes[site.scope].qualified_name},
                     {"statement", range_of(*syntax.text, site.statement)},
                     {"header", range_of(*syntax.text, site.header)},
                     {"exists", site.exists}});
  }
  return sites;
}

nlohmann::json trails_of(const mapping::MappedCode& mapped) {
  auto trails = nlohmann::json::array();
  for (const auto& trail : mapped.trails) {
    nlohmann::json json{{"offset", trail.offset},
                        {"jumped", trail.jumped},
                        {"line", trail.line},
                        {"reason", trail.reason},
                        {"orphan", trail.orphan}};
    if (trail.arm) json["site"] = trail.arm->site, json["arm"] = trail.arm->arm == syntax::Arm::yes;
    trails.push_back(std::move(json));
  }
  return trails;
}

nlohmann::json markers_of(const test::RecordedCode& recorded, const syntax::Syntax& syntax) {
  auto markers = nlohmann::json::array();
  for (const auto& arm : mapping::map_markers(recorded.markers, syntax))
    markers.push_back(arm ? nlohmann::json{arm->site, arm->arm == syntax::Arm::yes} : nlohmann::json());
  return markers;
}

nlohmann::json map_all(const test::RecordedCode& recorded) {
  const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(recorded.source));
  const mapping::OpcodeTable opcodes(recorded.opcodes);
  auto codes = nlohmann::json::array();
  for (const auto& code : recorded.codes) {
    const auto mapped = mapping::map_code(code, opcodes, *syntax);
    codes.push_back({{"name", code.qualified_name},
                     {"first_line", code.first_line},
                     {"trails", trails_of(mapped)},
                     {"scope", mapped.scope ? nlohmann::json(*mapped.scope) : nlohmann::json()}});
  }
  return {{"sites", sites_of(*syntax)},
          {"codes", std::move(codes)},
          {"markers", markers_of(recorded, *syntax)},
          {"errors", syntax->errors.size()}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);)
    std::cout << map_all(test::parse_recorded(line)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << std::endl;
}
