#include "sim/scenario/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "model/base/check.hpp"
#include "sim/scenario/io_priority_text.hpp"
#include "sim/scenario/netem_line.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/units.hpp"

namespace sim {

namespace {

/// One value being read.
struct Reading {
  const ReadContext& context;
  const Field& field;
  const Owner& owner;
  const Node& node;

  void complain(std::string message, std::string hint = {}) const {
    context.complain(node.mark, std::move(message), std::move(hint));
  }
  void wrong_type(std::string_view wanted) const {
    complain(fmt::format("'{}' must be {}, not {}", field.key, wanted, describe(node.kind)),
             fmt::format("like {} = {}", field.key, field.example));
  }
  template <class T>
  T& member() const {
    return *std::get<T*>(field.slot(owner));
  }
};

/// The text of a string; from the command line, of anything that was typed.
std::optional<std::string> read_string(const Reading& r) {
  if (r.node.kind == NodeKind::string) return r.node.text;
  if (!r.node.raw.empty()) return r.node.raw;
  r.wrong_type("a string");
  return std::nullopt;
}

void read_text(const Reading& r) {
  if (const auto text = read_string(r)) r.member<std::string>() = *text;
}

std::string one_of(const std::vector<std::string_view>& words) {
  std::string joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    joined += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    joined += words[i];
  }
  return joined;
}

void read_choice(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  const std::vector<std::string_view> choices(r.field.choices.begin(), r.field.choices.end());
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) {
    r.member<std::string>() = *text;
    return;
  }
  r.complain(fmt::format("'{}' must be {}, not '{}'", r.field.key, one_of(choices), *text),
             did_you_mean(*text, choices));
}

/// Complains unless the catalog's list has the name.
bool check_name(const ReadContext& context, NameList list, const Mark& mark,
                std::string_view name) {
  constexpr std::size_t few = 6;
  const std::vector<std::string_view> names = names_of(context.catalog.*list);
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  const CatalogList& row = catalog_list(list);
  std::string hint = did_you_mean(name, names);
  if (hint.empty() && !names.empty() && names.size() <= few)
    hint = fmt::format("known: {}", one_of(names));
  if (hint.empty()) hint = fmt::format("'kevsim list {}' shows all", row.kind);
  context.complain(mark, fmt::format("unknown {} '{}'", row.singular, name), std::move(hint));
  return false;
}

/// Whether the text is a file that stands for a row of the list; complains if it cannot be used.
bool read_profile_file(const Reading& r, NameList list, const std::string& path) {
  const ProfileFiles& files = r.context.catalog.disks_hdd_files;
  if (list != &Catalog::disks_hdd || files.is_path == nullptr || !files.is_path(path)) return false;
  const kev::Errors wrong = files.check(path);
  if (wrong.empty()) r.member<std::string>() = path;
  r.context.errors.insert(r.context.errors.end(), wrong.begin(), wrong.end());
  return true;
}

void read_name(const Reading& r) {
  const auto text = read_string(r);
  if (!text || read_profile_file(r, r.field.names(r.owner), *text)) return;
  if (check_name(r.context, r.field.names(r.owner), r.node.mark, *text))
    r.member<std::string>() = *text;
}

/// `a,b` from the command line as the list ["a", "b"], each with its own place.
std::vector<Node> split_names(const Node& node) {
  std::vector<Node> items;
  std::size_t begin = 0;
  const std::string& text = node.text;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    Node item;
    item.kind = NodeKind::string;
    item.text = text.substr(begin, end - begin);
    item.mark = node.mark;
    item.mark.column += static_cast<int>(begin);
    item.mark.length = std::max(1, static_cast<int>(end - begin));
    items.push_back(std::move(item));
    begin = end + 1;
  }
  return items;
}

void read_names(const Reading& r) {
  const bool bare = r.node.kind == NodeKind::string && !r.node.raw.empty();
  if (!bare && r.node.kind != NodeKind::list) return r.wrong_type("a list of names");
  const std::vector<Node> items = bare ? split_names(r.node) : r.node.items;
  if (items.empty())
    return r.complain(fmt::format("'{}' must name at least one", r.field.key),
                      fmt::format("like {} = {}", r.field.key, r.field.example));
  std::vector<std::string> names;
  bool good = true;
  for (const Node& item : items) {
    if (item.kind != NodeKind::string) {
      r.context.complain(item.mark, fmt::format("'{}' must be a list of names, not of {}",
                                                r.field.key, describe(item.kind)));
      good = false;
    } else if (std::find(names.begin(), names.end(), item.text) != names.end()) {
      r.context.complain(item.mark, fmt::format("'{}' is named twice", item.text));
      good = false;
    } else {
      good &= check_name(r.context, r.field.names(r.owner), item.mark, item.text);
      names.push_back(item.text);
    }
  }
  if (good) r.member<std::vector<std::string>>() = std::move(names);
}

