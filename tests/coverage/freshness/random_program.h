// Random Python modules in which every site has a name of its own, and random edits of them. So a test can tell by the
// text alone, without our parser, which site is which.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace branchlight::test {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint32_t seed);

  const std::vector<std::string>& lines() const { return lines_; }
  std::string text() const;
  // One edit, as a person or an editor makes them; may undo the last ones. Its name, for a failure's message.
  std::string edit();
  // Without the syntax error that edit() may have typed.
  std::string text_without_typed_error() const;

 private:
  std::uint32_t pick(std::uint32_t below);
  std::string fresh(const char* prefix);
  void add(int indent, const std::string& text);
  void add_body(int indent, int depth);
  void add_block(int indent, int depth);
  void add_function(int indent, int depth);
  void add_class();

  std::size_t any_line();
  std::vector<std::size_t> chunk_begins() const;
  bool replace_in(std::size_t line, const std::string& what, const std::string& with);
  bool has_typed_error() const;
  void type_error();
  void swap_chunks();
  void duplicate_chunk();

  std::mt19937 random_;
  std::uint32_t names_ = 0;
  std::vector<std::string> lines_;
  std::vector<std::vector<std::string>> history_;
  int edits_since_error_ = -1;  // -1: none stands
};

}  // namespace branchlight::test
