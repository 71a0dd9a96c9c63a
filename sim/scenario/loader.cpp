#include "sim/scenario/loader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "sim/report/metrics.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/limits.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/together.hpp"
#include "sim/scenario/values.hpp"

namespace sim {

namespace {

constexpr std::string_view first_scenario = "scenarios/tour/quickstart.toml is one to start from";

/// "[disk.main]", "[[fault]]", "the top of the file": where an unknown key was found.
std::string in_section(const Section& section, std::string_view name) {
  if (section.path.empty()) return "at the top of the file";
  if (section.kind == SectionKind::named) return fmt::format("in [{}.{}]", section.path, name);
  return fmt::format("in {}", section.title);
}

/// Names of sections directly inside `path`, as keys.
std::vector<std::string_view> subsections(std::string_view path) {
  std::vector<std::string_view> names;
  for (const Section& section : sections()) {
    const std::size_t dot = section.path.find('.');
    const std::string_view parent =
        dot == std::string_view::npos ? "" : section.path.substr(0, dot);
    if (!section.path.empty() && parent == path)
      names.push_back(dot == std::string_view::npos ? section.path : section.path.substr(dot + 1));
  }
  return names;
}

bool has_name(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A key that this section does not have but another has: people forget the [header].
std::string where_it_belongs(std::string_view key) {
  std::string place;
  for (const Field& field : fields()) {
    if (field.key != key) continue;
    if (!place.empty()) return {};  // several: no safe hint
    const Section* section = find_section(field.section);
    place = section->path.empty() ? "at the top of the file, above the first [table]"
                                  : fmt::format("in {}", section->title);
  }
  return place.empty() ? place : fmt::format("'{}' belongs {}", key, place);
}

class Loader {
 public:
  Loader(const Document& document, const Catalog& catalog)
      : document_(document), context_{document, catalog, errors_} {}

  kev::Result<Scenario> load() {
    scenario_.path = document_.path;
    if (is_newer_schema()) return tl::unexpected<kev::Errors>(errors_);
    for (const Section& section : sections()) read_section(section);
    fill_defaults();
    check_together(context_, scenario_);
    if (errors_.empty()) return scenario_;
    return tl::unexpected<kev::Errors>(errors_);
  }

 private:
  /// Keys of a newer format would all be "unknown": the version is the only thing to say.
  bool is_newer_schema() {
    const Entry* schema = document_.root.find("schema");
    if (schema == nullptr || schema->value.kind != NodeKind::integer) return false;
    if (schema->value.integer <= newest_schema) return false;
    context_.complain(schema->value.mark,
                      fmt::format("this scenario needs schema {}; this kevsim reads up to {}",
                                  schema->value.integer, newest_schema),
                      "a newer kevsim is needed");
    return true;
  }

  const Node* find_node(std::string_view path) const {
    const Node* node = &document_.root;
    while (!path.empty()) {
      const std::size_t dot = path.find('.');
      const Entry* entry = node->find(path.substr(0, dot));
      if (entry == nullptr) return nullptr;
      node = &entry->value;
      path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
    }
    return node;
  }

  void read_section(const Section& section) {
    const Node* node = find_node(section.path);
    if (node == nullptr) return missing_section(section);
    switch (section.kind) {
      case SectionKind::table:
        return read_table(section, *node);
      case SectionKind::named:
        return read_named(section, *node);
      case SectionKind::list:
        return read_list(section, *node);
      case SectionKind::limits:
        return read_limits(section, *node);
    }
  }

  void missing_section(const Section& section) {
    if (section.kind != SectionKind::table) return;
    for (const Field* field : fields_of(section.path))
      if (field->required)
        context_.complain(document_.root.mark, fmt::format("missing table {}", section.title),
                          fmt::format("it needs at least {} = {}", field->key, field->example));
  }

  void read_table(const Section& section, const Node& node) {
    if (node.kind != NodeKind::table) {
      const bool headers = node.kind == NodeKind::list && !node.items.empty() &&
                           node.items.front().kind == NodeKind::table;
      return context_.complain(
          node.mark, fmt::format("'{}' must be a table, not {}", section.path, describe(node.kind)),
          headers ? fmt::format("write {} once", section.title)
                  : fmt::format("write {} on a line of its own", section.title));
    }
    read_entries(section, node, {}, section.at(scenario_, 0));
  }

  void read_named(const Section& section, const Node& node) {
    const std::string hint = fmt::format("like [{}.{}]", section.path, section.usual_name);
    if (node.kind != NodeKind::table)
      return context_.complain(
          node.mark, fmt::format("'{}' must be tables with names, {}", section.path, section.title),
          hint);
    for (const Entry& entry : node.entries) {
      if (entry.value.kind != NodeKind::table) {
        context_.complain(entry.mark,
                          fmt::format("'{}' is outside of {}", entry.key, section.title), hint);
        continue;
      }
      if (!is_plain_name(entry.key)) {
        context_.complain(entry.mark, fmt::format("'{}' is not a name", entry.key),
                          "letters, digits, '-' and '_'");
        continue;
      }
      section.add(scenario_, entry.key);
      read_entries(section, entry.value, entry.key,
                   section.at(scenario_, section.count(scenario_) - 1));
    }
  }

  static bool is_plain_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return c < 0x80u && (std::isalnum(c) != 0 || c == '-' || c == '_');
    });
  }

