// One loop over the tree in source order. A node's clause and scope are its parent's, unless the parent said otherwise
// when its turn came; so what the parser salvages from broken text still finds its place.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "coverage/syntax/constant.h"
#include "coverage/syntax/flow.h"
#include "coverage/syntax/logical_lines.h"
#include "coverage/syntax/nodes.h"
#include "coverage/syntax/repair.h"
#include "coverage/syntax/respell.h"
#include "coverage/syntax/syntax.h"
#include "coverage/syntax/tokens.h"
#include "coverage/syntax/tree.h"

namespace branchlight::syntax {
namespace {

using Part = Clause::Part;

std::uint32_t count(const auto& vector) { return static_cast<std::uint32_t>(vector.size()); }

class Builder {
 public:
  // `errors` are the lines that a repair has replaced.
  Builder(text::SharedText text, const Tree& tree, std::vector<text::ByteRange> errors)
      : tree_(tree), place_(tree_.size()) {
    out_.text = std::move(text);
    out_.errors = std::move(errors);
    repaired_ = out_.errors.size();
  }

  Syntax build() {
    const auto whole = text::ByteRange{0, static_cast<std::uint32_t>(tree_.source().size())};
    out_.scopes.push_back({Scope::Kind::module, "<module>", whole, {}, {}, whole, 0, 1, 0});
    flow_.clauses.push_back({});
    place_[0] = {0, 0, nothing};
    visit(0);
    for (std::uint32_t i = 1; i < tree_.size(); ++i) {
      inherit(place_[i], place_[tree_[i].parent]);
      visit(i);
    }
    solve(flow_, out_.sites);
    const Tokens tokens(tree_, out_.text->bytes());
    for (auto& site : out_.sites) site.tokens = tokens.hash(site.header);
    tokens.hash_scopes(out_.scopes, *out_.text);
    keep_live_statements(tokens);
    keep_withs_that_end();
    out_.lines = logical_lines(tree_, *out_.text);
    find_lexical_scopes();
    touch_beside_errors();
    return std::move(out_);
  }

 private:
  struct Place {
    std::uint32_t clause = nothing;
    std::uint32_t scope = nothing;
    std::uint32_t statement = nothing;  // the flow statement that this node, or the clause in it, belongs to
  };
  // A statement is only kept when what it belongs to can run.
  struct Pending {
    Statement statement;
    std::uint32_t end = 0;  // with its body
    std::uint32_t flow_statement = nothing;
    std::uint32_t clause = nothing;
  };

  static void inherit(Place& place, const Place& from) {
    if (place.clause == nothing) place.clause = from.clause;
    if (place.scope == nothing) place.scope = from.scope;
  }

  void visit(std::uint32_t node) {
    const auto& at = tree_[node];
    if (at.kind == NodeKind::error || at.missing) out_.errors.push_back(at.range());
    switch (at.kind) {
      case NodeKind::comment:
        if (tree_.slice(node).starts_with('#')) comment_end_ = at.end;
        break;
      case NodeKind::simple_statement:
        strings_as_annotations_ |= tree_.slice(node).starts_with("from __future__") &&
                                   tree_.slice(node).find("annotations") != std::string_view::npos;
        simple(node, Does::simple);
        break;
      case NodeKind::expression_statement: expression_statement(node); break;
      case NodeKind::return_statement: simple(node, Does::returns); break;
      case NodeKind::raise_statement: simple(node, Does::raises); break;
      case NodeKind::break_statement: simple(node, Does::breaks); break;
      case NodeKind::continue_statement: simple(node, Does::continues); break;
      case NodeKind::assert_statement: {
        const auto test = operand(tree_, node);
        const bool fails = test != tree_.end_of(node) && constant_truth(tree_, test) == false;
        simple(node, fails ? Does::raises : Does::simple);
        break;
      }
      case NodeKind::global_statement: global_statement(node); break;
      case NodeKind::nonlocal_statement: flow_.clauses[place_[node].clause].is_new = false; break;
      case NodeKind::if_statement: tested(node, Does::if_, SiteKind::if_); break;
      case NodeKind::while_statement: tested(node, Does::while_, SiteKind::while_); break;
      case NodeKind::elif_clause: elif_clause(node); break;
      case NodeKind::else_clause: part(node, Part::else_, false); break;
      case NodeKind::for_statement: for_statement(node); break;
      case NodeKind::try_statement: suite(node, Does::try_); break;
      case NodeKind::with_statement: with_statement(node); break;
      case NodeKind::except_clause: part(node, Part::except, true); break;
      case NodeKind::finally_clause: part(node, Part::finally, false); break;
      case NodeKind::match_statement: match_statement(node); break;
      case NodeKind::case_clause: case_clause(node); break;
      case NodeKind::decorated_definition: decorated_definition(node); break;
      case NodeKind::function_definition: definition(node, Scope::Kind::function); break;
      case NodeKind::class_definition: definition(node, Scope::Kind::class_); break;
      case NodeKind::lambda: lambda(node); break;
      default: break;
    }
  }

