#include "coverage/syntax/respell.h"

#include <algorithm>
#include <cctype>

namespace branchlight::syntax {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
// Bytes of letters beyond ASCII are those of a name.
bool is_name(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0; }

class Respeller {
 public:
  explicit Respeller(std::string_view source) : source_(source), result_(source) {}

  std::optional<std::string> run() {
    while (at_ < source_.size()) {
      if (starts_statement_ && source_[at_] == '@') decorated_ = true;
      if (starts_statement_ && is_name(source_[at_])) {
        decorated_ = false;
        statement();
      } else {
        starts_statement_ = step();
      }
    }
    return changed_ ? std::optional(std::move(result_)) : std::nullopt;
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (is_blank(peek())) ++at_;
  }

  std::string_view word() {
    const auto begin = at_;
    while (is_name(peek())) ++at_;
    return source_.substr(begin, at_ - begin);
  }

  // Past one character, string or comment. True: a statement may start after it.
  bool step() {
    const char c = peek();
    if (c == '"' || c == '\'') {
      string(c);
      return false;
    }
    if (c == '#') {
      const auto begin = at_;
      while (at_ < source_.size() && peek() != '\n' && peek() != '\r') ++at_;
      if (decorated_ && starts_statement_) blank_out(begin);
      return false;
    }
    if (c == '\\') {
      at_ += source_.substr(at_ + 1, 2) == "\r\n" ? 3 : 2;
      return false;
    }
    if (c == '(' || c == '[' || c == '{') ++brackets_;
    if (c == ')' || c == ']' || c == '}') brackets_ = std::max(brackets_ - 1, 0);
    ++at_;
    return brackets_ == 0 && (c == '\n' || c == '\r' || c == ';' || c == ':' || (starts_statement_ && is_blank(c)));
  }

  void string(char quote) {
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < source_.size()) {
      if (peek() == '\\') {
        at_ += 2;
      } else if (!triple && (peek() == quote || peek() == '\n' || peek() == '\r')) {
        ++at_;
        return;
      } else if (peek() == quote && peek(1) == quote && peek(2) == quote) {
        at_ += 3;
        return;
      } else {
        ++at_;
      }
    }
  }

  void statement() {
    starts_statement_ = false;
    const auto begin = at_;
    auto first = word();
    skip_blanks();
    if (first == "lazy") {
      const auto next = word();
      if (next != "import" && next != "from") return;
      const std::string import(next);
      result_.replace(begin, at_ - begin, import + std::string(at_ - begin - import.size(), ' '));
      changed_ = true;
      return;
    }
    if (first == "match" && peek() == '[') return match_list();
    if (first == "async") {
      first = word();
      skip_blanks();
    }
    if (first != "def" && first != "class" && first != "type") return;
    if (word().empty()) return;
    skip_blanks();
    if (peek() == '[') type_parameters();
  }

  // `match [a, b]:` and the end of the line; `match[a]: int = 1` stays as it is.
  void match_list() {
    const auto open = at_;
    const int outside = brackets_;
    do step();
    while (at_ < source_.size() && brackets_ > outside);
    const auto close = at_ - 1;
    skip_blanks();
    if (peek() != ':') return;
    ++at_;
    skip_blanks();
    if (peek() != '#' && peek() != '\n' && peek() != '\r') return;
    result_[open] = '(';
    result_[close] = ')';
    changed_ = true;
  }

  // Blanks out each `= default` between the brackets.
  void type_parameters() {
    const int outside = brackets_;
    std::size_t begin_of_default = 0;
    do {
      const char c = peek();
      const bool ends = brackets_ == outside + 1 && (c == ',' || c == ']');
      if (ends && begin_of_default != 0) {
        blank_out(begin_of_default);
        begin_of_default = 0;
      }
      const bool compares =
          peek(1) == '=' || std::string_view("=!<>:").find(source_[at_ - 1]) != std::string_view::npos;
      if (brackets_ == outside + 1 && c == '=' && !compares && begin_of_default == 0) begin_of_default = at_;
      step();
    } while (at_ < source_.size() && brackets_ > outside);
  }

  void blank_out(std::size_t from) {
    for (auto i = from; i < at_; ++i) {
      if (result_[i] != '\n' && result_[i] != '\r') result_[i] = ' ';
    }
    changed_ = true;
  }

  std::string_view source_;
  std::string result_;
  std::size_t at_ = 0;
  int brackets_ = 0;
  bool starts_statement_ = true;
  bool decorated_ = false;  // a decorator has begun, and what it is of has not
  bool changed_ = false;
};

}  // namespace

std::optional<std::string> respell(std::string_view source) { return Respeller(source).run(); }

bool may_be_misread(std::string_view source) {
  return source.find("match [") != source.npos || source.find("match[") != source.npos;
}

}  // namespace branchlight::syntax