  void read_list(const Section& section, const Node& node) {
    const bool tables = node.kind == NodeKind::list &&
                        std::all_of(node.items.begin(), node.items.end(),
                                    [](const Node& item) { return item.kind == NodeKind::table; });
    if (!tables)
      return context_.complain(node.mark,
                               fmt::format("'{}' must be a list of tables", section.path),
                               fmt::format("write {} with two brackets", section.title));
    for (const Node& item : node.items) {
      section.add(scenario_, {});
      read_entries(section, item, {}, section.at(scenario_, section.count(scenario_) - 1));
    }
  }

  /// The keys of one table: unknown ones in file order, known ones in the order of the field table.
  void read_entries(const Section& section, const Node& node, std::string_view name,
                    const Owner& owner) {
    const std::vector<std::string_view> tables = subsections(section.path);
    for (const Entry& entry : node.entries)
      if (find_field(section.path, entry.key) == nullptr && !has_name(tables, entry.key))
        complain_unknown(section, entry, name);
    const std::size_t errors_before = errors_.size();
    for (const Field* field : fields_of(section.path)) {
      // Which list the name must be in hangs on keys above; one of them is wrong, so nobody knows.
      if (field->also != nullptr && errors_.size() > errors_before) continue;
      if (const Entry* entry = node.find(field->key))
        read_field(context_, *field, owner, *entry);
      else if (field->required)
        context_.complain(node.mark, missing_key(section, *field, name),
                          fmt::format("add {} = {}", field->key, field->example));
    }
    if (DiskSpec* const* disk = std::get_if<DiskSpec*>(&owner))
      if (node.find("profile") == nullptr) choose_profile(**disk);
  }

  static std::string missing_key(const Section& section, const Field& field,
                                 std::string_view name) {
    return fmt::format("missing key '{}' {}", field.key, in_section(section, name));
  }

  /// The default profile is an hdd's; another kind takes the first of its list.
  void choose_profile(DiskSpec& disk) const {
    const Field* field = find_field("disk", "profile");
    const std::vector<NamedRow>& rows = context_.catalog.*field->names(Owner(&disk));
    if (!rows.empty() && !has_name(names_of(rows), disk.profile)) disk.profile = rows.front().name;
  }

  void complain_unknown(const Section& section, const Entry& entry, std::string_view name) const {
    const bool table = entry.value.kind == NodeKind::table ||
                       (entry.value.kind == NodeKind::list && !entry.value.items.empty() &&
                        entry.value.items.front().kind == NodeKind::table);
    const bool deepest = section.path.find('.') != std::string_view::npos ||
                         section.kind == SectionKind::named || section.kind == SectionKind::list;
    if (table && deepest)
      return context_.complain(entry.mark, "tables nest at most two deep",
                               fmt::format("'{}' is inside of {}", entry.key, section.title));
    std::vector<std::string_view> known = keys_of(section.path);
    if (table && section.path.empty()) known.clear();
    for (const std::string_view sub : subsections(section.path)) known.push_back(sub);
    std::string hint = did_you_mean(entry.key, known);
    if (hint.empty() && !table) hint = where_it_belongs(entry.key);
    if (hint.empty()) hint = fmt::format("known: {}", fmt::join(known, ", "));
    context_.complain(entry.mark,
                      fmt::format("unknown {} '{}' {}", table ? "table" : "key", entry.key,
                                  in_section(section, name)),
                      std::move(hint));
  }

