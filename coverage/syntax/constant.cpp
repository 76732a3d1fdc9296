#include "coverage/syntax/constant.h"

#include <string_view>

namespace branchlight::syntax {
namespace {

constexpr int deepest = 100;  // an expression nested deeper than this is taken for one that is not constant

// 0, 0x0, 0_0, 0.0, 0e5, 0j
bool is_zero(std::string_view number) {
  const bool has_base =
      number.size() > 1 && number[0] == '0' && std::string_view("xXoObB").find(number[1]) != std::string_view::npos;
  const auto digits = has_base ? number.substr(2) : number.substr(0, number.find_first_of("eE"));
  return digits.find_first_of(has_base ? "123456789abcdefABCDEF" : "123456789") == std::string_view::npos;
}

std::optional<bool> truth_of_string(const Tree& tree, std::uint32_t string) {
  bool empty = true;
  for (auto child = tree.first_child(string); child != tree.end_of(string); child = tree[child].next) {
    if (tree[child].kind == NodeKind::string_start && tree.slice(child).find_first_of("fFtT") != std::string_view::npos)
      return std::nullopt;
    if (tree[child].kind == NodeKind::string_content) empty = false;
  }
  return !empty;
}

std::optional<bool> truth(const Tree& tree, std::uint32_t node, int depth);

std::optional<bool> truth_of_boolean(const Tree& tree, std::uint32_t node, int depth) {
  const auto left = tree.first_child(node);
  const auto op = tree[left].next;
  if (op == tree.end_of(node) || tree[op].next == tree.end_of(node)) return std::nullopt;
  const auto a = truth(tree, left, depth);
  const auto b = truth(tree, tree[op].next, depth);
  const bool decides = tree[op].kind != NodeKind::and_;  // True decides an `or`, False an `and`
  if (a == decides || b == decides) return decides;
  return a && b ? std::optional(!decides) : std::nullopt;
}

std::optional<bool> truth_of_last_child(const Tree& tree, std::uint32_t node, int depth, bool parenthesized) {
  auto last = tree.end_of(node);
  for (auto child = tree.first_child(node); child != tree.end_of(node); child = tree[child].next) {
    const bool punctuation = parenthesized && tree[child].leaf && tree[child].kind == NodeKind::other;
    if (!punctuation && tree[child].kind != NodeKind::comment) last = child;
  }
  return last == tree.end_of(node) ? std::nullopt : truth(tree, last, depth);
}

std::optional<bool> truth(const Tree& tree, std::uint32_t node, int depth) {
  if (depth == 0) return std::nullopt;
  switch (tree[node].kind) {
    case NodeKind::true_:
    case NodeKind::ellipsis: return true;
    case NodeKind::false_:
    case NodeKind::none: return false;
    case NodeKind::integer:
    case NodeKind::float_: return !is_zero(tree.slice(node));
    case NodeKind::string: return truth_of_string(tree, node);
    case NodeKind::identifier: return tree.slice(node) == "__debug__" ? std::optional(true) : std::nullopt;
    case NodeKind::parenthesized_expression: return truth_of_last_child(tree, node, depth - 1, true);
    case NodeKind::boolean_operator: return truth_of_boolean(tree, node, depth - 1);
    case NodeKind::not_operator: {
      const auto inner = truth_of_last_child(tree, node, depth - 1, false);
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    case NodeKind::unary_operator: {
      const auto sign = tree[tree.first_child(node)].kind;
      const auto operand = tree[tree.first_child(node)].next;
      if ((sign != NodeKind::minus && sign != NodeKind::plus) || operand == tree.end_of(node)) return std::nullopt;
      const bool number = tree[operand].kind == NodeKind::integer || tree[operand].kind == NodeKind::float_;
      return number ? truth(tree, operand, depth - 1) : std::nullopt;
    }
    case NodeKind::concatenated_string: {
      std::optional<bool> result = false;
      for (auto child = tree.first_child(node); child != tree.end_of(node); child = tree[child].next) {
        if (tree[child].kind != NodeKind::string) continue;
        const auto part = truth_of_string(tree, child);
        if (!part) return std::nullopt;
        result = *result || *part;
      }
      return result;
    }
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<bool> constant_truth(const Tree& tree, std::uint32_t expression) {
  return truth(tree, expression, deepest);
}

}  // namespace branchlight::syntax
