// tree-sitter's tree as one flat vector in source order: a node, then what is in it. So whatever walks it is a loop,
// and a chain of thousands of elifs, or an expression of a thousand terms, needs no stack.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "coverage/text/source_text.h"

namespace branchlight::syntax {

// The node types that matter here, by their names in the grammar.
enum class NodeKind : std::uint8_t {
  other,
  error,
  // structure
  module,
  block,
  decorated_definition,
  decorator,
  function_definition,
  class_definition,
  lambda,
  if_statement,
  elif_clause,
  else_clause,
  while_statement,
  for_statement,
  try_statement,
  except_clause,
  finally_clause,
  with_statement,
  match_statement,
  case_clause,
  if_clause,
  // simple statements
  simple_statement,
  expression_statement,
  return_statement,
  raise_statement,
  break_statement,
  continue_statement,
  assert_statement,
  global_statement,
  nonlocal_statement,
  // expressions and patterns
  true_,
  false_,
  none,
  ellipsis,
  integer,
  float_,
  string,
  string_start,
  string_content,
  interpolation,
  concatenated_string,
  parenthesized_expression,
  not_operator,
  boolean_operator,
  unary_operator,
  identifier,
  assignment,
  type,
  case_pattern,
  as_pattern,
  tuple_pattern,
  union_pattern,
  dotted_name,
  wildcard,
  // tokens
  comment,
  colon,
  comma,
  equals,
  and_,
  async,
  minus,
  plus,
  def,
  class_,
};

struct Node {
  NodeKind kind = NodeKind::other;
  bool missing = false;  // put in by the parser's error recovery
  bool leaf = false;
  std::uint32_t begin = 0, end = 0;
  std::uint32_t parent = 0;  // the root is its own
  std::uint32_t next = 0;    // the first node after this one and all that is in it
  text::ByteRange range() const { return {begin, end}; }
};

class Tree {
 public:
  enum class OnError : std::uint8_t { recover, give_up };  // giving up leaves an empty tree, and is fast
  explicit Tree(std::string_view source, OnError on_error = OnError::recover);

  bool clean() const { return clean_; }  // no syntax error anywhere
  const Node& operator[](std::uint32_t index) const { return nodes_[index]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::string_view source() const { return source_; }
  std::string_view slice(std::uint32_t index) const {
    return source_.substr(nodes_[index].begin, nodes_[index].end - nodes_[index].begin);
  }

  // `for (auto child = tree.first_child(i); child != tree.end_of(i); child = tree[child].next)`
  std::uint32_t first_child(std::uint32_t index) const { return index + 1; }
  std::uint32_t end_of(std::uint32_t index) const { return nodes_[index].next; }
  // The first child of a kind; end_of(index) where there is none.
  std::uint32_t child(std::uint32_t index, NodeKind kind) const;

 private:
  std::string_view source_;
  std::vector<Node> nodes_;
  bool clean_ = false;
};

// Whether a text parses, without building its tree.
bool is_clean(std::string_view source);

}  // namespace branchlight::syntax
