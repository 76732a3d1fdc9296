#include "coverage/exchange/exclusions.h"

#include <regex>
#include <string>
#include <string_view>

namespace branchlight::exchange {
namespace {

struct Patterns {
  std::regex excluded{R"(#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)|^\s*if (typing\.)?TYPE_CHECKING:)"
                      R"(|^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$))"};
  std::regex no_branch{R"(#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)|^\s*(while|if) (True|1|False|0):)"};
};

// A regular expression a line is slow; hardly any line has one of these words.
bool may_match(std::string_view line) {
  for (const std::string_view word : {"ragma", "RAGMA", "TYPE_CHECKING", "...", "while ", "if "}) {
    if (line.find(word) != std::string_view::npos) return true;
  }
  return false;
}

std::uint32_t indent(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\f");
  return first == std::string_view::npos ? UINT32_MAX : static_cast<std::uint32_t>(first);
}

// Blank, or nothing but a comment.
bool empty_line(std::string_view line) {
  const std::uint32_t first = indent(line);
  return first == UINT32_MAX || line[first] == '#';
}

class Finder {
 public:
  explicit Finder(const syntax::Syntax& syntax) : syntax_(syntax), text_(*syntax.text) {}

  Exclusions find() {
    match_lines();
    spread_over_headers();
    for (const std::uint32_t line : std::set<std::uint32_t>(marked_)) exclude_suite(line);
    Exclusions result;
    result.lines = first_lines();
    add_functions(result.lines);
    result.no_branch = std::move(no_branch_);
    return result;
  }

 private:
  std::string_view line(std::uint32_t number) const { return text_.slice(text_.line(number)); }

  void match_lines() {
    static const Patterns patterns;
    for (std::uint32_t number = 1; number <= text_.line_count(); ++number) {
      const std::string_view content = line(number);
      if (!may_match(content) || content.size() > 2000) continue;
      if (std::regex_search(content.begin(), content.end(), patterns.excluded)) marked_.insert(number);
      if (std::regex_search(content.begin(), content.end(), patterns.no_branch)) no_branch_.insert(number);
    }
  }

  // A comment on any line of a header is about the whole of it.
  void spread_over_headers() {
    for (const syntax::Statement& statement : syntax_.statements) {
      const auto first = marked_.lower_bound(statement.first_line);
      if (first != marked_.end() && *first <= statement.last_line) {
        marked_.insert(statement.first_line);
        marked_.insert(statement.last_line);
      }
      const auto partial = no_branch_.lower_bound(statement.first_line);
      if (partial != no_branch_.end() && *partial <= statement.last_line) no_branch_.insert(statement.first_line);
    }
  }

  // Where the line opens a suite (else, except and finally among them), what is indented below it goes with it.
  void exclude_suite(std::uint32_t number) {
    const std::string_view header = line(number);
    std::string_view code = header.substr(0, header.find('#'));
    code = code.substr(0, code.find_last_not_of(" \t") + 1);
    if (code.empty() || code.back() != ':') return;
    const std::uint32_t limit = start_of_statement(number);
    for (std::uint32_t below = number + 1; below <= text_.line_count(); ++below) {
      if (empty_line(line(below))) continue;
      if (indent(line(below)) <= limit) return;
      marked_.insert(below);
    }
  }

  // The indentation of the statement whose header ends on this line.
  std::uint32_t start_of_statement(std::uint32_t number) const {
    for (const syntax::Statement& statement : syntax_.statements) {
      if (statement.first_line < number && number <= statement.last_line) return indent(line(statement.first_line));
    }
    return indent(line(number));
  }

  // The lines that are marked, those inside of a statement as its first.
  std::set<std::uint32_t> first_lines() const {
    std::set<std::uint32_t> lines = marked_;
    for (const syntax::Statement& statement : syntax_.statements) {
      const auto inside = lines.upper_bound(statement.first_line);
      if (inside == lines.end() || *inside > statement.last_line) continue;
      lines.erase(inside, lines.upper_bound(statement.last_line));
      lines.insert(statement.first_line);
    }
    return lines;
  }

  // From a decorator or a signature to the whole function or class.
  void add_functions(std::set<std::uint32_t>& lines) const {
    for (const syntax::Scope& scope : syntax_.scopes) {
      if (scope.kind != syntax::Scope::Kind::function && scope.kind != syntax::Scope::Kind::class_) continue;
      const std::uint32_t first = text_.position(scope.range.begin).line;
      const auto marked = lines.lower_bound(first);
      if (marked == lines.end() || *marked > text_.position(scope.header.begin).line) continue;
      const std::uint32_t last = text_.position(scope.range.end).line;
      for (std::uint32_t number = first; number <= last; ++number) lines.insert(number);
    }
  }

  const syntax::Syntax& syntax_;
  const text::SourceText& text_;
  std::set<std::uint32_t> marked_, no_branch_;
};

}  // namespace

Exclusions find_exclusions(const syntax::Syntax& syntax) { return Finder(syntax).find(); }

}  // namespace branchlight::exchange
