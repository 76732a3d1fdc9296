// time_analysis FILE...: how long it takes to find out what counts in these files, as a line of JSON. The reading of
// the files is not in the figures.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "coverage/configuration/exclusions.h"
#include "coverage/syntax/syntax.h"

using namespace branchlight;
using Clock = std::chrono::steady_clock;

namespace {

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = configuration::read_settings("/nowhere", {});  // the defaults
  std::size_t files = 0, lines = 0, statements = 0, sites = 0;
  std::chrono::duration<double> parsing{}, excluding{};
  for (int i = 1; i < argc; ++i) {
    const auto bytes = read(argv[i]);
    const auto begin = Clock::now();
    auto text = text::SourceText::from_file_bytes(bytes);
    if (!text) continue;  // in an encoding that is not known
    const auto syntax = syntax::parse(std::make_shared<const text::SourceText>(std::move(*text)));
    const auto parsed = Clock::now();
    configuration::find_exclusions(*syntax, *settings);
    excluding += Clock::now() - parsed;
    parsing += parsed - begin;
    ++files;
    lines += syntax->text->line_count();
    statements += syntax->statements.size();
    sites += syntax->sites.size();
  }
  std::printf(R"({"files": %zu, "lines": %zu, "statements": %zu, "sites": %zu, "parsing": %.6f, "excluding": %.6f})"
              "\n",
              files, lines, statements, sites, parsing.count(), excluding.count());
}