  // --- places in the text

  std::uint32_t line_at(std::uint32_t offset) const { return out_.text->position(offset).line; }

  // The line on which the logical line of a statement begins: a statement after `;`, or after the colon of its header,
  // shares the line of what stands before it.
  std::uint32_t begin_logical_line(std::uint32_t offset) {
    const auto source = tree_.source();
    auto at = offset;
    while (at > 0) {
      const char c = source[at - 1];
      if (c == ' ' || c == '\t' || c == '\f') {
        --at;
      } else if (c == '\n' || c == '\r') {
        at -= at > 1 && c == '\n' && source[at - 2] == '\r' ? 2 : 1;
        const bool continues = at > 0 && source[at - 1] == '\\' && at != comment_end_;
        if (!continues) break;
        --at;
      } else {
        if (c != ';' && c != ':') break;
        return logical_line_;
      }
    }
    return logical_line_ = line_at(offset);
  }

  // --- what is built

  std::uint32_t add_flow(std::uint32_t node, Does does, std::uint32_t line) {
    const auto clause = place_[node].clause;
    const auto index = count(flow_.statements);
    auto& statement = flow_.statements.emplace_back();
    statement.does = does;
    statement.line = line;
    statement.clause = clause;
    auto& in = flow_.clauses[clause];
    if (in.first == nothing)
      in.first = index;
    else
      flow_.statements[in.last].next = index;
    in.last = index;
    in.is_new = false;
    place_[node].statement = index;
    return index;
  }

  Clause& add_clause(std::uint32_t node, std::uint32_t owner, Part part, std::uint32_t line) {
    const auto index = count(flow_.clauses);
    auto& clause = flow_.clauses.emplace_back();
    clause.part = part;
    clause.owner = owner;
    clause.line = line;
    clause.scope = place_[node].scope;
    auto& owning = flow_.statements[owner];
    (owning.last_clause == nothing ? owning.first_clause : flow_.clauses[owning.last_clause].next) = index;
    owning.last_clause = index;
    const auto block = tree_.child(node, NodeKind::block);
    if (block != tree_.end_of(node)) place_[block].clause = index;
    return clause;
  }

  void add_statement(std::uint32_t node, text::ByteRange range, std::uint32_t first_line, std::uint32_t flow_statement,
                     std::uint32_t clause = nothing) {
    Statement statement;
    statement.range = range;
    statement.first_line = first_line;
    statement.last_line = std::max(first_line, line_at(range.end));
    statement.scope = place_[node].scope;
    pending_.push_back({statement, tree_[node].end, flow_statement, clause});
  }

  void add_site(std::uint32_t node, SiteKind kind, text::ByteRange test, Clause& clause) {
    Site site;
    site.kind = kind;
    site.statement = tree_[node].range();
    site.header = {tree_[node].begin, header_end(tree_, node)};
    site.test = test;
    site.body = body_range(tree_, node);
    site.scope = place_[node].scope;
    clause.site = count(out_.sites);
    out_.sites.push_back(site);
  }

  // --- simple statements

  void simple(std::uint32_t node, Does does) {
    const auto line = begin_logical_line(tree_[node].begin);
    const auto index = add_flow(node, does, line);
    add_statement(node, tree_[node].range(), line, index);
  }

