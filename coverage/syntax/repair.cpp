// By indentation: a text is a sequence of chunks, each from one line to the next that is not indented deeper. A chunk
// that does not parse by itself is a header and a body, and the body a sequence of chunks again. So each step of the
// search costs no more than parsing what is left to search.
#include "coverage/syntax/repair.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "coverage/syntax/tree.h"

namespace branchlight::syntax {
namespace {

constexpr int deepest = 24;

struct Line {
  std::uint32_t begin = 0, end = 0;  // without its end-of-line characters
  std::uint32_t indent = 0;          // bytes of white space
  bool starts = false;               // a statement may start here: code, not within a string, not a closing bracket
};

struct Lines {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
};

class Repairer {
 public:
  explicit Repairer(std::string_view source) : budget_(8 * source.size() + 100'000) { result_.source = source; }

  Repair run() {
    split();
    if (read_strings()) close_string();
    search({0, lines_.size()}, 0);
    std::sort(result_.replaced.begin(), result_.replaced.end(), [](auto a, auto b) { return a.begin < b.begin; });
    return std::move(result_);
  }

 private:
  std::string_view view(const Line& line) const { return std::string_view(result_.source).substr(line.begin, line.end - line.begin); }

  bool clean(Lines lines) {
    const auto begin = lines_[lines.begin].begin, end = lines_[lines.end - 1].end;
    if (budget_ < end - begin) return true;  // no more searching
    budget_ -= end - begin;
    return is_clean(std::string_view(result_.source).substr(begin, end - begin));
  }

  void split() {
    const std::string_view source = result_.source;
    for (std::size_t at = 0; at < source.size();) {
      const auto end = std::min(source.find_first_of("\r\n", at), source.size());
      Line line;
      line.begin = static_cast<std::uint32_t>(at);
      line.end = static_cast<std::uint32_t>(end);
      const auto text = source.substr(at, end - at);
      line.indent = static_cast<std::uint32_t>(std::min(text.find_first_not_of(" \t\f"), text.size()));
      lines_.push_back(line);
      at = end + (source.substr(end, 2) == "\r\n" ? 2 : 1);
    }
  }

  // Finds the lines on which statements may start. True: a triple-quoted string is left open at the end.
  bool read_strings() {
    char open = 0;  // the quote of the triple-quoted string that we are in
    for (auto& line : lines_) {
      const auto text = view(line);
      line.starts = !open && line.indent < text.size() && std::string_view("#)]}").find(text[line.indent]) == std::string_view::npos;
      char single = 0;
      for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\') {
          ++i;
        } else if (open) {
          if (c == open && text.substr(i, 3) == std::string(3, c)) {
            open = 0;
            i += 2;
          }
        } else if (single) {
          if (c == single) single = 0;
        } else if (c == '#') {
          break;
        } else if (c == '"' || c == '\'') {
          if (text.substr(i, 3) == std::string(3, c)) {
            open = c;
            i += 2;
          } else {
            single = c;
          }
        }
      }
    }
    return open != 0;
  }

  // A lone `"""` turns the rest of the file inside out. It stands on one of the lines with an odd number of them: on
  // the first that, taken out, leaves the fewest lines that do not parse.
  void close_string() {
    const auto odd = [&](const Line& line) {
      const auto text = view(line);
      int count = 0;
      for (auto at = text.find("\"\"\""); at != std::string_view::npos; at = text.find("\"\"\"", at + 3)) ++count;
      for (auto at = text.find("'''"); at != std::string_view::npos; at = text.find("'''", at + 3)) ++count;
      return count % 2 == 1;
    };
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < lines_.size() && candidates.size() < 100; ++i) {
      if (odd(lines_[i])) candidates.push_back(i);
    }
    for (const auto candidate : candidates) {
      const auto before = result_;
      replace({candidate, candidate + 1});
      if (!read_strings() && clean({0, lines_.size()})) return;
      result_ = before;
    }
    read_strings();
  }

