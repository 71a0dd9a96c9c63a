#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/metrics.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/values.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/world/run.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<NamedRow>;

Rows metric_rows() {
  Rows rows;
  for (const Metric& metric : metrics())
    rows.push_back({std::string(metric.name), std::string(metric.description)});
  return rows;
}

Rows strategy_rows() {
  Rows rows;
  for (const StrategyRow& row : strategies())
    rows.push_back({std::string(row.name), std::string(row.description)});
  return rows;
}

Rows error_rows() {
  Rows rows;
  for (const ErrorName& error : error_names())
    rows.push_back({std::string(error.name), std::string(error.description)});
  return rows;
}

/// Everything that can be listed as names with descriptions, and what it is.
struct Listing {
  std::string kind;
  std::string description;
  Rows rows;
};

std::vector<Listing> listings() {
  const Catalog names = catalog();
  std::vector<Listing> all;
  for (const CatalogList& list : catalog_lists())
    all.push_back({std::string(list.kind), std::string(list.description), names.*list.rows});
  all.push_back({"metrics", "figures that [limits] may name", metric_rows()});
  all.push_back({"strategies", "how schedules are explored", strategy_rows()});
  all.push_back({"errors", "errors that a [[fault]] may name", error_rows()});
  return all;
}

std::string default_of(const Field& field) {
  Scenario fresh;
  fresh.disks.emplace_back();
  fresh.links.emplace_back();
  fresh.threads.emplace_back();
  fresh.faults.emplace_back();
  fresh.writers.emplace_back();
  return field.required ? "" : write_field(field, find_section(field.section)->at(fresh, 0));
}

/// A field's type, and its range or names.
std::string value_of(const Field& field) {
  const std::string allowed = allowed_values(field);
  const std::string type(type_name(field.type));
  return allowed.empty() ? type : fmt::format("{} ({})", type, allowed);
}

std::string fields_text() {
  std::string text;
  for (const Section& section : sections()) {
    text += fmt::format("{}{}  # {}\n", text.empty() ? "" : "\n", section.title, section.doc);
    if (section.kind == SectionKind::limits) text += "  keys: see 'kevsim list metrics'\n";
    for (const Field* field : fields_of(section.path)) {
      const std::string usual = default_of(*field);
      text += fmt::format("  {:<15} {}\n", field->key, field->doc);
      text += fmt::format("  {:<15}   {}{}\n", "", value_of(*field),
                          field->required ? ", required"
                          : usual.empty() ? ""
                                          : fmt::format(", default {}", usual));
    }
  }
  return text;
}

Json fields_json() {
  Json rows = Json::array();
  for (const Field& field : fields())
    rows.push_back({{"section", field.section},
                    {"key", field.key},
                    {"type", type_name(field.type)},
                    {"allowed", allowed_values(field)},
                    {"default", default_of(field)},
                    {"required", field.required},
                    {"description", field.doc}});
  return rows;
}

std::string rows_text(const Rows& rows) {
  std::size_t widest = 0;
  for (const NamedRow& row : rows) widest = std::max(widest, row.name.size());
  std::string text;
  for (const NamedRow& row : rows)
    text += fmt::format("{:<{}}  {}\n", row.name, widest, row.description);
  return text;
}

std::string rows_json(const std::string& kind, const Rows& rows) {
  Json list = Json::array();
  for (const NamedRow& row : rows)
    list.push_back({{"name", row.name}, {"description", row.description}});
  return Json({{"kind", kind}, {"rows", std::move(list)}}).dump(2) + "\n";
}

}  // namespace

ExitCode list_command(const ListArguments& arguments) {
  const Console console(arguments.output);
  const std::string& kind = arguments.kind;
  if (kind == "fields") {
    console.print(console.json() ? Json({{"kind", kind}, {"rows", fields_json()}}).dump(2) + "\n"
                                 : fields_text());
    return ExitCode::ok;
  }
  const std::vector<Listing> all = listings();
  Rows kinds = {{"fields", "the keys of scenario files"}};
  std::vector<std::string_view> names = {"fields"};
  for (const Listing& listing : all) {
    kinds.push_back({listing.kind, listing.description});
    names.push_back(listing.kind);
  }
  const Rows* rows = kind.empty() ? &kinds : nullptr;
  for (const Listing& listing : all)
    if (listing.kind == kind) rows = &listing.rows;
  if (rows == nullptr) {
    std::string hint = did_you_mean(kind, names);
    if (hint.empty()) hint = "'kevsim list' shows what can be listed";
    console.print_errors(kev::fail(fmt::format("nothing called '{}' can be listed", kind),
                                   {"kevsim list", 0, 0}, std::move(hint))
                             .value());
    return ExitCode::bad_usage;
  }
  console.print(console.json() ? rows_json(kind.empty() ? "kinds" : kind, *rows)
                               : rows_text(*rows));
  return ExitCode::ok;
}

}  // namespace sim
