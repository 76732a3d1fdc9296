#include "tests/coverage/freshness/random_program.h"

#include <algorithm>

namespace branchlight::test {
namespace {

constexpr const char* error_mark = "typo";  // in every syntax error that edit() types

std::string indented(int indent, const std::string& text) {
  return std::string(static_cast<std::size_t>(indent), ' ') + text;
}

int indent_of(const std::string& line) { return static_cast<int>(std::min(line.find_first_not_of(' '), line.size())); }

}  // namespace

RandomProgram::RandomProgram(std::uint32_t seed) : random_(seed) {
  const auto parts = 2 + pick(2);
  for (std::uint32_t i = 0; i < parts; ++i) {
    switch (pick(5)) {
      case 0: add_class(); break;
      case 1: add_block(0, 1); break;
      default: add_function(0, 2);
    }
  }
}

std::string RandomProgram::text() const {
  std::string result;
  for (const auto& line : lines_) result += line + "\n";
  return result;
}

std::string RandomProgram::text_without_typed_error() const {
  std::string result;
  for (const auto& line : lines_) {
    if (line.find(error_mark) == std::string::npos) result += line + "\n";
  }
  return result;
}

std::uint32_t RandomProgram::pick(std::uint32_t below) { return random_() % below; }

std::string RandomProgram::fresh(const char* prefix) { return prefix + std::to_string(++names_); }

void RandomProgram::add(int indent, const std::string& text) { lines_.push_back(indented(indent, text)); }

void RandomProgram::add_body(int indent, int depth) {
  const auto statements = 1 + pick(2);
  for (std::uint32_t i = 0; i < statements; ++i) {
    if (depth > 0 && pick(2) == 0)
      add_block(indent, depth - 1);
    else
      add(indent, fresh("v") + " = x");
  }
}

void RandomProgram::add_block(int indent, int depth) {
  switch (pick(9)) {
    case 0:
      add(indent, "for i in " + fresh("s") + "(x):");
      add_body(indent + 4, depth);
      break;
    case 1:
      add(indent, "while " + fresh("s") + "(x):");
      add_body(indent + 4, depth);
      if (pick(2) == 0) {
        add(indent, "else:");
        add_body(indent + 4, depth);
      }
      break;
    case 2:
      add(indent, "try:");
      add_body(indent + 4, depth);
      add(indent, "except E:");
      add_body(indent + 4, depth);
      add(indent, "finally:");
      add_body(indent + 4, depth);
      break;
    case 3:
      add(indent, "match x:");
      add(indent + 4, "case " + fresh("s") + "(x):");
      add_body(indent + 8, depth);
      add(indent + 4, "case " + fresh("s") + "(x):");
      add_body(indent + 8, depth);
      break;
    case 4: add_function(indent, depth); break;
    case 5:
      add(indent, fresh("v") + " = \"\"\"a");
      lines_.push_back("if not_code(x):");
      lines_.push_back("\"\"\"");
      break;
    default:
      add(indent, "if " + fresh("s") + "(x):");
      add_body(indent + 4, depth);
      if (pick(3) == 0) {
        add(indent, "elif " + fresh("s") + "(x):");
        add_body(indent + 4, depth);
      }
      if (pick(3) == 0) {
        add(indent, "else:");
        add_body(indent + 4, depth);
      }
  }
}

void RandomProgram::add_function(int indent, int depth) {
  if (pick(4) == 0) add(indent, "@" + fresh("d"));
  add(indent, "def " + fresh("f") + "(x):");
  if (pick(4) == 0) add(indent + 4, "\"\"\"Says what.\"\"\"");
  add_body(indent + 4, depth);
}

void RandomProgram::add_class() {
  add(0, "class " + fresh("C") + ":");
  if (pick(2) == 0) add_block(4, 0);
  add_function(4, 1);
  add_function(4, 1);
}

std::size_t RandomProgram::any_line() { return pick(static_cast<std::uint32_t>(lines_.size())); }

// The lines on which top-level definitions begin, decorators left aside; and the end.
std::vector<std::size_t> RandomProgram::chunk_begins() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].starts_with("def ") || lines_[i].starts_with("class ")) result.push_back(i);
  }
  result.push_back(lines_.size());
  return result;
}

