#include "coverage/syntax/nodes.h"

#include <string_view>

namespace branchlight::syntax {

std::uint32_t header_end(const Tree& tree, std::uint32_t node) {
  const auto colon = tree.child(node, NodeKind::colon);
  if (colon != tree.end_of(node)) return tree[colon].end;
  const auto block = tree.child(node, NodeKind::block);
  return block != tree.end_of(node) ? tree[block].begin : tree[node].end;
}

std::uint32_t operand(const Tree& tree, std::uint32_t node) {
  auto child = tree.first_child(node);
  if (child != tree.end_of(node)) child = tree[child].next;
  while (child != tree.end_of(node) && tree[child].kind == NodeKind::comment) child = tree[child].next;
  return child;
}

std::uint32_t last_before_colon(const Tree& tree, std::uint32_t node) {
  auto last = tree.end_of(node);
  for (auto child = tree.first_child(node); child != tree.end_of(node); child = tree[child].next) {
    if (tree[child].kind == NodeKind::colon || tree[child].kind == NodeKind::block) break;
    if (tree[child].kind != NodeKind::comment) last = child;
  }
  return last;
}

text::ByteRange body_range(const Tree& tree, std::uint32_t node) {
  const auto block = tree.child(node, NodeKind::block);
  return block == tree.end_of(node) ? text::ByteRange{tree[node].end, tree[node].end} : tree[block].range();
}

bool is_plain_string(const Tree& tree, std::uint32_t statement) {
  auto node = tree.first_child(statement);
  while (node != tree.end_of(statement) && tree[node].next == tree.end_of(statement)) {
    switch (tree[node].kind) {
      case NodeKind::string:
      case NodeKind::concatenated_string:
        for (auto i = node; i != tree[node].next; ++i) {
          if (tree[i].kind == NodeKind::string_start && tree.slice(i).find_first_of("fFtTbB") != std::string_view::npos)
            return false;
        }
        return true;
      case NodeKind::parenthesized_expression:
        statement = node;
        node = operand(tree, node);
        if (node == tree.end_of(statement)) return false;
        return tree[node].kind == NodeKind::string || tree[node].kind == NodeKind::concatenated_string;
      default: return false;
    }
  }
  return false;
}

bool is_bare_annotation(const Tree& tree, std::uint32_t statement) {
  const auto assignment = tree.first_child(statement);
  if (assignment == tree.end_of(statement) || tree[assignment].kind != NodeKind::assignment) return false;
  auto target = tree.first_child(assignment);
  if (target != tree.end_of(assignment) && tree[target].kind == NodeKind::tuple_pattern)
    target = operand(tree, target);  // (x): int
  return target != tree.end_of(assignment) && tree[target].kind == NodeKind::identifier &&
         tree.child(assignment, NodeKind::type) != tree.end_of(assignment) &&
         tree.child(assignment, NodeKind::equals) == tree.end_of(assignment);
}

bool is_irrefutable(const Tree& tree, std::uint32_t clause) {
  const auto is = [&](std::uint32_t node, NodeKind kind) { return tree.child(node, kind) != tree.end_of(node); };
  if (is(clause, NodeKind::if_clause) || is(clause, NodeKind::comma)) return false;
  auto node = operand(tree, clause);
  for (;;) {
    switch (tree[node].kind) {
      case NodeKind::wildcard: return true;
      case NodeKind::dotted_name: return tree[node + 1].next == tree[node].next;
      case NodeKind::as_pattern: node = tree.first_child(node); break;
      case NodeKind::case_pattern: {
        node = tree.first_child(node);
        if (tree[node].kind == NodeKind::minus) return false;
        break;
      }
      case NodeKind::tuple_pattern:
        if (is(node, NodeKind::comma) || !is(node, NodeKind::case_pattern)) return false;
        node = tree.child(node, NodeKind::case_pattern);
        break;
      case NodeKind::union_pattern: {
        auto last = tree.first_child(node);
        for (auto child = last; child != tree.end_of(node); child = tree[child].next) {
          if (tree[child].kind != NodeKind::comment) last = child;
        }
        node = last;
        break;
      }
      default: return false;
    }
  }
}

}  // namespace branchlight::syntax
