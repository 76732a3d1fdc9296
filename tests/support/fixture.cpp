#include "tests/support/fixture.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace branchlight::test {
namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin));
}

// The lines, without the indentation that they share and without what the raw string's quotes add.
std::vector<std::string> dedented(std::string_view annotated) {
  if (annotated.starts_with('\n')) annotated.remove_prefix(1);
  auto lines = split_lines(annotated);
  if (!lines.empty() && is_blank(lines.back()) && !annotated.ends_with('\n')) lines.pop_back();
  auto shared = std::string::npos;
  for (const auto& line : lines) {
    if (!is_blank(line)) shared = std::min(shared, line.find_first_not_of(' '));
  }
  for (auto& line : lines) {
    if (shared != std::string::npos) line.erase(0, std::min(shared, is_blank(line) ? line.size() : shared));
  }
  return lines;
}

// The offset in bytes of the character in a column; none past the end.
std::optional<std::size_t> byte_of(std::string_view line, std::size_t column) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(line[i]) & 0xC0) == 0x80;
    if (!continues && column-- == 0) return i;
  }
  return column == 0 ? std::optional(line.size()) : std::nullopt;
}

std::size_t column_of(std::string_view line, std::size_t byte) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(byte),
                                                [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

struct CaretLine {
  std::size_t begin = 0, end = 0;  // columns of the run
  std::string text;
};

std::optional<CaretLine> read_caret(std::string_view line) {
  const auto hash = line.find_first_not_of(" \t");
  if (hash == std::string_view::npos || line[hash] != '#') return std::nullopt;
  const auto begin = line.find_first_not_of(' ', hash + 1);
  if (begin == std::string_view::npos || line[begin] != '^') return std::nullopt;
  const auto end = std::min(line.find_first_not_of('^', begin), line.size());
  return CaretLine{begin, end, trimmed(line.substr(end))};
}

// Takes the last comment of the line when it is a note.
std::optional<Note> take_note(std::string& line, std::initializer_list<std::string_view> keys) {
  const auto hash = line.rfind('#');
  if (hash == std::string::npos) return std::nullopt;
  const auto comment = trimmed(std::string_view(line).substr(hash + 1));
  for (const auto key : keys) {
    if (!comment.starts_with(key) || comment.size() <= key.size() || comment[key.size()] != ':') continue;
    Note note{0, std::string(key), trimmed(std::string_view(comment).substr(key.size() + 1))};
    line.erase(hash);
    line.erase(line.find_last_not_of(" \t") + 1);
    return note;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(std::size_t fixture_line, const std::string& what) {
  throw std::invalid_argument("fixture line " + std::to_string(fixture_line) + ": " + what);
}

}  // namespace

Fixture parse_fixture(std::string_view annotated, std::initializer_list<std::string_view> keys) {
  Fixture result;
  std::string source;
  std::string above;  // the last line of the source
  std::size_t above_begin = 0;
  std::uint32_t line_number = 0;
  std::size_t fixture_line = 0;
  for (auto& line : dedented(annotated)) {
    ++fixture_line;
    if (const auto caret = read_caret(line)) {
      if (line_number == 0) refuse(fixture_line, "a caret above which there is no line");
      const auto begin = byte_of(above, caret->begin);
      // A single caret may stand just past the last character: where a hint at the line's end goes.
      const auto end = begin == above.size() && caret->end == caret->begin + 1 ? begin : byte_of(above, caret->end);
      if (!begin || !end) refuse(fixture_line, "the caret points past the end of the line above");
      result.carets.push_back(
          {{static_cast<std::uint32_t>(above_begin + *begin), static_cast<std::uint32_t>(above_begin + *end)},
           line_number,
           caret->text});
      continue;
    }
    ++line_number;
    const auto first = result.notes.size();
    while (auto note = take_note(line, keys)) {
      note->line = line_number;
      result.notes.insert(result.notes.begin() + static_cast<std::ptrdiff_t>(first), std::move(*note));
    }
    above_begin = source.size();
    above = line;
    source += line + "\n";
  }
  result.source = std::make_shared<const text::SourceText>(std::move(source));
  return result;
}

std::vector<std::string> Fixture::values(std::string_view key, std::uint32_t line) const {
  std::vector<std::string> result;
  for (const auto& note : notes) {
    if (note.line != line || note.key != key) continue;
    std::string_view rest = note.value;
    for (;;) {
      const auto comma = rest.find(',');
      if (auto value = trimmed(rest.substr(0, comma)); !value.empty()) result.push_back(std::move(value));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return result;
}

std::string render(const Fixture& fixture) {
  std::string result;
  const auto& source = *fixture.source;
  for (std::uint32_t number = 1; number <= source.line_count(); ++number) {
    const auto range = source.line(number);
    const auto line = source.slice(range);
    if (number == source.line_count() && line.empty()) break;
    result += std::string(line) + "\n";
    for (const auto& caret : fixture.carets) {
      if (caret.line != number) continue;
      const auto begin = column_of(line, caret.range.begin - range.begin);
      const auto end = column_of(line, std::min(caret.range.end, range.end) - range.begin);
      std::string below(begin, ' ');
      if (!below.empty()) below[0] = '#';  // in column 0 there is no room for one: that cannot be written as a fixture
      result += below + std::string(std::max<std::size_t>(end - begin, 1), '^') + " " + caret.text + "\n";
    }
  }
  return result;
}

}  // namespace branchlight::test