void read_integer(const Reading& r) {
  if (r.node.kind != NodeKind::integer) return r.wrong_type("an integer");
  const std::int64_t value = r.node.integer;
  const Range range = r.field.range;
  if (!range.has(value))
    return r.complain(range.least == range.most
                          ? fmt::format("'{}' must be {}, not {}", r.field.key, range.least, value)
                          : fmt::format("'{}' must be {}between {} and {}, not {}", r.field.key,
                                        range.or_zero ? "0 or " : "", range.least, range.most,
                                        value));
  store_number(r.field.slot(r.owner), value);
}

void read_boolean(const Reading& r) {
  if (r.node.kind != NodeKind::boolean) return r.wrong_type("true or false");
  r.member<bool>() = r.node.boolean;
}

void read_probability(const Reading& r) {
  const bool integer = r.node.kind == NodeKind::integer;
  if (!integer && r.node.kind != NodeKind::real) return r.wrong_type("a number from 0 to 1");
  const double value = integer ? static_cast<double>(r.node.integer) : r.node.real;
  if (!(value >= 0 && value <= 1))
    return r.complain(fmt::format("'{}' must be between 0 and 1, not {}", r.field.key, value));
  const Slot slot = r.field.slot(r.owner);
  if (const auto* maybe = std::get_if<std::optional<double>*>(&slot))
    **maybe = value;
  else
    r.member<double>() = value;
}

void read_quantity(const Reading& r) {
  const Quantity quantity = quantity_of(r.field.type);
  if (r.node.kind == NodeKind::integer || r.node.kind == NodeKind::real) {
    const std::string number = r.node.kind == NodeKind::integer ? fmt::format("{}", r.node.integer)
                                                                : fmt::format("{}", r.node.real);
    return r.complain(fmt::format("'{}' needs a unit: {}, not {}", r.field.key,
                                  with_likely_unit(quantity, number), number));
  }
  if (r.node.kind != NodeKind::string)
    return r.wrong_type(fmt::format("a {} with a unit", type_name(r.field.type)));
  const Parsed<std::int64_t> parsed = parse_quantity(quantity, r.node.text);
  if (!parsed)
    return r.complain(fmt::format("'{}' {}", r.field.key, parsed.error().message),
                      parsed.error().hint);
  const Range range = r.field.range;
  if (!range.has(*parsed))
    return r.complain(fmt::format("'{}' must be between {} and {}, not {}", r.field.key,
                                  write_quantity(quantity, range.least),
                                  write_quantity(quantity, range.most), r.node.text));
  store_number(r.field.slot(r.owner), *parsed);
}

void read_popularity(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  constexpr std::string_view zipf = "zipf:";
  constexpr double steepest = 10;
  bool good = *text == "uniform" || *text == "sequential";
  if (!good && text->substr(0, zipf.size()) == zipf) {
    double exponent = 0;
    const char* end = text->data() + text->size();
    const auto [rest, failed] = std::from_chars(text->data() + zipf.size(), end, exponent);
    good = failed == std::errc() && rest == end && exponent > 0 && exponent <= steepest;
    if (!good)
      return r.complain(
          fmt::format("'{}' has a bad exponent '{}'", r.field.key, text->substr(zipf.size())),
          "a number above 0, at most 10, like zipf:0.9");
  }
  if (!good)
    return r.complain(fmt::format("'{}' must be uniform, sequential or zipf:EXPONENT, not '{}'",
                                  r.field.key, *text),
                      did_you_mean(*text, {"uniform", "sequential", "zipf:0.9"}));
  r.member<std::string>() = *text;
}

void read_io_priority(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  const auto priority = parse_io_priority(*text);
  if (!priority)
    return r.complain(
        fmt::format("'{}' must be none, realtime:LEVEL, best-effort:LEVEL or idle, not '{}'",
                    r.field.key, *text),
        did_you_mean(*text,
                     {"none", "realtime", "realtime:4", "best-effort", "best-effort:4", "idle"}));
  if (priority->level < 0)
    return r.complain(
        fmt::format("'{}' has a bad level '{}'", r.field.key, text->substr(text->find(':') + 1)),
        "realtime and best-effort have levels, 0 (served most) to 7, like best-effort:4");
  r.member<std::string>() = *text;
}