  void expression_statement(std::uint32_t node) {
    auto& clause = flow_.clauses[place_[node].clause];
    const bool may_be_docstring = clause.is_new && (clause.part == Part::module || clause.part == Part::definition);
    clause.is_new = false;
    if (may_be_docstring && is_plain_string(tree_, node)) {
      for (auto line = line_at(tree_[node].begin); line <= line_at(tree_[node].end); ++line)
        docstring_lines_.insert(line);
      return;
    }
    const bool bare = is_bare_annotation(tree_, node);
    const auto scope = out_.scopes[place_[node].scope].kind;
    if (bare && scope == Scope::Kind::function) return;
    const bool unconditional = clause.part == Part::definition;
    simple(node, Does::simple);
    pending_.back().statement.before_3_14_only =
        bare && scope == Scope::Kind::class_ && unconditional && !strings_as_annotations_;
  }

  void global_statement(std::uint32_t node) {
    flow_.clauses[place_[node].clause].is_new = false;
    for (auto child = tree_.first_child(node); child != tree_.end_of(node); child = tree_[child].next) {
      if (tree_[child].kind == NodeKind::identifier) globals_.emplace(place_[node].scope, tree_.slice(child));
    }
  }

  // --- compound statements

  std::uint32_t header_statement(std::uint32_t node, Does does) {
    const auto line = begin_logical_line(tree_[node].begin);
    const auto index = add_flow(node, does, line);
    add_statement(node, {tree_[node].begin, header_end(tree_, node)}, line, index);
    return index;
  }

  void tested(std::uint32_t node, Does does, SiteKind kind) {
    const auto owner = header_statement(node, does);
    auto& clause = add_clause(node, owner, Part::tested, flow_.statements[owner].line);
    const auto test = operand(tree_, node);
    if (test == tree_.end_of(node)) return;
    clause.truth = constant_truth(tree_, test);
    add_site(node, kind, tree_[test].range(), clause);
  }

  void elif_clause(std::uint32_t node) {
    const auto owner = place_[tree_[node].parent].statement;
    if (owner == nothing || flow_.statements[owner].does != Does::if_) return;
    const auto line = begin_logical_line(tree_[node].begin);
    auto& clause = add_clause(node, owner, Part::tested, line);
    add_statement(node, {tree_[node].begin, header_end(tree_, node)}, line, nothing, count(flow_.clauses) - 1);
    const auto test = operand(tree_, node);
    if (test == tree_.end_of(node)) return;
    clause.truth = constant_truth(tree_, test);
    add_site(node, SiteKind::elif, tree_[test].range(), clause);
  }

  void for_statement(std::uint32_t node) {
    const auto owner = header_statement(node, Does::for_);
    auto& clause = add_clause(node, owner, Part::tested, flow_.statements[owner].line);
    const auto iterable = last_before_colon(tree_, node);
    if (iterable == tree_.end_of(node)) return;
    const bool async = tree_[tree_.first_child(node)].kind == NodeKind::async;
    add_site(node, async ? SiteKind::async_for : SiteKind::for_, tree_[iterable].range(), clause);
  }

  std::uint32_t suite(std::uint32_t node, Does does) {
    const auto owner = header_statement(node, does);
    add_clause(node, owner, Part::body, flow_.statements[owner].line);
    return owner;
  }

  void with_statement(std::uint32_t node) {
    const auto owner = suite(node, Does::with_);
    withs_.emplace_back(With{flow_.statements[owner].line, place_[node].scope, body_range(tree_, node), {}}, owner);
  }

  // else, except, finally
  void part(std::uint32_t node, Part part, bool runs) {
    const auto line = begin_logical_line(tree_[node].begin);
    const auto owner = place_[tree_[node].parent].statement;
    if (owner == nothing) return;
    auto& clause = add_clause(node, owner, part, line);
    const auto what = operand(tree_, node);
    clause.of_group = part == Part::except && what != tree_.end_of(node) && tree_.slice(what) == "*";
    if (runs)
      add_statement(node, {tree_[node].begin, header_end(tree_, node)}, line, nothing, count(flow_.clauses) - 1);
  }