bool RandomProgram::replace_in(std::size_t line, const std::string& what, const std::string& with) {
  const auto at = lines_[line].find(what);
  if (at == std::string::npos) return false;
  lines_[line].replace(at, what.size(), with);
  return true;
}

void RandomProgram::type_error() {
  static constexpr const char* errors[] = {"typo(",      "if typo :: x", "typo = 'abc", ") typo",       "def typo",
                                           "\"\"\"typo", "typo +",       "class typo(", "else: typo",   "if typo",
                                           "typo = [1,", "for typo in",  "typo.",       "with typo as", "x typo"};
  const auto line = any_line();
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(line),
                indented(indent_of(lines_[line]), errors[pick(std::size(errors))]));
  edits_since_error_ = 0;
}

void RandomProgram::swap_chunks() {
  const auto begins = chunk_begins();
  if (begins.size() < 3) return;
  const auto i = pick(static_cast<std::uint32_t>(begins.size() - 2));
  std::rotate(lines_.begin() + static_cast<std::ptrdiff_t>(begins[i]),
              lines_.begin() + static_cast<std::ptrdiff_t>(begins[i + 1]),
              lines_.begin() + static_cast<std::ptrdiff_t>(begins[i + 2]));
}

void RandomProgram::duplicate_chunk() {
  const auto begins = chunk_begins();
  if (begins.size() < 2) return;
  const auto i = pick(static_cast<std::uint32_t>(begins.size() - 1));
  const std::vector<std::string> copy(lines_.begin() + static_cast<std::ptrdiff_t>(begins[i]),
                                      lines_.begin() + static_cast<std::ptrdiff_t>(begins[i + 1]));
  lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(begins[i + 1]), copy.begin(), copy.end());
}

bool RandomProgram::has_typed_error() const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [](const std::string& line) { return line.find(error_mark) != std::string::npos; });
}

std::string RandomProgram::edit() {
  if (lines_.empty()) lines_.push_back("x = 1");
  if (edits_since_error_ >= 0 && ++edits_since_error_ > 10) {
    history_.push_back(lines_);
    std::erase_if(lines_, [](const std::string& line) { return line.find(error_mark) != std::string::npos; });
    edits_since_error_ = -1;
    return "correct the syntax error";
  }
  const auto kind = pick(16);
  if (kind >= 14 && !history_.empty()) {
    const auto back = std::min<std::size_t>(1 + pick(4), history_.size());
    history_.resize(history_.size() - back + 1);
    lines_ = history_.back();
    history_.pop_back();
    if (!has_typed_error()) edits_since_error_ = -1;
    return "undo";
  }
  history_.push_back(lines_);
  const auto line = any_line();
  const auto at = lines_.begin() + static_cast<std::ptrdiff_t>(line);
  const auto indent = indent_of(lines_[line]);
  switch (kind) {
    case 0: lines_.insert(at, indented(indent, fresh("v") + " = 0")); return "insert a line";
    case 1: lines_.insert(at, indented(indent, "if " + fresh("s") + "(x): pass")); return "insert a site";
    case 2: lines_.erase(at); return "delete a line";
    case 3: *at += "  # " + fresh("note"); return "comment at a line's end";
    case 4: lines_.insert(at, indented(static_cast<int>(pick(3)) * 4, "# " + fresh("note"))); return "comment line";
    case 5: lines_.insert(at, ""); return "blank line";
    case 6: replace_in(line, " = ", "  =  "); return "white space";
    case 7: replace_in(line, "s", fresh("s") + "_"); return "rename";
    case 8: replace_in(line, "(x)", "(y)"); return "edit a test";
    case 9: swap_chunks(); return "swap";
    case 10: duplicate_chunk(); return "duplicate a definition";
    case 11: {
      const auto copy = *at;
      lines_.insert(at, copy);
      return "duplicate a line";
    }
    case 12: {
      const auto moved = *at;
      lines_.erase(at);
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(lines_.empty() ? 0 : any_line()), moved);
      return "move a line";
    }
    default:
      if (edits_since_error_ < 0) {
        type_error();
        return "type a syntax error";
      }
      lines_.insert(lines_.begin(), "import " + fresh("m"));
      return "insert an import";
  }
}

}  // namespace branchlight::test
