#include "coverage/syntax/logical_lines.h"

#include <algorithm>

namespace branchlight::syntax {
namespace {

constexpr std::uint32_t tab_width = 8;

// Columns of white space before an offset on its line.
std::uint32_t indent_at(const text::SourceText& text, std::uint32_t offset) {
  std::uint32_t columns = 0;
  for (const char c : text.slice({text.line(text.position(offset).line).begin, offset})) {
    if (c == '\t')
      columns += tab_width - columns % tab_width;
    else if (c == ' ')
      ++columns;
    else
      break;
  }
  return columns;
}

class Finder {
 public:
  explicit Finder(const text::SourceText& text) : text_(text) {}

  void token(text::ByteRange at, std::string_view token) {
    const auto first = text_.position(at.begin).line, last = text_.position(at.end).line;
    const bool goes_on =
        !lines_.empty() && (nesting_ > 0 || first == lines_.back().last_line || is_continued(at.begin));
    if (!goes_on) {
      nesting_ = 0;
      lines_.push_back({first, last, 0, indent_at(text_, at.begin)});
    }
    auto& line = lines_.back();
    line.last_line = std::max(line.last_line, last);
    end_ = std::max(end_, at.end);
    if (token.size() != 1) return;
    switch (token.front()) {
      case '(':
      case '[':
      case '{': ++nesting_; break;
      case ')':
      case ']':
      case '}': nesting_ -= nesting_ > 0; break;
      case ':':
        if (nesting_ == 0) line.colon_line = last;
        break;
      default: break;
    }
  }

  std::vector<LogicalLine> take() { return std::move(lines_); }

 private:
  // By a backslash at the end of the line before.
  bool is_continued(std::uint32_t begin) const {
    const auto between = text_.slice({end_, begin});
    const auto first = between.find_first_not_of(" \t\f;");
    return first != std::string_view::npos && between[first] == '\\';
  }

  const text::SourceText& text_;
  std::vector<LogicalLine> lines_;
  std::uint32_t nesting_ = 0;
  std::uint32_t end_ = 0;  // of the last token
};

}  // namespace

std::vector<LogicalLine> logical_lines(const Tree& tree, const text::SourceText& text) {
  Finder finder(text);
  for (std::uint32_t i = 1; i < tree.size();) {
    const auto& node = tree[i];
    const bool whole = node.leaf || node.kind == NodeKind::string;
    // The grammar has leaves without text, and one for a backslash at the end of a line.
    const bool counts = whole && node.kind != NodeKind::comment && node.begin != node.end && tree.slice(i)[0] != '\\';
    if (counts) finder.token(node.range(), tree.slice(i));
    i = whole ? node.next : i + 1;
  }
  return finder.take();
}

}  // namespace branchlight::syntax
