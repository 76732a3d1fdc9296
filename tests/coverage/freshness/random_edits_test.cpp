// Marks after any sequence of edits. What is right is judged by the text alone, line by line: the name of a site, and
// the lines of the function around it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coverage/freshness/carry.h"
#include "tests/coverage/freshness/random_program.h"

using namespace branchlight;
using freshness::Age;
using Lines = std::vector<std::string>;

namespace {

std::size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

// Without comments and repeated blanks; empty for a line that says nothing.
std::string plain(const std::string& line) {
  std::string result;
  for (const char c : line.substr(0, line.find('#'))) {
    if (c != ' ' || (!result.empty() && result.back() != ' ')) result += c;
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

// Of a line that begins within a string: what is of the string.
std::string string_line(const std::string& line) {
  const auto end = line.find("\"\"\"");
  return end == std::string::npos ? line : line.substr(0, end + 3) + plain(line.substr(end + 3));
}

std::string opening_line(const std::string& line) {
  const auto begin = line.rfind("\"\"\"");
  return plain(line.substr(0, begin)) + line.substr(begin);
}

bool is_definition(const std::string& line) {
  const auto text = plain(line);
  return (text.starts_with("def ") || text.starts_with("class ")) && text.find("typo") == std::string::npos;
}

// A definition as the lines tell: where it begins and ends, its path ("C1.f2"), and what it says apart from the
// definitions inside of it.
struct Definition {
  std::string path;
  std::size_t begin = 0, end = 0;
  std::vector<std::string> own;
};

class Outline {
 public:
  explicit Outline(const Lines& lines) : lines_(lines), inside_string_(lines.size()), owner_(lines.size()) {
    bool open = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      inside_string_[i] = open;
      if (lines[i].find("typo") != std::string::npos) continue;
      for (auto at = lines[i].find("\"\"\""); at != std::string::npos; at = lines[i].find("\"\"\"", at + 3))
        open = !open;
    }
    knows_ = !open;
    definitions_.push_back({"", 0, lines.size(), {}});
    read();
  }

  const std::vector<Definition>& definitions() const { return definitions_; }
  // False where a string is left open, so that lines do not tell what is code.
  bool knows() const { return knows_; }
  const Definition& at(std::size_t line) const { return definitions_[owner_[line]]; }

 private:
  // Gives every line to the innermost definition that it is indented under.
  void read() {
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, 0}};  // definition, indentation of its header
    std::vector<std::size_t> decorators;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const auto text = plain(lines_[i]);
      if (text.empty() && !inside_string_[i]) {
        owner_[i] = open.back().first;
        continue;
      }
      const auto indent = indent_of(lines_[i]);
      if (!inside_string_[i]) {
        if (!decorators.empty() && indent_of(lines_[decorators.back()]) != indent) flush(decorators, open.back().first);
        while (open.size() > 1 && indent <= open.back().second) open.pop_back();
        if (text.starts_with("@")) {
          decorators.push_back(i);
          continue;
        }
        if (is_definition(lines_[i]))
          begin(i, text, open, decorators);
        else
          flush(decorators, open.back().first);
      }
      owner_[i] = open.back().first;
      auto& definition = definitions_[owner_[i]];
      definition.end = i + 1;
      const auto height = indent - std::min(indent, open.back().second);
      const bool opens = !inside_string_[i] && i + 1 < lines_.size() && inside_string_[i + 1];
      definition.own.push_back(inside_string_[i]
                                   ? string_line(lines_[i])
                                   : std::to_string(height) + " " + (opens ? opening_line(lines_[i]) : text));
    }
    flush(decorators, 0);
  }

  void begin(std::size_t line, const std::string& text, std::vector<std::pair<std::size_t, std::size_t>>& open,
             std::vector<std::size_t>& decorators) {
    const auto name = text.substr(text.find(' ') + 1, text.find_first_of("(:") - text.find(' ') - 1);
    auto& around = definitions_[open.back().first];
    if (open.size() > 1 && plain(lines_[around.begin]).starts_with("def ")) around.own.push_back("<" + name + ">");
    const auto path = around.path + "/" + name;
    open.push_back({definitions_.size(), indent_of(lines_[line])});
    definitions_.push_back({path, line, line + 1, {}});
    flush(decorators, open.back().first);
  }

  void flush(std::vector<std::size_t>& decorators, std::size_t definition) {
    for (auto i : decorators) {
      owner_[i] = definition;
      definitions_[definition].own.push_back(plain(lines_[i]));
    }
    decorators.clear();
  }

  const Lines& lines_;
  bool knows_ = false;
  std::vector<bool> inside_string_;
  std::vector<std::size_t> owner_;
  std::vector<Definition> definitions_;
};

// Whether Python would take the indentation: deeper after a colon and nowhere else, and back to where it was.
bool is_indented_well(const std::string& text) {
  std::vector<std::size_t> open{0};
  bool after_colon = false, in_string = false;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const auto line = text.substr(begin, end - begin);
    const bool within = in_string;
    for (auto at = line.find("\"\"\""); at != std::string::npos; at = line.find("\"\"\"", at + 3))
      in_string = !in_string;
    if (within || plain(line).empty()) continue;
    const auto indent = indent_of(line);
    if (after_colon != (indent > open.back())) return false;
    if (after_colon) open.push_back(indent);
    while (open.back() > indent) open.pop_back();
    if (open.back() != indent) return false;
    after_colon = plain(line).ends_with(':');
  }
  return !after_colon;
}

