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
  bool starts = false;  // a statement may start here: code, not within a string, not a bracket that closes one
};

struct Lines {
  std::size_t begin = 0, end = 0;
  std::size_t size() const { return end - begin; }
};

class Repairer {
 public:
  explicit Repairer(std::string_view source) : budget_(4 * source.size() + 20'000) { result_.source = source; }

  Repair run() {
    split();
    if (read_strings()) close_string();
    search({0, lines_.size()}, 0);
    std::sort(result_.replaced.begin(), result_.replaced.end(), [](auto a, auto b) { return a.begin < b.begin; });
    return std::move(result_);
  }

 private:
  std::string_view view(const Line& line) const {
    return std::string_view(result_.source).substr(line.begin, line.end - line.begin);
  }

  bool clean(Lines lines) {
    const auto begin = lines_[lines.begin].begin, end = lines_[lines.end - 1].end;
    if (budget_ < end - begin) return true;  // no more searching
    budget_ -= end - begin;
    return parses(std::string_view(result_.source).substr(begin, end - begin));
  }

  // Clauses do not parse alone: what they belong to is put before them.
  static bool parses(std::string_view text) {
    const auto code = text.substr(std::min(text.find_first_not_of(" \t\f"), text.size()));
    const auto after = [&](const char* before) { return is_clean(before + std::string(text)); };
    if (code.starts_with("el")) return after("if _: _\n") || is_clean(text);
    if (code.starts_with("except") || code.starts_with("finally")) return after("try: _\n");
    return is_clean(text) || (code.starts_with("case") && after("match _:\n"));
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
    int brackets = 0;
    char open = 0;  // the quote of the triple-quoted string that we are in
    for (auto& line : lines_) {
      const auto text = view(line);
      const char first = line.indent < text.size() ? text[line.indent] : '#';
      const bool closes = first == ')' || first == ']' || first == '}';
      line.starts = !open && first != '#' && !(closes && brackets > 0);
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
        } else if (c == '(' || c == '[' || c == '{') {
          ++brackets;
        } else if (c == ')' || c == ']' || c == '}') {
          brackets = std::max(brackets - 1, 0);
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
      for (const auto with : {'_', ' '}) {
        const auto before = result_;
        replace({candidate, candidate + 1}, with);
        if (!read_strings() && clean({0, lines_.size()})) return;
        result_ = before;
      }
    }
    read_strings();
  }

  bool is_decorator(std::size_t line) const { return view(lines_[line]).substr(lines_[line].indent).starts_with('@'); }

  bool is_continuing(std::size_t line) const {
    const auto text = view(lines_[line]).substr(lines_[line].indent);
    const auto word = text.substr(0, text.find_first_of(" \t:(#"));
    return word == "else" || word == "elif" || word == "except" || word == "finally";
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
      if (!lines_[i].starts || (lines_[i].indent > indent && !result.empty())) continue;
      const bool continues = is_continuing(i);
      if (!decorated && (!continues || result.empty())) result.push_back(i);
      decorated = is_decorator(i);
    }
    return result;
  }

  void search(Lines lines, int depth) {
    const auto begins = chunks(lines);
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const Lines chunk{begins[i], i + 1 < begins.size() ? begins[i + 1] : lines.end};
      if (i > 0 && heal_between({begins[i - 1], chunk.begin}, chunk)) continue;
      if (is_continuing(chunk.begin)) fix_statement({chunk.begin, body_of(chunk).value_or(chunk.end)});  // of nothing
      if (clean(chunk)) continue;
      fix(chunk, depth);
      if (!clean(chunk)) replace(chunk);
    }
  }

  // A line between a `try:` with its body and its `except`, at their height: to take it out for another statement would
  // not do.
  bool heal_between(Lines before, Lines chunk) {
    const auto indent = lines_[chunk.begin].indent;
    auto clause = chunk.begin + 1;
    while (clause < chunk.end && !(lines_[clause].starts && lines_[clause].indent <= indent && is_continuing(clause)))
      ++clause;
    if (clause == chunk.end || body_of({chunk.begin, clause})) return false;
    const auto kept = result_;
    replace({chunk.begin, clause}, ' ');
    if (clean({before.begin, chunk.end})) return true;
    result_ = kept;
    return false;
  }

  // A chunk that does not parse: clause by clause (an if and its elifs, say), each with the ones before it.
  void fix(Lines chunk, int depth) {
    const auto indent = lines_[chunk.begin].indent;
    auto clause = chunk.begin;
    bool decorated = is_decorator(chunk.begin);
    for (auto i = chunk.begin + 1; i <= chunk.end; ++i) {
      const bool begins = i == chunk.end || (lines_[i].starts && lines_[i].indent <= indent);
      if (!begins || (decorated && i < chunk.end)) {
        if (begins) decorated = is_decorator(i);
        continue;
      }
      if (!clean({chunk.begin, i})) {
        fix_clause({clause, i}, depth);
        if (clause != chunk.begin && !clean({chunk.begin, i})) replace({clause, i});
      }
      clause = i;
    }
  }

  void fix_clause(Lines clause, int depth) {
    const auto body = body_of(clause);
    if (!body || depth == deepest) {
      fix_statement(clause);
      return;
    }
    search({*body, clause.end}, depth + 1);
    if (!clean({clause.begin, *body})) fix_statement({clause.begin, *body});
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

  // `____` is a statement, and stands where the lines stood. Blanks are nothing.
  void replace(Lines lines, char with = '_') {
    bool first = true;
    const auto end = lines_[lines.end - 1].end;
    std::erase_if(result_.replaced,
                  [&](auto range) { return lines_[lines.begin].begin <= range.begin && range.end <= end; });
    for (auto i = lines.begin; i < lines.end; ++i) {
      const auto& line = lines_[i];
      if (line.begin + line.indent == line.end) continue;
      const auto text = result_.source.begin() + line.begin;
      std::fill(text + line.indent, text + (line.end - line.begin), first ? with : ' ');
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
