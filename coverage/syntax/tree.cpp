#include "coverage/syntax/tree.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

extern "C" const TSLanguage* tree_sitter_python();

namespace branchlight::syntax {
namespace {

constexpr std::pair<const char*, NodeKind> named[] = {
    {"module", NodeKind::module},
    {"block", NodeKind::block},
    {"decorated_definition", NodeKind::decorated_definition},
    {"decorator", NodeKind::decorator},
    {"function_definition", NodeKind::function_definition},
    {"class_definition", NodeKind::class_definition},
    {"lambda", NodeKind::lambda},
    {"if_statement", NodeKind::if_statement},
    {"elif_clause", NodeKind::elif_clause},
    {"else_clause", NodeKind::else_clause},
    {"while_statement", NodeKind::while_statement},
    {"for_statement", NodeKind::for_statement},
    {"try_statement", NodeKind::try_statement},
    {"except_clause", NodeKind::except_clause},
    {"finally_clause", NodeKind::finally_clause},
    {"with_statement", NodeKind::with_statement},
    {"match_statement", NodeKind::match_statement},
    {"case_clause", NodeKind::case_clause},
    {"if_clause", NodeKind::if_clause},
    {"import_statement", NodeKind::simple_statement},
    {"import_from_statement", NodeKind::simple_statement},
    {"future_import_statement", NodeKind::simple_statement},
    {"print_statement", NodeKind::simple_statement},
    {"exec_statement", NodeKind::simple_statement},
    {"delete_statement", NodeKind::simple_statement},
    {"pass_statement", NodeKind::simple_statement},
    {"type_alias_statement", NodeKind::simple_statement},
    {"expression_statement", NodeKind::expression_statement},
    {"return_statement", NodeKind::return_statement},
    {"raise_statement", NodeKind::raise_statement},
    {"break_statement", NodeKind::break_statement},
    {"continue_statement", NodeKind::continue_statement},
    {"assert_statement", NodeKind::assert_statement},
    {"global_statement", NodeKind::global_statement},
    {"nonlocal_statement", NodeKind::nonlocal_statement},
    {"true", NodeKind::true_},
    {"false", NodeKind::false_},
    {"none", NodeKind::none},
    {"ellipsis", NodeKind::ellipsis},
    {"integer", NodeKind::integer},
    {"float", NodeKind::float_},
    {"string", NodeKind::string},
    {"string_start", NodeKind::string_start},
    {"string_content", NodeKind::string_content},
    {"interpolation", NodeKind::interpolation},
    {"concatenated_string", NodeKind::concatenated_string},
    {"parenthesized_expression", NodeKind::parenthesized_expression},
    {"not_operator", NodeKind::not_operator},
    {"boolean_operator", NodeKind::boolean_operator},
    {"unary_operator", NodeKind::unary_operator},
    {"identifier", NodeKind::identifier},
    {"assignment", NodeKind::assignment},
    {"type", NodeKind::type},
    {"case_pattern", NodeKind::case_pattern},
    {"as_pattern", NodeKind::as_pattern},
    {"tuple_pattern", NodeKind::tuple_pattern},
    {"union_pattern", NodeKind::union_pattern},
    {"dotted_name", NodeKind::dotted_name},
    {"comment", NodeKind::comment},
    {"line_continuation", NodeKind::comment},  // like one it may stand anywhere, and says nothing
};

constexpr std::pair<const char*, NodeKind> tokens[] = {
    {":", NodeKind::colon},     {",", NodeKind::comma},      {"=", NodeKind::equals},     {"and", NodeKind::and_},
    {"async", NodeKind::async}, {"-", NodeKind::minus},      {"+", NodeKind::plus},       {"_", NodeKind::wildcard},
    {"def", NodeKind::def},     {"class", NodeKind::class_}, {"...", NodeKind::ellipsis},
};

// A name may belong to several symbols (aliases), so every symbol is asked for its name.
std::vector<NodeKind> kinds_by_symbol() {
  const auto* language = tree_sitter_python();
  std::vector<NodeKind> kinds(ts_language_symbol_count(language), NodeKind::other);
  for (std::size_t symbol = 0; symbol < kinds.size(); ++symbol) {
    const auto id = static_cast<TSSymbol>(symbol);
    const std::string_view name = ts_language_symbol_name(language, id);
    const auto type = ts_language_symbol_type(language, id);
    const auto find = [&](const auto& table) {
      for (const auto& [text, kind] : table) {
        if (name == text) kinds[symbol] = kind;
      }
    };
    if (type == TSSymbolTypeRegular) find(named);
    if (type == TSSymbolTypeAnonymous) find(tokens);
  }
  return kinds;
}

// The grammar's scanner keeps its stack of indentations in a buffer of 1,024 bytes and overruns it at about 500
// levels; Python itself refuses more than 100. This counts at least as many levels as the scanner would.
bool is_indented_too_deep(std::string_view source) {
  constexpr std::size_t most = 300;
  std::vector<std::size_t> levels{0};
  for (std::size_t at = 0; at < source.size();) {
    std::size_t width = 0;
    while (at < source.size() &&
           (source[at] == ' ' || source[at] == '\t' || source[at] == '\f' || source[at] == '\r')) {
      width = source[at] == ' ' ? width + 1 : source[at] == '\t' ? width + 8 : 0;
      ++at;
    }
    const bool blank = at == source.size() || source[at] == '\n' || source[at] == '#';
    if (!blank) {
      while (levels.back() > width) levels.pop_back();
      if (levels.back() < width) levels.push_back(width);
      if (levels.size() > most) return true;
    }
    at = std::min(source.find('\n', at), source.size() - 1) + 1;
  }
  return false;
}

// To Python a lone CR ends a line, to the grammar it is white space.
std::string with_plain_line_ends(std::string_view source) {
  std::string result(source);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == '\r' && (i + 1 == result.size() || result[i + 1] != '\n')) result[i] = '\n';
  }
  return result;
}