void read_expectation(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  constexpr std::string_view violation = "violation:";
  if (text->substr(0, violation.size()) == violation) {
    if (!check_name(r.context, &Catalog::properties, r.node.mark, text->substr(violation.size())))
      return;
  } else if (*text != "ok") {
    return r.complain(
        fmt::format("'{}' must be ok or violation:PROPERTY, not '{}'", r.field.key, *text),
        "'kevsim list properties' shows the properties");
  }
  r.member<std::string>() = *text;
}

void read_error_name(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  std::vector<std::string_view> names;
  for (const ErrorName& row : error_names()) {
    names.push_back(row.name);
    if (row.name != *text) continue;
    r.member<int>() = row.number;
    return;
  }
  std::string hint = did_you_mean(*text, names);
  if (hint.empty()) hint = "'kevsim list errors' shows all";
  r.complain(fmt::format("unknown error '{}'", *text), std::move(hint));
}

/// Who `signal` may name: all threads of the document, also those further down.
std::vector<std::string_view> thread_names(const Document& document) {
  std::vector<std::string_view> names;
  const Entry* threads = document.root.find("thread");
  if (threads == nullptr) return names;
  for (const Node& thread : threads->value.items) {
    const Entry* name = thread.find("name");
    names.push_back(name == nullptr ? std::string_view() : std::string_view(name->value.text));
  }
  return names;
}

void read_operations(const Reading& r) {
  if (r.node.kind != NodeKind::list) return r.wrong_type("a list of operations");
  const std::vector<std::string_view> threads = thread_names(r.context.document);
  std::vector<ProgramStep> operations;
  for (const Node& item : r.node.items) {
    if (item.kind != NodeKind::string) {
      r.context.complain(item.mark, fmt::format("'{}' must be a list of lines, not of {}",
                                                r.field.key, describe(item.kind)));
      continue;
    }
    auto operation = parse_operation(item.text, threads);
    if (operation) {
      operations.push_back(std::move(*operation));
      continue;
    }
    const OperationError& error = operation.error();
    Mark mark = item.mark;
    mark.column += 1 + static_cast<int>(error.at);  // after the quote
    mark.length = static_cast<int>(error.length);
    r.context.complain(mark, error.message, error.hint);
  }
  r.member<std::vector<ProgramStep>>() = std::move(operations);
}

void read_netem(const Reading& r) {
  const auto text = read_string(r);
  if (!text) return;
  if (const auto spec = parse_netem(*text); !spec) {
    const NetemError& error = spec.error();
    Mark mark = r.node.mark;
    // After the quote; what comes from the command line has none. In a string of several lines, or
    // with escapes, the place is the string.
    const int quotes = r.node.raw.empty() ? 2 : 0;
    if (mark.length == static_cast<int>(text->size()) + quotes) {
      mark.column += quotes / 2 + static_cast<int>(error.at);
      mark.length = static_cast<int>(error.length);
    }
    r.context.complain(mark, error.message, error.hint);
    return;
  }
  r.member<std::string>() = *text;
}

}  // namespace

void store_number(const Slot& slot, std::int64_t value) {
  if (int* const* small = std::get_if<int*>(&slot))
    **small = static_cast<int>(value);
  else if (kev::Duration* const* duration = std::get_if<kev::Duration*>(&slot))
    **duration = kev::Duration(value);
  else if (const auto* maybe = std::get_if<std::optional<kev::Duration>*>(&slot))
    **maybe = kev::Duration(value);
  else if (const auto* number = std::get_if<std::optional<std::int64_t>*>(&slot))
    **number = value;
  else
    *std::get<std::int64_t*>(slot) = value;
}

void read_field(const ReadContext& context, const Field& field, const Owner& owner,
                const Entry& entry) {
  const Reading reading{context, field, owner, entry.value};
  switch (field.type) {
    case ValueType::text:
      return read_text(reading);
    case ValueType::choice:
      return read_choice(reading);
    case ValueType::name:
      return read_name(reading);
    case ValueType::names:
      return read_names(reading);
    case ValueType::integer:
      return read_integer(reading);
    case ValueType::boolean:
      return read_boolean(reading);
    case ValueType::probability:
      return read_probability(reading);
    case ValueType::size:
    case ValueType::rate:
    case ValueType::duration:
      return read_quantity(reading);
    case ValueType::popularity:
      return read_popularity(reading);
    case ValueType::io_priority:
      return read_io_priority(reading);
    case ValueType::expectation:
      return read_expectation(reading);
    case ValueType::error_name:
      return read_error_name(reading);
    case ValueType::netem:
      return read_netem(reading);
    case ValueType::operations:
      return read_operations(reading);
  }
  kev::check_failed("every type has a reader", __FILE__, __LINE__);
}

}  // namespace sim
