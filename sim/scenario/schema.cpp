#include "sim/scenario/schema.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/base/check.hpp"
#include "sim/report/metrics.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/units.hpp"
#include "sim/scenario/values.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* zipf_pattern = "^(uniform|sequential|zipf:[0-9]+(\\.[0-9]+)?)$";
constexpr const char* io_priority_pattern = "^(none|idle|(realtime|best-effort)(:[0-7])?)$";

void add_names(Json& names, const std::vector<NamedRow>& rows) {
  for (const NamedRow& row : rows) names.push_back(row.name);
}

/// All lists that the field's name may be of.
Json known_names(const Field& field, const Catalog& catalog) {
  Scenario fresh;
  fresh.disks.emplace_back();
  fresh.links.emplace_back();
  fresh.threads.emplace_back();
  fresh.faults.emplace_back();
  fresh.writers.emplace_back();
  Json names = Json::array();
  add_names(names, catalog.*field.names(find_section(field.section)->at(fresh, 0)));
  if (field.also != nullptr) add_names(names, catalog.*field.also);
  return names;
}

Json names_with_prefix(const std::vector<NamedRow>& rows, std::string_view prefix) {
  Json names = Json::array();
  for (const NamedRow& row : rows) names.push_back(std::string(prefix) + row.name);
  return names;
}

Json name_schema(const Field& field, const Catalog& catalog) {
  Json known = {{"enum", known_names(field, catalog)}};
  const std::string_view files = catalog.disks_hdd_files.pattern;
  if (field.also != &Catalog::disks_ssd || files.empty()) return known;
  return {{"anyOf", {known, {{"type", "string"}, {"pattern", files}}}}};
}

Json integer_schema(const Range& range) {
  if (range.least == range.most) return {{"const", range.least}};
  Json numbers = {{"type", "integer"}, {"minimum", range.least}, {"maximum", range.most}};
  if (!range.or_zero) return numbers;
  return {{"anyOf", {{{"const", 0}}, std::move(numbers)}}};
}

Json value_schema(const Field& field, const Catalog& catalog) {
  switch (field.type) {
    case ValueType::text:
    case ValueType::netem:
      return {{"type", "string"}};
    case ValueType::choice: {
      Json choices = Json::array();
      for (const std::string_view choice : field.choices) choices.push_back(choice);
      return {{"enum", choices}};
    }
    case ValueType::name:
      return name_schema(field, catalog);
    case ValueType::names:
      return {{"type", "array"},
              {"items", {{"enum", known_names(field, catalog)}}},
              {"minItems", 1},
              {"uniqueItems", true}};
    case ValueType::integer:
      return integer_schema(field.range);
    case ValueType::boolean:
      return {{"type", "boolean"}};
    case ValueType::probability:
      return {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
    case ValueType::size:
    case ValueType::rate:
    case ValueType::duration:
      return {{"type", "string"}, {"pattern", quantity_pattern(quantity_of(field.type))}};
    case ValueType::popularity:
      return {{"type", "string"}, {"pattern", zipf_pattern}};
    case ValueType::io_priority:
      return {{"type", "string"}, {"pattern", io_priority_pattern}};
    case ValueType::expectation: {
      Json values = names_with_prefix(catalog.properties, "violation:");
      values.insert(values.begin(), "ok");
      return {{"enum", values}};
    }
    case ValueType::error_name: {
      Json names = Json::array();
      for (const ErrorName& row : error_names()) names.push_back(row.name);
      return {{"enum", names}};
    }
    case ValueType::operations:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
  }
  kev::check_failed("every type has a schema", __FILE__, __LINE__);
}

/// The default as JSON: TOML's numbers, booleans, strings and lists of these read the same in both.
Json default_value(const Field& field) {
  Scenario fresh;
  fresh.disks.emplace_back();
  fresh.links.emplace_back();
  fresh.threads.emplace_back();
  fresh.faults.emplace_back();
  fresh.writers.emplace_back();
  const std::string text = write_field(field, find_section(field.section)->at(fresh, 0));
  return text.empty() ? Json() : Json::parse(text);
}

Json table_schema(std::string_view path, std::string_view doc, const Catalog& catalog) {
  Json table = {{"type", "object"}, {"description", doc}, {"additionalProperties", false}};
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field* field : fields_of(path)) {
    Json value = value_schema(*field, catalog);
    value["description"] = field->doc;
    if (field->required)
      required.push_back(field->key);
    else if (const Json usual = default_value(*field); !usual.is_null())
      value["default"] = usual;
    properties[std::string(field->key)] = std::move(value);
  }
  table["properties"] = std::move(properties);
  if (!required.empty()) table["required"] = std::move(required);
  return table;
}

Json limits_schema(std::string_view doc) {
  Json properties = Json::object();
  for (const Metric& metric : metrics())
    properties[std::string(metric.name)] = {{"type", "string"},
                                            {"pattern", "^ *(<|<=|>|>=) *[0-9]"},
                                            {"description", metric.description}};
  return {{"type", "object"},
          {"description", doc},
          {"additionalProperties", false},
          {"properties", std::move(properties)}};
}

Json section_schema(const Section& section, const Catalog& catalog) {
  switch (section.kind) {
    case SectionKind::table:
      return table_schema(section.path, section.doc, catalog);
    case SectionKind::named:
      return {{"type", "object"},
              {"description", section.doc},
              {"propertyNames", {{"pattern", "^[A-Za-z0-9_-]+$"}}},
              {"additionalProperties", table_schema(section.path, section.doc, catalog)}};
    case SectionKind::list:
      return {{"type", "array"},
              {"description", section.doc},
              {"items", table_schema(section.path, section.doc, catalog)}};
    case SectionKind::limits:
      return limits_schema(section.doc);
  }
  kev::check_failed("every kind of section has a schema", __FILE__, __LINE__);
}

}  // namespace

std::string json_schema(const Catalog& catalog) {
  Json root = {{"$schema", "http://json-schema.org/draft-07/schema#"},
               {"title", "kevsim scenario"}};
  root.update(table_schema("", find_section("")->doc, catalog));
  Json& properties = root["properties"];
  for (const Section& section : sections()) {
    if (section.path.empty()) continue;
    const std::size_t dot = section.path.find('.');
    const std::string name(section.path.substr(dot == std::string_view::npos ? 0 : dot + 1));
    Json& parent = dot == std::string_view::npos
                       ? properties
                       : properties[std::string(section.path.substr(0, dot))]["properties"];
    parent[name] = section_schema(section, catalog);
  }
  // A file without the table misses the keys that the table requires.
  for (const Section& section : sections()) {
    if (section.path.empty() || section.kind != SectionKind::table) continue;
    for (const Field* field : fields_of(section.path))
      if (field->required) root["required"].push_back(section.path);
  }
  return root.dump(2) + "\n";
}

}  // namespace sim