std::string header(const syntax::Syntax& syntax, const syntax::Site& site) {
  return plain(std::string(syntax.text->slice(site.header)));
}

std::size_t line_of(const syntax::Syntax& syntax, const syntax::Site& site) {
  return syntax.text->position(site.header.begin).line - 1;
}

struct Counts {
  std::size_t fresh = 0, stale = 0, gone = 0;
  std::size_t should_be_stale = 0, is_stale = 0;
  std::size_t outside_of_errors = 0, kept_outside = 0;
};

void check(const syntax::Syntax& old_syntax, const Lines& old_lines, const std::string& new_text,
           const Lines& new_lines, const std::string& without_typo, Counts& counts) {
  const auto new_syntax = syntax::parse(std::make_shared<const text::SourceText>(new_text));
  const auto carry = freshness::carry(old_syntax, *new_syntax);
  // Deleting and moving lines may leave more than one error, and text that no one can make sense of; one that was typed
  // into a valid text must leave everything outside of its function as it was.
  const bool well_indented = is_indented_well(without_typo);  // else lines do not tell what belongs to what
  const bool valid =
      well_indented && (without_typo == new_text
                            ? new_syntax->errors.empty()
                            : syntax::parse(std::make_shared<const text::SourceText>(without_typo))->errors.empty());
  const Outline old_outline(old_lines), new_outline(new_lines);
  // An error typed into a text that was broken already: what belongs to what is anybody's guess.
  const bool lines_tell = new_outline.knows() && well_indented && (valid || without_typo == new_text);
  std::map<std::string, std::vector<const Definition*>> new_definitions;
  for (const auto& definition : new_outline.definitions()) new_definitions[definition.path].push_back(&definition);
  std::map<std::string, int> new_headers;
  for (const auto& site : new_syntax->sites)
    ++new_headers[header(*new_syntax, site) + new_outline.at(line_of(*new_syntax, site)).path];

  for (std::size_t i = 0; i < old_syntax.sites.size(); ++i) {
    const auto& old_site = old_syntax.sites[i];
    const auto& old_definition = old_outline.at(line_of(old_syntax, old_site));
    const auto& found = carry.sites[i];
    INFO("old line ", line_of(old_syntax, old_site) + 1, ": ", header(old_syntax, old_site));
    const auto same_path = new_definitions.find(old_definition.path);
    const bool one_of_its_name = same_path != new_definitions.end() && same_path->second.size() == 1;
    const bool untouched = one_of_its_name && same_path->second[0]->own == old_definition.own;
    if (found) {
      const auto& new_site = new_syntax->sites[found->index];
      const auto& new_definition = new_outline.at(line_of(*new_syntax, new_site));
      REQUIRE(header(*new_syntax, new_site) == header(old_syntax, old_site));  // the very same site, by its own name
      if (found->age == Age::fresh && lines_tell) {
        REQUIRE(new_definition.own == old_definition.own);
        REQUIRE(new_definition.path == old_definition.path);
      }
      ++(found->age == Age::fresh ? counts.fresh : counts.stale);
    } else {
      ++counts.gone;
    }
    if (untouched && valid) {
      REQUIRE(found);
      REQUIRE(found->age == Age::fresh);
    } else if (untouched && new_outline.knows()) {
      ++counts.outside_of_errors;
      counts.kept_outside += found && found->age == Age::fresh;
    } else if (one_of_its_name && new_syntax->errors.empty()) {
      const auto same = new_headers.find(header(old_syntax, old_site) + old_definition.path);
      if (same != new_headers.end() && same->second == 1) {
        ++counts.should_be_stale;
        counts.is_stale += found.has_value();
      }
    }
  }
}

}  // namespace

TEST_CASE("after any edits a mark stands on its own site: as if made afresh, or labelled stale") {
  // BRANCHLIGHT_EDIT_SEEDS=FIRST-LAST runs others than the usual ones.
  std::uint32_t first = 1, last = 1000;
  if (const char* seeds = std::getenv("BRANCHLIGHT_EDIT_SEEDS")) std::sscanf(seeds, "%u-%u", &first, &last);
  constexpr int edits = 14;
  Counts counts;
  for (auto seed = first; seed <= last; ++seed) {
    test::RandomProgram program(seed);
    const auto old_lines = program.lines();
    const auto old_syntax = syntax::parse(std::make_shared<const text::SourceText>(program.text()));
    REQUIRE(old_syntax->errors.empty());
    std::string made;
    for (int i = 0; i < edits; ++i) {
      made += "\n  " + program.edit();
      const auto now = program.text();
      INFO("seed ", seed, ", edits:", made, "\n--- before\n", old_syntax->text->bytes(), "--- now\n", now);
      check(*old_syntax, old_lines, now, program.lines(), program.text_without_typed_error(), counts);
    }
  }
  MESSAGE(counts.fresh << " fresh, " << counts.stale << " stale, " << counts.gone << " gone; of "
                       << counts.should_be_stale << " untouched sites in touched functions " << counts.is_stale
                       << " kept");
  MESSAGE("in texts with several errors, of "
          << counts.outside_of_errors << " sites outside of the functions that they are in " << counts.kept_outside
          << " stayed fresh");
  CHECK(counts.fresh > 1000);
  CHECK(counts.kept_outside * 100 > counts.outside_of_errors * 80);
  CHECK(counts.is_stale * 100 > counts.should_be_stale * 90);
}
