// Merging `--set KEY=VALUE` into a document: the key is a TOML key, the value TOML or else plain
// text.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/scenario/document.hpp"
#include "sim/scenario/units.hpp"

namespace sim {

namespace {

int columns(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

void set_source(Node& node, int source);

void set_source(Mark& mark, int source) {
  mark.source = source;
  mark.line = 0;
}

void set_source(Node& node, int source) {
  set_source(node.mark, source);
  for (Node& item : node.items) set_source(item, source);
  for (Entry& entry : node.entries) {
    set_source(entry.mark, source);
    set_source(entry.value, source);
  }
}

/// The one value at the end of a chain of one-entry tables. Requires such a chain.
Node& last_value(Node& table) {
  Node* node = &table;
  while (node->kind == NodeKind::table && node->entries.size() == 1)
    node = &node->entries.front().value;
  return *node;
}

struct Merge {
  Document& document;
  int source;

  kev::Result<void> into(Node& target, Node&& from) {
    if (target.kind == NodeKind::list && from.kind == NodeKind::table &&
        (target.items.empty() || target.items.front().kind == NodeKind::table))
      return into_list(target, std::move(from));
    if (target.kind != NodeKind::table || from.kind != NodeKind::table) {
      target = std::move(from);
      return {};
    }
    for (Entry& entry : from.entries) {
      Entry* known = target.find(entry.key);
      if (known == nullptr) {
        target.entries.push_back(std::move(entry));
        continue;
      }
      // From now on complaints about this key or value are about the override.
      if (entry.value.kind != NodeKind::table) known->mark = entry.mark;
      if (kev::Result<void> merged = into(known->value, std::move(entry.value)); !merged)
        return merged;
    }
    return {};
  }

  /// `fault.0.rate`: tables of a list are named by their number; the next number makes a new one.
  kev::Result<void> into_list(Node& list, Node&& from) {
    for (Entry& entry : from.entries) {
      std::size_t index = 0;
      const char* end = entry.key.data() + entry.key.size();
      const auto [rest, failed] = std::from_chars(entry.key.data(), end, index);
      if (failed != std::errc() || rest != end || index > list.items.size())
        return kev::fail(document.error(
            entry.mark,
            fmt::format("'{}' is not an entry of this list of {}", entry.key, list.items.size()),
            fmt::format("{} adds the next", list.items.size())));
      if (index == list.items.size()) {
        list.items.push_back(std::move(entry.value));
        continue;
      }
      if (kev::Result<void> merged = into(list.items[index], std::move(entry.value)); !merged)
        return merged;
    }
    return {};
  }
};

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `fault.0.at=...` in a scenario without faults: an empty list to merge into, else "0" would be a
/// key.
void make_list_for(const Entry& entry, Node& root) {
  const Node& value = entry.value;
  if (root.find(entry.key) != nullptr || value.kind != NodeKind::table ||
      value.entries.size() != 1 || !is_number(value.entries.front().key) ||
      value.entries.front().value.kind != NodeKind::table)
    return;
  Node list;
  list.kind = NodeKind::list;
  list.mark = value.mark;
  root.entries.push_back(Entry{entry.key, entry.mark, std::move(list)});
}

}  // namespace

kev::Result<void> apply_override(Document& document, const Override& override_) {
  document.overrides.push_back(override_);
  const int source = static_cast<int>(document.overrides.size());
  const std::string_view text = override_.text;
  const std::size_t equals = text.find('=');
  const Mark all{source, 0, 1, std::max(1, columns(text))};
  if (equals == std::string_view::npos || trimmed(text.substr(0, equals)).empty())
    return kev::fail(document.error(all, fmt::format("'{}' is not KEY=VALUE", text),
                                    "like workload.clients=128"));
  const bool one_line = text.find_first_of("\r\n") == std::string_view::npos;
  kev::Result<Document> parsed = parse_document(text, override_.origin);
  const bool is_toml = parsed && one_line;
  if (!is_toml) {
    parsed = parse_document(std::string(text.substr(0, equals)) + "= 0", override_.origin);
    if (!parsed || !one_line)
      return kev::fail(document.error(all, fmt::format("'{}' is not KEY=VALUE", text),
                                      "like workload.clients=128"));
  }
  const std::string_view raw = trimmed(text.substr(equals + 1));
  Node& value = last_value(parsed->root);
  if (!is_toml) {
    value.kind = NodeKind::string;
    value.text = raw;
    const std::size_t first = static_cast<std::size_t>(raw.data() - text.data());
    value.mark = Mark{source, 0, 1 + columns(text.substr(0, first)), std::max(1, columns(raw))};
  }
  value.raw = raw;
  set_source(parsed->root, source);
  make_list_for(parsed->root.entries.front(), document.root);
  return Merge{document, source}.into(document.root, std::move(parsed->root));
}

}  // namespace sim
