#include <fmt/format.h>

#include "model/base/check.hpp"
#include "sim/scenario/units.hpp"
#include "sim/scenario/values.hpp"

namespace sim {

namespace {

std::string write_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + in_quotes(name);
  return "[" + text + "]";
}

std::string write_operations(const std::vector<ProgramStep>& operations) {
  std::vector<std::string> lines;
  for (const ProgramStep& operation : operations) lines.push_back(operation.text);
  return write_names(lines);
}

std::string write_error_name(int number) {
  for (const ErrorName& row : error_names())
    if (row.number == number) return in_quotes(row.name);
  return {};
}

std::string write_probability(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

Quantity quantity_of(ValueType type) {
  return type == ValueType::size   ? Quantity::size
         : type == ValueType::rate ? Quantity::rate
                                   : Quantity::duration;
}

std::string write_field(const Field& field, const Owner& owner) {
  const Slot slot = field.slot(owner);
  switch (field.type) {
    case ValueType::text:
    case ValueType::choice:
    case ValueType::name:
    case ValueType::popularity:
    case ValueType::io_priority:
    case ValueType::expectation:
    case ValueType::netem:
      return in_quotes(*std::get<std::string*>(slot));
    case ValueType::names:
      return write_names(*std::get<std::vector<std::string>*>(slot));
    case ValueType::integer:
      if (int* const* small = std::get_if<int*>(&slot)) return fmt::format("{}", **small);
      if (const auto* maybe = std::get_if<std::optional<std::int64_t>*>(&slot))
        return **maybe ? fmt::format("{}", ***maybe) : "";
      return fmt::format("{}", *std::get<std::int64_t*>(slot));
    case ValueType::boolean:
      return *std::get<bool*>(slot) ? "true" : "false";
    case ValueType::probability:
      if (const auto* maybe = std::get_if<std::optional<double>*>(&slot))
        return **maybe ? write_probability(***maybe) : "";
      return write_probability(*std::get<double*>(slot));
    case ValueType::size:
    case ValueType::rate:
      if (const auto* maybe = std::get_if<std::optional<std::int64_t>*>(&slot))
        return **maybe ? in_quotes(write_quantity(quantity_of(field.type), ***maybe)) : "";
      return in_quotes(write_quantity(quantity_of(field.type), *std::get<std::int64_t*>(slot)));
    case ValueType::duration:
      if (const auto* maybe = std::get_if<std::optional<kev::Duration>*>(&slot))
        return **maybe ? in_quotes(write_quantity(Quantity::duration, (**maybe)->ns())) : "";
      return in_quotes(write_quantity(Quantity::duration, std::get<kev::Duration*>(slot)->ns()));
    case ValueType::error_name:
      return write_error_name(*std::get<int*>(slot));
    case ValueType::operations:
      return write_operations(*std::get<std::vector<ProgramStep>*>(slot));
  }
  kev::check_failed("every type has a writer", __FILE__, __LINE__);
}

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::text:
      return "text";
    case ValueType::choice:
      return "choice";
    case ValueType::name:
      return "name";
    case ValueType::names:
      return "names";
    case ValueType::integer:
      return "integer";
    case ValueType::boolean:
      return "boolean";
    case ValueType::probability:
      return "probability";
    case ValueType::size:
      return "size";
    case ValueType::rate:
      return "rate";
    case ValueType::duration:
      return "duration";
    case ValueType::popularity:
      return "popularity";
    case ValueType::expectation:
      return "expectation";
    case ValueType::error_name:
      return "error";
    case ValueType::netem:
      return "netem";
    case ValueType::operations:
      return "operations";
    case ValueType::io_priority:
      return "I/O priority";
  }
  kev::check_failed("every type has a name", __FILE__, __LINE__);
}

std::string allowed_values(const Field& field) {
  switch (field.type) {
    case ValueType::choice: {
      std::string joined;
      for (const std::string_view choice : field.choices) {
        joined += joined.empty() ? "" : " | ";
        joined += choice;
      }
      return joined;
    }
    case ValueType::integer:
      if (field.range.least == field.range.most) return fmt::format("{}", field.range.least);
      return fmt::format("{}{}..{}", field.range.or_zero ? "0 | " : "", field.range.least,
                         field.range.most);
    case ValueType::probability:
      return "0..1";
    case ValueType::size:
    case ValueType::rate:
    case ValueType::duration:
      return fmt::format("{}..{}", write_quantity(quantity_of(field.type), field.range.least),
                         write_quantity(quantity_of(field.type), field.range.most));
    case ValueType::popularity:
      return "uniform | sequential | zipf:EXPONENT";
    case ValueType::io_priority:
      return "none | realtime:LEVEL | best-effort:LEVEL | idle";
    case ValueType::expectation:
      return "ok | violation:PROPERTY";
    case ValueType::name:
    case ValueType::names: {
      // Which list it is may depend on the owner; a fresh one has the default.
      Scenario fresh;
      fresh.disks.emplace_back();
      fresh.links.emplace_back();
      fresh.faults.emplace_back();
      fresh.writers.emplace_back();
      const Section* section = find_section(field.section);
      const std::string list(catalog_list(field.names(section->at(fresh, 0))).kind);
      return "kevsim list " + list +
             (field.also == nullptr ? "" : fmt::format(" or {}", catalog_list(field.also).kind));
    }
    case ValueType::error_name:
      return "kevsim list errors";
    case ValueType::netem:
      return "words of tc-netem(8)";
    case ValueType::operations:
      return "kevsim list operations";
    case ValueType::text:
    case ValueType::boolean:
      return {};
  }
  return {};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20u || byte == 0x7fu)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace sim
