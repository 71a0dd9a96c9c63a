#include "sim/scenario/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

// Header-only and without exceptions: Debian's shared library is built with exceptions, which is
// another ABI namespace, so it is not linked.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// toml++ 3.3 asserts that a header begins with a key although the input decides that ("[.a]"), and
// turns assertions into compiler assumptions under NDEBUG. Without them its own check reports the
// error.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>

#include "model/base/check.hpp"
#include "sim/scenario/lexical.hpp"
#include "sim/scenario/syntax.hpp"

namespace sim {

namespace {

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Mark mark_of(const toml::source_region& region) {
  Mark mark{0, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column)
    mark.length = static_cast<int>(region.end.column - region.begin.column);
  return mark;
}

Node node_from(const toml::node& from);

/// A table's place is its header's; an entry's is its key's. Headers like [a.b] create [a]
/// silently, at the same place, so entries sort by place and stay in file order.
void fill_table(Node& node, const toml::table& table) {
  node.kind = NodeKind::table;
  for (const auto& [key, value] : table)
    node.entries.push_back(Entry{std::string(key.str()), mark_of(key.source()), node_from(value)});
  std::stable_sort(node.entries.begin(), node.entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  });
}

Node node_from(const toml::node& from) {
  Node node;
  node.mark = mark_of(from.source());
  if (const toml::table* table = from.as_table()) {
    fill_table(node, *table);
  } else if (const toml::array* array = from.as_array()) {
    node.kind = NodeKind::list;
    for (const toml::node& item : *array) node.items.push_back(node_from(item));
  } else if (const auto* text = from.as_string()) {
    node.kind = NodeKind::string;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = NodeKind::integer;
    node.integer = integer->get();
  } else if (const auto* real = from.as_floating_point()) {
    node.kind = NodeKind::real;
    node.real = real->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.kind = NodeKind::boolean;
    node.boolean = boolean->get();
  } else {
    node.kind = NodeKind::date;
  }
  return node;
}

}  // namespace

std::string_view describe(NodeKind kind) {
  switch (kind) {
    case NodeKind::string:
      return "a string";
    case NodeKind::integer:
      return "an integer";
    case NodeKind::real:
      return "a decimal number";
    case NodeKind::boolean:
      return "true or false";
    case NodeKind::date:
      return "a date or time";
    case NodeKind::list:
      return "a list";
    case NodeKind::table:
      return "a table";
  }
  kev::check_failed("every kind of node has a description", __FILE__, __LINE__);
}

const Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

Entry* Node::find(std::string_view key) {
  for (Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

kev::Error Document::error(const Mark& mark, std::string message, std::string hint) const {
  kev::Error error{std::move(message), {}, std::move(hint), {}, mark.length};
  if (mark.source == 0) {
    error.place = {path, mark.line, mark.column};
    const auto index = static_cast<std::size_t>(mark.line) - 1;
    if (mark.line > 0 && index < lines.size()) error.source_line = lines[index];
    return error;
  }
  const Override& from = overrides[static_cast<std::size_t>(mark.source) - 1];
  error.place = {from.origin, 0, mark.column};
  error.source_line = from.text;
  return error;
}

kev::Result<Document> parse_document(std::string_view text, const std::string& path) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
    text.remove_prefix(byte_order_mark.size());
  Document document;
  document.path = path;
  if (const std::optional<LexicalError> wrong = find_lexical_error(text)) {
    if (wrong->printable) document.lines = split_lines(text);
    return kev::fail(document.error(wrong->mark, wrong->message, wrong->hint));
  }
  document.lines = split_lines(text);
  const toml::parse_result parsed = toml::parse(text, std::string_view(path));
  if (!parsed) {
    const toml::parse_error& complaint = parsed.error();
    const SyntaxError wrong = explain(
        {std::string(complaint.description()), static_cast<int>(complaint.source().begin.line),
         static_cast<int>(complaint.source().begin.column)},
        document.lines);
    return kev::fail(document.error(wrong.mark, wrong.message, wrong.hint));
  }
  fill_table(document.root, parsed.table());
  document.root.mark = Mark{0, 0, 0, 1};  // the file as a whole
  return document;
}

}  // namespace sim
