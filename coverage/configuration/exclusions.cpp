#include "coverage/configuration/exclusions.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace branchlight::configuration {
namespace {

using Lines = std::set<std::uint32_t>;

// The text as coverage.py searches it: every end of a line is a newline, one at the end, and no form feeds.
std::string searched(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + 1);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r') {
      if (i + 1 == bytes.size() || bytes[i + 1] != '\n') text += '\n';
    } else {
      text += bytes[i] == '\f' ? ' ' : bytes[i];
    }
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

bool any_in(const Lines& lines, std::uint32_t first, std::uint32_t last) {
  const auto found = lines.lower_bound(first);
  return found != lines.end() && *found <= last;
}

void insert_all(Lines& lines, std::uint32_t first, std::uint32_t last) {
  for (auto line = first; line <= last; ++line) lines.insert(line);
}

class Finder {
 public:
  Finder(const syntax::Syntax& syntax, const Settings& settings)
      : syntax_(syntax), text_(*syntax.text), searched_(searched(text_.bytes())), settings_(settings) {}

  Exclusions find() {
    if (settings_.exclude) result_.lines = lines_matching(*settings_.exclude);
    if (settings_.partial) result_.no_branch = lines_matching(*settings_.partial);
    if (result_.lines.empty()) return std::move(result_);
    spread_over_suites();
    to_first_lines();
    spread_over_definitions();
    take_in_default_cases();
    return std::move(result_);
  }

 private:
  // The line on which the logical line begins that this one belongs to.
  std::uint32_t first_line(std::uint32_t line) const {
    const auto after = std::ranges::upper_bound(syntax_.lines, line, {}, &syntax::LogicalLine::first_line);
    if (after == syntax_.lines.begin()) return line;
    const auto& at = *std::prev(after);
    return line <= at.last_line ? at.first_line : line;
  }

  Lines lines_matching(const PythonRegex& regex) {
    Lines lines;
    std::size_t counted = 0;  // up to here
    std::uint32_t line = 1;
    const bool done = regex.each_match(searched_, [&](std::size_t begin, std::size_t end) {
      line += static_cast<std::uint32_t>(std::count(at(counted), at(begin), '\n'));
      counted = begin;
      const auto last = line + static_cast<std::uint32_t>(std::count(at(begin), at(end), '\n'));
      for (auto each = line; each <= last; ++each) lines.insert(first_line(each));
    });
    result_.gave_up |= !done;
    return lines;
  }
  std::string::const_iterator at(std::size_t offset) const {
    return searched_.begin() + static_cast<std::ptrdiff_t>(offset);
  }

  // What opens a suite (else, try and finally too) takes it along.
  void spread_over_suites() {
    auto& lines = result_.lines;
    bool excluding = false;
    std::uint32_t indent = 0;  // of what opened the suite
    for (const auto& line : syntax_.lines) {
      if (excluding && line.indent <= indent) excluding = false;
      if (excluding) lines.insert(line.first_line);
      if (excluding || line.colon_line == 0 || !any_in(lines, line.first_line, line.colon_line)) continue;
      lines.insert(line.colon_line);
      excluding = true;
      indent = line.indent;
    }
  }

  void to_first_lines() {
    Lines lines;
    for (const auto line : result_.lines) lines.insert(first_line(line));
    result_.lines = std::move(lines);
  }

  std::uint32_t line_of(std::uint32_t offset) const { return text_.position(offset).line; }
  std::uint32_t last_line_of(text::ByteRange range) const {
    return line_of(range.empty() ? range.begin : range.end - 1);
  }

  // Comments at its end are no part of a definition.
  std::uint32_t last_code_line(text::ByteRange range) const {
    const auto last = last_line_of(range);
    const auto after = std::ranges::upper_bound(syntax_.lines, last, {}, &syntax::LogicalLine::first_line);
    return after == syntax_.lines.begin() ? last : std::min(last, std::prev(after)->last_line);
  }

  // A decorator or a signature takes the whole function or class along.
  void spread_over_definitions() {
    for (const auto& scope : syntax_.scopes) {
      if (scope.kind != syntax::Scope::Kind::function && scope.kind != syntax::Scope::Kind::class_) continue;
      const auto first = line_of(scope.range.begin);
      if (any_in(result_.lines, first, line_of(scope.header.begin)))
        insert_all(result_.lines, first, last_code_line(scope.range));
    }
  }

  // `case _:` is as an else, which has no line of its own.
  void take_in_default_cases() {
    for (const auto& each : syntax_.default_cases) {
      const auto inside = [&](const syntax::Statement& statement) { return each.body.contains(statement.range.begin); };
      // A statement of several lines has code on lines other than its first, which is the only one that is left out.
      const auto left_out = [&](const syntax::Statement& statement) {
        return !inside(statement) || (result_.statement(statement) && statement.first_line == statement.last_line);
      };
      if (std::ranges::any_of(syntax_.statements, inside) && std::ranges::all_of(syntax_.statements, left_out))
        insert_all(result_.lines, line_of(each.pattern.begin), last_line_of(each.pattern));
    }
  }

  const syntax::Syntax& syntax_;
  const text::SourceText& text_;
  const std::string searched_;
  const Settings& settings_;
  Exclusions result_;
};

}  // namespace

bool Exclusions::site(const syntax::Syntax& syntax, const syntax::Site& site) const {
  const auto line = syntax.text->position(site.header.begin).line;
  if (lines.contains(line) || no_branch.contains(line)) return true;
  return std::ranges::any_of(site.leads_to, [&](const syntax::Destination& to) {
    return to.kind == syntax::Destination::Kind::line && lines.contains(to.line);
  });
}

bool Exclusions::scope(const syntax::Syntax& syntax, const syntax::Scope& scope) const {
  return scope.kind != syntax::Scope::Kind::module && lines.contains(syntax.text->position(scope.header.begin).line);
}

Exclusions find_exclusions(const syntax::Syntax& syntax, const Settings& settings) {
  return Finder(syntax, settings).find();
}

}  // namespace branchlight::configuration