  void match_statement(std::uint32_t node) {
    const auto owner = header_statement(node, Does::match_);
    const auto block = tree_.child(node, NodeKind::block);
    if (block != tree_.end_of(node)) place_[block].statement = owner;
  }

  void case_clause(std::uint32_t node) {
    const auto owner = place_[tree_[node].parent].statement;
    if (owner == nothing || flow_.statements[owner].does != Does::match_) return;
    const auto line = begin_logical_line(tree_[node].begin);
    auto& clause = add_clause(node, owner, Part::tested, line);
    add_statement(node, {tree_[node].begin, header_end(tree_, node)}, line, nothing, count(flow_.clauses) - 1);
    const auto first = operand(tree_, node), last = last_before_colon(tree_, node);
    if (first == tree_.end_of(node) || last == tree_.end_of(node)) return;
    if (is_irrefutable(tree_, node)) {
      clause.truth = true;
      out_.default_cases.push_back({{tree_[first].begin, tree_[last].end}, body_range(tree_, node)});
      return;
    }
    const auto guard = tree_.child(node, NodeKind::if_clause);
    if (guard != tree_.end_of(node)) {
      if (const auto test = operand(tree_, guard); test != tree_.end_of(guard) && constant_truth(tree_, test) == false)
        clause.truth = false;
    }
    add_site(node, SiteKind::case_, {tree_[first].begin, tree_[last].end}, clause);
    if (guard != tree_.end_of(node)) out_.sites.back().guard = tree_[guard].range();
  }

  // --- scopes

  void decorated_definition(std::uint32_t node) {
    const auto line = begin_logical_line(tree_[node].begin);
    const auto owner = add_flow(node, Does::defines, line);
    for (auto child = tree_.first_child(node); child != tree_.end_of(node); child = tree_[child].next) {
      if (tree_[child].kind == NodeKind::decorator) {
        place_[child].scope = place_[node].scope;
        add_statement(child, tree_[child].range(), begin_logical_line(tree_[child].begin), owner);
      }
    }
  }

  void definition(std::uint32_t node, Scope::Kind kind) {
    const auto parent = tree_[node].parent;
    const bool decorated = tree_[parent].kind == NodeKind::decorated_definition;
    const auto line = begin_logical_line(tree_[node].begin);
    const auto owner = decorated ? place_[parent].statement : add_flow(node, Does::defines, line);
    const text::ByteRange header{tree_[node].begin, header_end(tree_, node)};
    add_statement(node, header, line, owner);

    const auto name = tree_.child(node, NodeKind::identifier);
    Scope scope;
    scope.kind = kind;
    scope.parent = place_[node].scope;
    scope.range = {decorated ? tree_[parent].begin : tree_[node].begin, tree_[node].end};
    scope.name = name == tree_.end_of(node) ? text::ByteRange{header.begin, header.begin} : tree_[name].range();
    scope.header = header;
    scope.body = body_range(tree_, node);
    scope.first_line = flow_.statements[owner].line;
    scope.qualified_name = qualified(scope.parent, out_.text->slice(scope.name));
    const auto index = add_scope(std::move(scope));
    add_clause(node, owner, Part::definition, line).scope = index;
    const auto block = tree_.child(node, NodeKind::block);
    if (block != tree_.end_of(node)) place_[block].scope = index;
  }

  void lambda(std::uint32_t node) {
    const auto colon = tree_.child(node, NodeKind::colon);
    if (colon == tree_.end_of(node)) return;
    auto body = tree_[colon].next;
    while (body != tree_.end_of(node) && tree_[body].kind == NodeKind::comment) body = tree_[body].next;
    if (body == tree_.end_of(node)) return;
    Scope scope;
    scope.kind = Scope::Kind::lambda;
    scope.parent = place_[node].scope;
    scope.range = tree_[node].range();
    scope.name = {tree_[node].begin, tree_[node].begin};
    scope.header = {tree_[node].begin, tree_[colon].end};
    scope.body = tree_[body].range();
    scope.first_line = line_at(tree_[node].begin);
    scope.qualified_name = qualified(scope.parent, "<lambda>");
    place_[body].scope = add_scope(std::move(scope));
  }