  void read_limits(const Section& section, const Node& node) {
    if (node.kind != NodeKind::table)
      return context_.complain(node.mark, fmt::format("'{}' must be a table", section.path),
                               "like [limits] with \"latency.p99\" = \"< 500ms\"");
    for (const Entry& entry : node.entries) read_limit(entry.key, entry);
  }

  /// TOML reads an unquoted latency.p99 as a table in a table; both spellings are taken.
  void read_limit(const std::string& metric_name, const Entry& entry) {
    if (entry.value.kind == NodeKind::table) {
      for (const Entry& inner : entry.value.entries)
        read_limit(metric_name + "." + inner.key, inner);
      return;
    }
    const Metric* metric = find_metric(metric_name);
    if (metric == nullptr) {
      std::vector<std::string_view> names;
      for (const Metric& row : metrics()) names.push_back(row.name);
      std::string hint = did_you_mean(metric_name, names);
      if (hint.empty()) hint = "'kevsim list metrics' shows all";
      return context_.complain(
          entry.mark, fmt::format("unknown metric '{}' in [limits]", metric_name), std::move(hint));
    }
    if (entry.value.kind != NodeKind::string)
      return context_.complain(entry.value.mark,
                               fmt::format("the limit of '{}' must be a string, not {}",
                                           metric_name, describe(entry.value.kind)),
                               "like " + example_limit(*metric));
    const Parsed<LimitSpec> limit = parse_limit(*metric, entry.value.text);
    if (!limit)
      return context_.complain(entry.value.mark,
                               fmt::format("'{}' {}", metric_name, limit.error().message),
                               limit.error().hint);
    scenario_.limits.push_back(*limit);
  }

  void fill_defaults() {
    if (scenario_.disks.empty()) scenario_.disks.emplace_back();
    if (scenario_.links.empty()) scenario_.links.emplace_back();
    if (scenario_.workload.kind == event_queue_workload &&
        scenario_.workload.designs == WorkloadSpec{}.designs)
      scenario_.workload.designs = {"get-events", "ring-v4"};
  }

  const Document& document_;
  kev::Errors errors_;
  ReadContext context_;
  Scenario scenario_;
};

/// The file's errors by place, then the overrides' in the order they were given.
void sort_by_place(kev::Errors& errors, const std::vector<Override>& overrides) {
  const auto key = [&](const kev::Error& error) {
    std::size_t given = 0;
    while (error.place.line == 0 && given < overrides.size() &&
           overrides[given].text != error.source_line)
      ++given;
    return std::tuple(error.place.line == 0, given, error.place.line, error.place.column);
  };
  std::stable_sort(errors.begin(), errors.end(),
                   [&](const kev::Error& a, const kev::Error& b) { return key(a) < key(b); });
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isspace(c) != 0; });
}

}  // namespace

kev::Result<Scenario> parse_scenario(std::string_view text, const std::string& path,
                                     const Catalog& catalog,
                                     const std::vector<Override>& overrides) {
  if (is_blank(text))
    return kev::fail("the file is empty", kev::Place{path, 0, 0}, std::string(first_scenario));
  kev::Result<Document> document = parse_document(text, path);
  if (!document) return tl::unexpected<kev::Errors>(document.error());
  kev::Errors errors;
  for (const Override& override_ : overrides)
    if (const kev::Result<void> merged = apply_override(*document, override_); !merged)
      errors.insert(errors.end(), merged.error().begin(), merged.error().end());
  kev::Result<Scenario> scenario = Loader(*document, catalog).load();
  if (!scenario) errors.insert(errors.end(), scenario.error().begin(), scenario.error().end());
  if (errors.empty()) return scenario;
  sort_by_place(errors, overrides);
  return tl::unexpected<kev::Errors>(std::move(errors));
}

kev::Result<Scenario> load_scenario(const std::string& path, const Catalog& catalog,
                                    const std::vector<Override>& overrides) {
  const kev::Result<std::string> text = read_text_file(path);
  if (!text) return tl::unexpected<kev::Errors>(text.error());
  return parse_scenario(*text, path, catalog, overrides);
}

}  // namespace sim