bool has_lone_cr(std::string_view source) {
  for (auto at = source.find('\r'); at != std::string_view::npos; at = source.find('\r', at + 1)) {
    if (at + 1 == source.size() || source[at + 1] != '\n') return true;
  }
  return false;
}

struct Deleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};

class Cursor {
 public:
  explicit Cursor(const TSTree* tree) : cursor_(ts_tree_cursor_new(ts_tree_root_node(tree))) {}
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor() { ts_tree_cursor_delete(&cursor_); }
  TSTreeCursor* operator&() { return &cursor_; }

 private:
  TSTreeCursor cursor_;
};

// None: a text that would break the grammar's scanner; or, when asked so, a text with an error, which is noticed long
// before it is recovered from.
std::unique_ptr<TSTree, Deleter> parse(std::string_view source, bool give_up_at_error) {
  std::string plain;
  if (has_lone_cr(source)) source = plain = with_plain_line_ends(source);
  if (is_indented_too_deep(source)) return nullptr;
  const std::unique_ptr<TSParser, Deleter> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), tree_sitter_python());
  TSInput input{};
  input.payload = &source;
  input.encoding = TSInputEncodingUTF8;
  input.read = [](void* payload, std::uint32_t offset, TSPoint, std::uint32_t* length) {
    const auto& text = *static_cast<std::string_view*>(payload);
    *length = static_cast<std::uint32_t>(text.size() - std::min<std::size_t>(offset, text.size()));
    return text.data() + (text.size() - *length);
  };
  TSParseOptions options{};
  if (give_up_at_error) options.progress_callback = [](TSParseState* state) { return state->has_error; };
  return std::unique_ptr<TSTree, Deleter>(ts_parser_parse_with_options(parser.get(), nullptr, input, options));
}

Node read(TSNode from, const std::vector<NodeKind>& kinds) {
  Node node;
  const auto symbol = ts_node_symbol(from);
  node.kind = ts_node_is_error(from) ? NodeKind::error : symbol < kinds.size() ? kinds[symbol] : NodeKind::other;
  node.missing = ts_node_is_missing(from);
  node.begin = ts_node_start_byte(from);
  node.end = ts_node_end_byte(from);
  return node;
}

}  // namespace

Tree::Tree(std::string_view source, OnError on_error) : source_(source) {
  static const auto kinds = kinds_by_symbol();
  const auto tree = parse(source, on_error == OnError::give_up);
  if (!tree) {
    const auto size = static_cast<std::uint32_t>(source.size());
    nodes_.push_back({NodeKind::module, false, false, 0, size, 0, 2});
    nodes_.push_back({NodeKind::error, false, true, 0, size, 0, 2});
    return;
  }
  clean_ = !ts_node_has_error(ts_tree_root_node(tree.get()));
  if (!clean_ && on_error == OnError::give_up) return;
  nodes_.reserve(source.size() / 4 + 16);
  Cursor cursor(tree.get());
  std::uint32_t parent = 0;
  for (;;) {
    const auto index = size();
    nodes_.push_back(read(ts_tree_cursor_current_node(&cursor), kinds));
    nodes_[index].parent = parent;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      parent = index;
      continue;
    }
    nodes_[index].leaf = true;
    nodes_[index].next = size();
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (!ts_tree_cursor_goto_parent(&cursor)) return;
      nodes_[parent].next = size();
      parent = nodes_[parent].parent;
    }
  }
}

std::uint32_t Tree::child(std::uint32_t index, NodeKind kind) const {
  auto child = first_child(index);
  while (child != end_of(index) && nodes_[child].kind != kind) child = nodes_[child].next;
  return child;
}

bool is_clean(std::string_view source) {
  const auto tree = parse(source, true);
  return tree && !ts_node_has_error(ts_tree_root_node(tree.get()));
}

}  // namespace branchlight::syntax