  std::uint32_t add_scope(Scope scope) {
    out_.scopes.push_back(std::move(scope));
    return count(out_.scopes) - 1;
  }

  std::string qualified(std::uint32_t parent, std::string_view name) const {
    const auto& outer = out_.scopes[parent];
    if (parent == 0 || globals_.contains({parent, std::string(name)})) return std::string(name);
    return outer.qualified_name + (outer.kind == Scope::Kind::class_ ? "." : ".<locals>.") + std::string(name);
  }

  // --- the end

  void keep_live_statements(const Tokens& tokens) {
    for (auto& [statement, end, flow_statement, clause] : pending_) {
      const bool live = clause != nothing ? flow_.clauses[clause].reached : flow_.statements[flow_statement].live;
      // coverage.py takes whole lines for a docstring's: `def f(): "text"` has none that counts.
      if (!live || docstring_lines_.contains(statement.first_line)) continue;
      if (statement.before_3_14_only) statement.goes_on_to = after(flow_, flow_.statements[flow_statement]);
      statement.tokens = tokens.hash(statement.range);
      statement.tokens_with_body = tokens.hash({statement.range.begin, end});
      out_.statements.push_back(statement);
    }
  }

  void keep_withs_that_end() {
    for (auto& [with, owner] : withs_) {
      const auto& statement = flow_.statements[owner];
      if (!statement.live || !flow_.clauses[statement.first_clause].completes) continue;
      with.goes_on_to = after(flow_, statement);
      out_.withs.push_back(with);
    }
  }

  // What the parser could not make sense of right before a definition may belong to it: a decorator, say.
  void touch_beside_errors() {
    for (auto i = repaired_; i < out_.errors.size(); ++i) {
      const auto error = out_.errors[i];
      const auto next = std::lower_bound(out_.scopes.begin() + 1, out_.scopes.end(), error.end,
                                         [](const Scope& scope, std::uint32_t end) { return scope.range.begin < end; });
      if (next != out_.scopes.end() && line_at(next->range.begin) <= line_at(error.end) + 1)
        next->tokens += error.end - error.begin + 1;
    }
  }

  void find_lexical_scopes() {
    // Scopes come in the order of their headers; each lies within the last one that has not ended yet.
    std::vector<std::uint32_t> open{0};
    for (std::uint32_t i = 1; i < out_.scopes.size(); ++i) {
      while (out_.scopes[open.back()].range.end <= out_.scopes[i].header.begin && open.size() > 1) open.pop_back();
      out_.scopes[i].within = open.back();
      open.push_back(i);
    }
  }

  const Tree& tree_;
  std::vector<Place> place_;
  Syntax out_;
  Flow flow_;
  std::size_t repaired_ = 0;  // of out_.errors, the ones before the parser's own
  std::vector<Pending> pending_;
  std::vector<std::pair<With, std::uint32_t>> withs_;  // with the FlowStatement
  std::set<std::pair<std::uint32_t, std::string>> globals_;
  std::set<std::uint32_t> docstring_lines_;
  bool strings_as_annotations_ = false;
  std::uint32_t logical_line_ = 1;
  std::uint32_t comment_end_ = 0;  // of the last one
};

}  // namespace

SharedSyntax parse(text::SharedText text) {
  const auto build = [&](const Tree& tree, std::vector<text::ByteRange> replaced) {
    return std::make_shared<const Syntax>(Builder(text, tree, std::move(replaced)).build());
  };
  if (!may_be_misread(text->bytes())) {
    const Tree tree(text->bytes(), Tree::OnError::give_up);
    if (tree.clean()) return build(tree, {});
  }
  const auto respelled = respell(text->bytes());
  const std::string_view source = respelled ? std::string_view(*respelled) : text->bytes();
  const Tree tree(source, Tree::OnError::give_up);
  if (tree.clean()) return build(tree, {});
  auto repaired = repair(source);
  const Tree second(repaired.source);
  return build(second, std::move(repaired.replaced));
}

}  // namespace branchlight::syntax
