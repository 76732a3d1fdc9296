#include "coverage/syntax/tokens.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace branchlight::syntax {
namespace {

constexpr std::uint64_t statement_begins = 0x9E3779B97F4A7C15u, block_begins = 0xC2B2AE3D27D4EB4Fu,
                        block_ends = 0x165667B19E3779F9u;
constexpr std::uint64_t definition_stands_here = 0x27D4EB2F165667C5u;

constexpr std::uint64_t base = 0x9FB21C651E98DF25u;

std::uint64_t combine(std::uint64_t sum, std::uint64_t token) { return sum * base + token; }

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

bool begins_statement(NodeKind kind) {
  switch (kind) {
    case NodeKind::decorated_definition:
    case NodeKind::function_definition:
    case NodeKind::class_definition:
    case NodeKind::if_statement:
    case NodeKind::while_statement:
    case NodeKind::for_statement:
    case NodeKind::try_statement:
    case NodeKind::with_statement:
    case NodeKind::match_statement:
    case NodeKind::case_clause:
    case NodeKind::simple_statement:
    case NodeKind::expression_statement:
    case NodeKind::return_statement:
    case NodeKind::raise_statement:
    case NodeKind::break_statement:
    case NodeKind::continue_statement:
    case NodeKind::assert_statement:
    case NodeKind::global_statement:
    case NodeKind::nonlocal_statement: return true;
    default: return false;
  }
}

}  // namespace

Tokens::Tokens(const Tree& tree, std::string_view source) {
  tokens_.reserve(tree.size());
  std::vector<std::uint32_t> open_blocks;
  std::uint32_t covered = 0;  // up to here every byte belongs to a token, or is white space or a comment
  const auto gap = [&](std::uint32_t end) {
    // The grammar leaves some text without a node: a format specifier's, what a repair has blanked. It goes with the
    // token before it, for it may have been a function's end; and with its own place, unless all of it was one repair.
    constexpr std::string_view space = " \t\r\n\f\v\\;";
    if (covered >= end) return;
    const auto text = source.substr(covered, end - covered);
    auto first = text.find_first_not_of(space);
    while (first != std::string_view::npos && text[first] == '#')  // a comment that was blanked out
      first = text.find_first_not_of(space, std::min(text.find('\n', first), text.size()));
    if (first == std::string_view::npos) return;
    const auto hash = hash_text(text.substr(first, text.find_last_not_of(space) + 1 - first));
    if (!tokens_.empty()) add_at(tokens_.back().place, hash);
    const bool repaired = covered > 0 && tree.source()[covered - 1] != source[covered - 1];
    if (!repaired) add(covered + static_cast<std::uint32_t>(first), hash);
  };
  const auto end_block = [&](std::uint32_t block) {
    gap(tree[block].end);
    covered = std::max(covered, tree[block].end);
    add_before(tree[block].end, block_ends);
  };

  for (std::uint32_t i = 1; i < tree.size();) {
    while (!open_blocks.empty() && tree[open_blocks.back()].next <= i) {
      end_block(open_blocks.back());
      open_blocks.pop_back();
    }
    const auto& node = tree[i];
    if (node.kind == NodeKind::block && !node.leaf) {
      add_before(node.begin, block_begins);
      open_blocks.push_back(i);
    } else if (begins_statement(node.kind)) {
      gap(node.begin);
      covered = std::max(covered, node.begin);
      add(node.begin, statement_begins);
    }
    // A string's content is one token, whatever escapes the grammar finds in it.
    if (!node.leaf && node.kind != NodeKind::string_content) {
      ++i;
      continue;
    }
    gap(node.begin);
    const auto text = source.substr(node.begin, node.end - node.begin);
    const bool blank = node.kind == NodeKind::comment || text.empty() || text == ";" || text.front() == '\\';
    if (!blank) add(node.begin, hash_text(text));
    covered = std::max(covered, node.end);
    i = node.next;
  }
  while (!open_blocks.empty()) {
    end_block(open_blocks.back());
    open_blocks.pop_back();
  }
  gap(static_cast<std::uint32_t>(source.size()));
}

void Tokens::add(std::uint32_t begin, std::uint64_t hash) { add_at(2 * begin, hash); }

void Tokens::add_before(std::uint32_t offset, std::uint64_t hash) { add_at(offset == 0 ? 0 : 2 * offset - 1, hash); }

void Tokens::add_at(std::uint32_t place, std::uint64_t hash) {
  tokens_.push_back({place, hash});
  sums_.push_back(sums_.back() * base + hash);
  powers_.push_back(powers_.back() * base);
}

std::uint64_t Tokens::hash(text::ByteRange range) const {
  const auto index = [&](std::uint32_t place) {
    const auto at = std::lower_bound(tokens_.begin(), tokens_.end(), place,
                                     [](const Token& token, std::uint32_t begin) { return token.place < begin; });
    return static_cast<std::size_t>(at - tokens_.begin());
  };
  const auto begin = index(2 * range.begin), end = std::max(index(range.end == 0 ? 0 : 2 * range.end - 1), begin);
  return sums_[end] - sums_[begin] * powers_[end - begin];
}

void Tokens::hash_scopes(std::vector<Scope>& scopes, const text::SourceText& text) const {
  std::vector<Scope*> definitions;
  for (auto& scope : scopes) {
    if (scope.kind != Scope::Kind::lambda) definitions.push_back(&scope);
  }
  std::vector<Scope*> open;
  std::vector<Scope*> blocks;  // whose each open block is; several may end in one place
  auto next = definitions.begin();
  for (const auto& token : tokens_) {
    while (!open.empty() && 2 * open.back()->range.end <= token.place) open.pop_back();
    for (; next != definitions.end() && 2 * (*next)->range.begin <= token.place; ++next) {
      if (!open.empty() && open.back()->kind == Scope::Kind::function) {
        open.back()->tokens =
            combine(open.back()->tokens, definition_stands_here ^ hash_text(text.slice((*next)->name)));
      }
      if (token.place < 2 * (*next)->range.end) open.push_back(*next);
    }
    if (open.empty()) continue;
    auto* scope = open.back();
    if (token.hash == block_begins) {
      blocks.push_back(scope);
    } else if (token.hash == block_ends && !blocks.empty()) {
      scope = blocks.back();
      blocks.pop_back();
    }
    scope->tokens = combine(scope->tokens, token.hash);
  }
}

}  // namespace branchlight::syntax
