// dump_syntax FILE...: for each file one line of JSON, what coverage/syntax finds in it.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "coverage/syntax/syntax.h"

using namespace branchlight;
using nlohmann::json;

namespace {

constexpr const char* kinds[] = {"if", "elif", "while", "for", "async for", "case"};

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

json to_json(const syntax::Syntax& syntax, const syntax::Destination& destination) {
  // A way out is a negative number, as in coverage.py: the first line of the scope that it leaves.
  if (destination.kind == syntax::Destination::Kind::line) return destination.line;
  return -static_cast<std::int64_t>(syntax.scopes[destination.scope].first_line);
}

json to_json(const syntax::Syntax& syntax) {
  const auto& text = *syntax.text;
  json result = {{"statements", json::array()},
                 {"before_3_14", json::array()},
                 {"sites", json::array()},
                 {"scopes", json::array()}};
  for (const auto& statement : syntax.statements) {
    result[statement.before_3_14_only ? "before_3_14" : "statements"].push_back(statement.first_line);
  }
  for (const auto& site : syntax.sites) {
    const auto line = text.position(site.statement.begin).line;
    result["sites"].push_back(
        {{"kind", kinds[static_cast<int>(site.kind)]},
         {"line", line},
         {"exists", {site.exists[0], site.exists[1]}},
         {"leads_to", {to_json(syntax, site.leads_to[0]), to_json(syntax, site.leads_to[1])}},
         {"would", {syntax::would(syntax, site, syntax::Arm::no), syntax::would(syntax, site, syntax::Arm::yes)}}});
  }
  for (const auto& scope : syntax.scopes) result["scopes"].push_back({scope.qualified_name, scope.first_line});
  result["errors"] = json::array();
  for (const auto& error : syntax.errors)
    result["errors"].push_back({text.position(error.begin).line, text.position(error.end).line});
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    auto text = text::SourceText::from_file_bytes(read(argv[i]));
    auto result =
        text ? to_json(*syntax::parse(std::make_shared<const text::SourceText>(std::move(*text)))) : json::object();
    result["path"] = argv[i];
    std::cout << result.dump(-1, ' ', false, json::error_handler_t::replace) << "\n";
  }
}
