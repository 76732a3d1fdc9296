// First the scopes: functions and classes by qualified name, where several share one by their tokens. Then, in each
// pair of scopes, its own statements; sites and lambdas go with the statement that they stand in.
#include "coverage/freshness/carry.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "coverage/freshness/align.h"

namespace branchlight::freshness {
namespace {

using syntax::Scope;
using syntax::Syntax;
using Indexes = std::vector<std::uint32_t>;

std::uint32_t count(const auto& vector) { return static_cast<std::uint32_t>(vector.size()); }

// One text, sorted for looking up.
class Side {
 public:
  explicit Side(const Syntax& syntax)
      : syntax_(syntax),
        own_statements_(syntax.scopes.size()),
        headers_(syntax.scopes.size()),
        lambdas_(syntax.statements.size()) {
    for (std::uint32_t i = 0; i < count(syntax.scopes); ++i) {
      if (syntax.scopes[i].kind == Scope::Kind::lambda) continue;
      named_[syntax.scopes[i].qualified_name].push_back(i);
      definitions_.push_back(i);
    }
    sort_statements();
    sort_lambdas();
  }

  const Syntax& syntax() const { return syntax_; }
  // Functions and classes, and the module, by qualified name, in the order of the text.
  const std::unordered_map<std::string_view, Indexes>& named() const { return named_; }
  // Of a scope: the statements that run in it, without the definitions of functions and classes.
  const Indexes& own_statements(std::uint32_t scope) const { return own_statements_[scope]; }
  // Of a function or class: its decorators and its header.
  const Indexes& headers(std::uint32_t scope) const { return headers_[scope]; }
  const Indexes& lambdas(std::uint32_t statement) const { return lambdas_[statement]; }
  std::optional<std::uint32_t> site_at(std::uint32_t offset) const {
    const auto site =
        std::lower_bound(syntax_.sites.begin(), syntax_.sites.end(), offset,
                         [](const syntax::Site& at, std::uint32_t begin) { return at.header.begin < begin; });
    if (site == syntax_.sites.end() || site->header.begin != offset) return std::nullopt;
    return static_cast<std::uint32_t>(site - syntax_.sites.begin());
  }

 private:
  void sort_statements() {
    std::uint32_t scope = 0;  // the last definition that begins at or before the statement
    auto next = definitions_.begin();
    for (std::uint32_t i = 0; i < count(syntax_.statements); ++i) {
      const auto begin = syntax_.statements[i].range.begin;
      for (; next != definitions_.end() && syntax_.scopes[*next].range.begin <= begin; ++next) scope = *next;
      const bool in_header = scope != 0 && begin < syntax_.scopes[scope].header.end;
      (in_header ? headers_[scope] : own_statements_[syntax_.statements[i].scope]).push_back(i);
    }
  }

  void sort_lambdas() {
    const auto& statements = syntax_.statements;
    for (std::uint32_t i = 0; i < count(syntax_.scopes); ++i) {
      if (syntax_.scopes[i].kind != Scope::Kind::lambda) continue;
      const auto begin = syntax_.scopes[i].range.begin;
      const auto after = std::upper_bound(
          statements.begin(), statements.end(), begin,
          [](std::uint32_t at, const syntax::Statement& statement) { return at < statement.range.begin; });
      if (after == statements.begin() || begin >= std::prev(after)->range.end) continue;
      lambdas_[static_cast<std::size_t>(after - statements.begin() - 1)].push_back(i);
    }
  }

  const Syntax& syntax_;
  std::unordered_map<std::string_view, Indexes> named_;
  Indexes definitions_;  // no lambdas
  std::vector<Indexes> own_statements_, headers_, lambdas_;
};

class Carrier {
 public:
  Carrier(const Syntax& old_syntax, const Syntax& new_syntax) : old_(old_syntax), new_(new_syntax) {
    carry_.sites.resize(old_syntax.sites.size());
    carry_.scopes.resize(old_syntax.scopes.size());
    carry_.statements.resize(old_syntax.statements.size());
  }

  Carry run() {
    for (const auto& [name, scopes] : old_.named()) {
      if (const auto found = new_.named().find(name); found != new_.named().end()) match_scopes(scopes, found->second);
    }
    return std::move(carry_);
  }

 private:
  void match_scopes(const Indexes& before, const Indexes& after) {
    const auto items = [](const Side& side, const Indexes& scopes) {
      std::vector<Item> result;
      for (auto i : scopes)
        result.push_back({side.syntax().scopes[i].tokens, static_cast<std::uint64_t>(side.syntax().scopes[i].kind)});
      return result;
    };
    const auto pairs = align(items(old_, before), items(new_, after));
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (pairs[i]) match_scope(before[i], after[*pairs[i]]);
    }
  }

  void match_scope(std::uint32_t before, std::uint32_t after) {
    const bool same = old_.syntax().scopes[before].tokens == new_.syntax().scopes[after].tokens;
    const auto age = same ? Age::fresh : Age::stale;
    carry_.scopes[before] = Carried{after, age};
    match_statements(old_.headers(before), new_.headers(after), age);
    match_statements(old_.own_statements(before), new_.own_statements(after), age);
  }

  void match_statements(const Indexes& before, const Indexes& after, Age age) {
    const auto items = [](const Side& side, const Indexes& statements) {
      std::vector<Item> result;
      for (auto i : statements)
        result.push_back({side.syntax().statements[i].tokens_with_body, side.syntax().statements[i].tokens});
      return result;
    };
    if (age == Age::fresh && before.size() == after.size()) {
      for (std::size_t i = 0; i < before.size(); ++i) match_statement(before[i], after[i], age);
      return;
    }
    const auto pairs = align(items(old_, before), items(new_, after));
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (pairs[i]) match_statement(before[i], after[*pairs[i]], age);
    }
  }

  void match_statement(std::uint32_t before, std::uint32_t after, Age age) {
    const auto& old_statement = old_.syntax().statements[before];
    const auto& new_statement = new_.syntax().statements[after];
    if (old_statement.tokens != new_statement.tokens) return;
    carry_.statements[before] = Carried{after, age};
    const auto& old_lambdas = old_.lambdas(before);
    const auto& new_lambdas = new_.lambdas(after);
    for (std::size_t i = 0; i < std::min(old_lambdas.size(), new_lambdas.size()); ++i)
      carry_.scopes[old_lambdas[i]] = Carried{new_lambdas[i], age};
    const auto old_site = old_.site_at(old_statement.range.begin), new_site = new_.site_at(new_statement.range.begin);
    if (old_site && new_site) carry_.sites[*old_site] = Carried{*new_site, age};
  }

  Side old_, new_;
  Carry carry_;
};

}  // namespace

Carry carry(const Syntax& old_syntax, const Syntax& new_syntax) { return Carrier(old_syntax, new_syntax).run(); }

}  // namespace branchlight::freshness
