#include "coverage/configuration/python_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

namespace branchlight::configuration {
namespace {

constexpr std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_UCP | PCRE2_MULTILINE |
                                  PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES;
// A pattern that backtracks without end is given up after a second or so.
constexpr std::uint32_t most_steps = 20'000'000;

struct CodeDeleter {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct DataDeleter {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct CompileContextDeleter {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};
struct MatchContextDeleter {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

bool is_hex(std::string_view digits, std::size_t count) {
  return digits.size() == count && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A pattern of Python's in PCRE2's words, for what the two write differently.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::variant<std::string, RegexError> translate() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_];
      if (c == '\\') {
        if (auto error = escape()) return *error;
      } else if (in_set_) {
        set_character(c);
      } else if (c == '[') {
        begin_set();
      } else if (c == '{' && pattern_.substr(at_, 2) == "{,") {
        repeat_from_zero();
      } else {
        copy(1);
      }
    }
    return std::move(result_);
  }

 private:
  void copy(std::size_t count) {
    result_ += pattern_.substr(at_, count);
    at_ += count;
  }

  void begin_set() {
    in_set_ = true;
    copy(1);
    if (pattern_.substr(at_, 1) == "^") copy(1);
    if (pattern_.substr(at_, 1) == "]") {  // the first one is itself
      result_ += "\\]";
      ++at_;
    }
  }

  void set_character(char c) {
    if (c == ']') in_set_ = false;
    if (c == '[') result_ += '\\';  // `[[:alpha:]]` has no meaning of its own in Python
    copy(1);
  }

  // `{,3}`
  void repeat_from_zero() {
    auto end = at_ + 2;
    while (end < pattern_.size() && is_digit(pattern_[end])) ++end;
    const bool repeats = end > at_ + 2 && end < pattern_.size() && pattern_[end] == '}';
    if (!repeats) return copy(1);
    result_ += "{0";
    ++at_;
  }

  std::optional<RegexError> escape() {
    const char c = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
    switch (c) {
      case 'Z': return take(2, in_set_ ? std::nullopt : std::optional("\\z"), c);
      case 'v': return take(2, "\\x0b", c);
      case 'u': return take_hex(4);
      case 'U': return take_hex(8);
      case 'x':
        if (!is_hex(pattern_.substr(at_ + 2, 2), 2)) return bad_escape(c);
        copy(4);
        return std::nullopt;
      case '\0': return RegexError{"bad escape (end of pattern)"};
      default: break;
    }
    static constexpr std::string_view known = "AbBdDfnrstSwWaz", known_in_set = "bdDfnrstSwWa";
    if (is_letter(c) && (in_set_ ? known_in_set : known).find(c) == std::string_view::npos) return bad_escape(c);
    copy(2);
    return std::nullopt;
  }

  std::optional<RegexError> take(std::size_t count, std::optional<const char*> instead, char c) {
    if (!instead) return bad_escape(c);
    result_ += *instead;
    at_ += count;
    return std::nullopt;
  }

  std::optional<RegexError> take_hex(std::size_t digits) {
    const auto number = pattern_.substr(at_ + 2, digits);
    if (!is_hex(number, digits)) return bad_escape(pattern_[at_ + 1]);
    result_ += "\\x{" + std::string(number) + "}";
    at_ += 2 + digits;
    return std::nullopt;
  }

  RegexError bad_escape(char c) const {
    return {std::string("bad escape \\") + c + " at position " + std::to_string(at_)};
  }

  std::string_view pattern_;
  std::string result_;
  std::size_t at_ = 0;
  bool in_set_ = false;
};

RegexError compile_error(int code, std::size_t offset) {
  std::array<PCRE2_UCHAR, 256> words{};
  pcre2_get_error_message(code, words.data(), words.size());
  return {reinterpret_cast<const char*>(words.data()) + std::string(" at position ") + std::to_string(offset)};
}

}  // namespace

struct PythonRegex::Compiled {
  std::unique_ptr<pcre2_code, CodeDeleter> code;
};

std::variant<PythonRegex, RegexError> PythonRegex::compile(std::string_view pattern, Case letters) {
  auto translated = Translator(pattern).translate();
  if (auto* error = std::get_if<RegexError>(&translated)) return std::move(*error);
  const auto& text = std::get<std::string>(translated);
  const std::unique_ptr<pcre2_compile_context, CompileContextDeleter> context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  std::size_t offset = 0;
  auto compiled = std::make_shared<Compiled>();
  compiled->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                     options | (letters == Case::ignored ? PCRE2_CASELESS : 0), &code, &offset,
                                     context.get()));
  if (!compiled->code) return compile_error(code, offset);
  static_cast<void>(pcre2_jit_compile(compiled->code.get(), PCRE2_JIT_COMPLETE));  // without it, it is slower
  return PythonRegex(std::move(compiled));
}

bool PythonRegex::each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const {
  const std::unique_ptr<pcre2_match_data, DataDeleter> data(
      pcre2_match_data_create_from_pattern(compiled_->code.get(), nullptr));
  const std::unique_ptr<pcre2_match_context, MatchContextDeleter> context(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(context.get(), most_steps);
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  std::uint32_t not_empty = 0;
  for (std::size_t at = 0; at <= text.size();) {
    int result = pcre2_match(compiled_->code.get(), subject, text.size(), at, not_empty, data.get(), context.get());
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
      result = pcre2_match(compiled_->code.get(), subject, text.size(), at, not_empty | PCRE2_NO_JIT, data.get(),
                           context.get());
    if (result == PCRE2_ERROR_NOMATCH) return true;
    if (result < 0) return false;
    const auto* span = pcre2_get_ovector_pointer(data.get());
    const auto begin = span[0], end = std::max(span[0], span[1]);
    found(begin, end);
    not_empty = begin == end ? PCRE2_NOTEMPTY_ATSTART : 0;
    at = end;
  }
  return true;
}

std::optional<std::size_t> PythonRegex::match_length(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, DataDeleter> data(
      pcre2_match_data_create_from_pattern(compiled_->code.get(), nullptr));
  const int result = pcre2_match(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                                 PCRE2_ANCHORED | PCRE2_NO_JIT, data.get(), nullptr);
  if (result < 0) return std::nullopt;
  return pcre2_get_ovector_pointer(data.get())[1];
}

}  // namespace branchlight::configuration