  // The lines on which the chunks of a stretch of lines begin.
  std::vector<std::size_t> chunks(Lines lines) const {
    auto indent = UINT32_MAX;
    for (auto i = lines.begin; i < lines.end; ++i) {
      if (lines_[i].starts) indent = std::min(indent, lines_[i].indent);
    }
    std::vector<std::size_t> result;
    bool decorated = false;
    for (auto i = lines.begin; i < lines.end; ++i) {
      if (!lines_[i].starts || lines_[i].indent > indent) continue;
      const auto text = view(lines_[i]).substr(indent);
      const auto begins = [&](std::string_view word) { return text.starts_with(word) && (text.size() == word.size() || std::string_view(" \t:(#").find(text[word.size()]) != std::string_view::npos); };
      const bool continues = begins("else") || begins("elif") || begins("except") || begins("finally");
      if (!decorated && (!continues || result.empty())) result.push_back(i);
      decorated = text.starts_with('@');
    }
    return result;
  }

  void search(Lines lines, int depth) {
    const auto begins = chunks(lines);
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const Lines chunk{begins[i], i + 1 < begins.size() ? begins[i + 1] : lines.end};
      if (!clean(chunk)) fix(chunk, depth);
    }
  }

  // A chunk that does not parse: clause by clause (an if and its elifs, say), each with the ones before it.
  void fix(Lines chunk, int depth) {
    const auto indent = lines_[chunk.begin].indent;
    auto clause = chunk.begin;
    for (auto i = chunk.begin + 1; i <= chunk.end; ++i) {
      if (i < chunk.end && !(lines_[i].starts && lines_[i].indent <= indent)) continue;
      if (!clean({chunk.begin, i})) fix_clause({clause, i}, depth);
      clause = i;
    }
  }

  void fix_clause(Lines clause, int depth) {
    const auto indent = lines_[clause.begin].indent;
    const auto body = body_of(clause);
    if (!body || depth == deepest) {
      fix_statement(clause);
      return;
    }
    search({*body, clause.end}, depth + 1);
    // else, except and their like do not parse alone: an `if` or `try` stands for what they belong to.
    const auto header = std::string_view(result_.source).substr(lines_[clause.begin].begin + indent, lines_[*body].begin - lines_[clause.begin].begin - indent);
    const bool continues = header.starts_with("el");
    const bool handles = header.starts_with("except") || header.starts_with("finally");
    const auto alone = std::string(continues ? "if _: _\n" : handles ? "try: _\n" : "") + std::string(header);
    if (!is_clean(alone)) fix_statement({clause.begin, *body});
  }

  // The first line of what is indented below a header. Brackets and strings that the header leaves open do not end it:
  // a line belongs to the body when the header up to it ends in a colon.
  std::optional<std::size_t> body_of(Lines clause) const {
    for (auto i = clause.begin + 1; i < clause.end; ++i) {
      if (!lines_[i].starts) continue;
      auto above = i - 1;
      while (above > clause.begin && lines_[above].indent == lines_[above].end - lines_[above].begin) --above;
      auto text = view(lines_[above]);
      if (const auto comment = text.find(" #"); comment != std::string_view::npos) text = text.substr(0, comment);
      const auto last = text.find_last_not_of(" \t\f");
      if (last != std::string_view::npos && text[last] == ':') return i;
    }
    return std::nullopt;
  }

  // One statement: the one line whose absence heals it, else all of it.
  void fix_statement(Lines lines) {
    if (lines.size() > 1 && lines.size() <= 40) {
      for (auto i = lines.end; i-- > lines.begin;) {
        if (lines_[i].indent == lines_[i].end - lines_[i].begin) continue;
        const auto before = result_;
        replace({i, i + 1});
        if (clean(lines)) return;
        result_ = before;
      }
    }
    replace(lines);
  }

  // `____` is a statement, and stands where the lines stood.
  void replace(Lines lines) {
    bool first = true;
    for (auto i = lines.begin; i < lines.end; ++i) {
      const auto& line = lines_[i];
      if (line.begin + line.indent == line.end) continue;
      const auto text = result_.source.begin() + line.begin;
      std::fill(text + line.indent, text + (line.end - line.begin), first ? '_' : ' ');
      first = false;
      result_.replaced.push_back({line.begin + line.indent, line.end});
    }
  }

  Repair result_;
  std::vector<Line> lines_;
  std::size_t budget_;
};

}  // namespace

Repair repair(std::string_view source) { return Repairer(source).run(); }

}  // namespace branchlight::syntax
