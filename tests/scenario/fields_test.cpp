// The table of fields: every row works, the schema comes from it, and what is written is read back.

#include <fmt/format.h>
#include <rapidcheck.h>
#include <rapidcheck/catch.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sim/report/diagnostics.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/schema.hpp"
#include "sim/scenario/values.hpp"
#include "tests/scenario/sample_catalog.hpp"

namespace {

using sim_test::sample_catalog;

sim::Scenario read_back(const sim::Scenario& scenario) {
  const std::string text = sim::to_toml(scenario);
  const auto read = sim::parse_scenario(text, scenario.path, sample_catalog());
  INFO(text << (read ? "" : sim::format_errors(read.error())));
  RC_ASSERT(read.has_value());
  return *read;
}

std::string any_name(const std::vector<sim::NamedRow>& rows) {
  return (*rc::gen::elementOf(rows)).name;
}

/// A random good value in the field's member.
void randomize(const sim::Field& field, const sim::Owner& owner) {
  const sim::Slot slot = field.slot(owner);
  const sim::Catalog names = sample_catalog();
  const auto number = [&]() -> std::int64_t {
    if (field.range.or_zero && *rc::gen::arbitrary<bool>()) return 0;
    const std::int64_t span = std::min<std::int64_t>(field.range.most - field.range.least, 1 << 30);
    return field.range.least + *rc::gen::inRange<std::int64_t>(0, span + 1);
  };
  using Type = sim::ValueType;
  if (field.type == Type::text)
    *std::get<std::string*>(slot) =
        *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 126));
  if (field.type == Type::choice)
    *std::get<std::string*>(slot) = *rc::gen::elementOf(
        std::vector<std::string_view>(field.choices.begin(), field.choices.end()));
  if (field.type == Type::name) *std::get<std::string*>(slot) = any_name(names.*field.names(owner));
  if (field.type == Type::names)
    *std::get<std::vector<std::string>*>(slot) = {any_name(names.*field.names(owner))};
  if (field.type == Type::integer || field.type == Type::size || field.type == Type::rate ||
      field.type == Type::duration)
    sim::store_number(slot, number());
  if (field.type == Type::boolean) *std::get<bool*>(slot) = *rc::gen::arbitrary<bool>();
  if (field.type == Type::probability) {
    const double value = *rc::gen::inRange(0, 1000) / 1000.0;
    if (const auto* maybe = std::get_if<std::optional<double>*>(&slot))
      **maybe = value;
    else
      *std::get<double*>(slot) = value;
  }
  if (field.type == Type::popularity)
    *std::get<std::string*>(slot) =
        *rc::gen::element<std::string>("uniform", "sequential", "zipf:1.25");
  if (field.type == Type::expectation)
    *std::get<std::string*>(slot) =
        *rc::gen::element<std::string>("ok", "violation:bytes_in_order");
  if (field.type == Type::netem)
    *std::get<std::string*>(slot) =
        *rc::gen::element<std::string>("", "delay 10ms loss 1% 25%", "rate 1mbit");
  if (field.type == Type::error_name)
    *std::get<int*>(slot) = *rc::gen::element(0, sim::error_names().front().number);
}

sim::Scenario random_scenario() {
  sim::Scenario scenario;
  scenario.path = "random.toml";
  scenario.disks.resize(static_cast<std::size_t>(*rc::gen::inRange(1, 4)));
  scenario.links.resize(static_cast<std::size_t>(*rc::gen::inRange(1, 4)));
  scenario.faults.resize(static_cast<std::size_t>(*rc::gen::inRange(0, 3)));
  for (std::size_t i = 0; i < scenario.disks.size(); ++i)
    scenario.disks[i].name = fmt::format("disk{}", 9 - i);
  for (std::size_t i = 0; i < scenario.links.size(); ++i)
    scenario.links[i].name = fmt::format("link-{}", 9 - i);
  for (const sim::Section& section : sim::sections())
    for (std::size_t i = 0; section.at != nullptr && i < section.count(scenario); ++i)
      for (const sim::Field* field : sim::fields_of(section.path))
        randomize(*field, section.at(scenario, i));
  if (scenario.workload.kind == sim::queue_program_workload) {
    scenario.threads = {{"W1", {}}};
  } else {
    scenario.disks.resize(1);
    for (sim::LinkSpec& link : scenario.links) link.hosts = std::max<std::int64_t>(link.hosts, 1);
  }
  for (const auto& [limit, least] :
       {std::pair(&scenario.tcp.send_buffer_max_bytes, scenario.tcp.send_buffer_bytes),
        std::pair(&scenario.tcp.receive_buffer_max_bytes, scenario.tcp.receive_buffer_bytes)})
    if (*limit != 0) *limit = std::max(*limit, least);
  for (sim::FaultSpec& fault : scenario.faults)
    if (fault.at == "clock.forward" && scenario.workload.kind == sim::file_server_workload)
      fault.at = "disk.read";
  for (sim::FaultSpec& fault : scenario.faults) {
    if (!fault.at.starts_with("disk.")) fault.offset = fault.length = 0;
    if (fault.until) fault.until = std::max(*fault.until, fault.after + kev::Duration(1));
  }
  for (sim::LinkSpec& link : scenario.links) {
    if (link.netem.empty()) continue;
    sim::LinkSpec other;
    other.name = link.name;
    other.netem = link.netem;
    other.hosts = link.hosts;
    link = other;
  }
  using Relation = sim::LimitSpec::Relation;
  scenario.limits = {{"latency.p99", Relation::less, 5e6, "latency.p99 < 5ms"}};
  return scenario;
}

}  // namespace

TEST_CASE("a scenario that is written is read back, whatever its values") {
  rc::prop("round trip", [] {
    const sim::Scenario scenario = random_scenario();
    RC_ASSERT(read_back(scenario) == scenario);
  });
}

TEST_CASE("the example of every field is a good value for it") {
  for (const sim::Field& field : sim::fields()) {
    const sim::Section* section = sim::find_section(field.section);
    REQUIRE(section != nullptr);
    std::string path(field.section);
    if (section->kind == sim::SectionKind::named) path += ".x";
    if (section->kind == sim::SectionKind::list) path += ".0";
    const std::string line =
        fmt::format("{}{}{}={}", path, path.empty() ? "" : ".", field.key, field.example);
    std::vector<sim::Override> overrides = {{line}};
    if (!section->only_for.empty())
      overrides.push_back({fmt::format("workload.kind={}", section->only_for)});
    if (section->kind == sim::SectionKind::list)
      for (const sim::Field* other : sim::fields_of(field.section))
        if (other->key != field.key)
          overrides.push_back({fmt::format("{}.{}={}", path, other->key, other->example)});
    const auto scenario = sim::default_scenario(sample_catalog(), overrides);
    INFO(line << "\n" << (scenario ? "" : sim::format_errors(scenario.error())));
    CHECK(scenario);
  }
}

TEST_CASE("every field has a unique key, a documentation and a default within its range") {
  std::set<std::string> seen;
  for (const sim::Field& field : sim::fields()) {
    INFO(field.section << "." << field.key);
    CHECK(seen.insert(fmt::format("{}.{}", field.section, field.key)).second);
    CHECK(!field.doc.empty());
    CHECK(!sim::type_name(field.type).empty());
    const bool ranged = field.type == sim::ValueType::integer ||
                        field.type == sim::ValueType::size || field.type == sim::ValueType::rate ||
                        field.type == sim::ValueType::duration;
    CHECK((field.range.most > 0) == ranged);
    const bool named = field.type == sim::ValueType::name || field.type == sim::ValueType::names;
    CHECK((field.names != nullptr) == named);
    CHECK((field.type == sim::ValueType::choice) == !field.choices.empty());
  }
}

TEST_CASE("the schema knows exactly the keys of the table") {
  const auto schema = nlohmann::json::parse(sim::json_schema(sample_catalog()));
  CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(schema["required"] == nlohmann::json({"schema", "workload"}));
  std::size_t keys = 0;
  for (const sim::Section& section : sim::sections()) {
    nlohmann::json table = schema;
    if (!section.path.empty()) {
      std::string pointer = "/properties/" + std::string(section.path);
      const std::size_t dot = pointer.find('.');
      if (dot != std::string::npos) pointer.replace(dot, 1, "/properties/");
      table = schema.at(nlohmann::json::json_pointer(pointer));
    }
    if (section.kind == sim::SectionKind::named) table = table["additionalProperties"];
    if (section.kind == sim::SectionKind::list) table = table["items"];
    INFO(section.path);
    CHECK(table["additionalProperties"] == false);
    for (const sim::Field* field : sim::fields_of(section.path)) {
      ++keys;
      CHECK(table["properties"].at(std::string(field->key)).at("description") == field->doc);
    }
  }
  CHECK(keys == sim::fields().size());
  const nlohmann::json ring = schema["properties"]["program"]["properties"]["ring"]["anyOf"];
  CHECK(ring[0]["const"] == 0);
  CHECK(ring[1]["minimum"] == 2);
  CHECK(schema["properties"]["disk"]["additionalProperties"]["properties"]["profile"]["enum"] ==
        nlohmann::json({"deskstar-7k500", "cheetah-15k5", "sata-2010"}));
}

TEST_CASE("random bytes are a scenario or errors, never a crash") {
  rc::prop("bytes", [](const std::string& text) {
    const auto scenario = sim::parse_scenario(text, "x", sample_catalog());
    if (!scenario) RC_ASSERT(!sim::format_errors(scenario.error()).empty());
  });
}

TEST_CASE("a good file with bytes changed is a scenario or errors, never a crash") {
  sim::Scenario scenario;
  scenario.disks.emplace_back();
  scenario.links.emplace_back();
  scenario.faults.push_back({"alloc", 0.5, 0});
  const std::string good = sim::to_toml(scenario);
  rc::prop("mutations", [&good] {
    std::string text = good;
    const int changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i) {
      const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
      const int kind = *rc::gen::inRange(0, 3);
      if (kind == 0) text.erase(at, *rc::gen::inRange<std::size_t>(1, 9));
      if (kind == 1)
        text.insert(at, 1, *rc::gen::elementOf(std::string("[]{}=.\"'#,\n\\-0aé\xff")));
      if (kind == 2) text[at] = *rc::gen::arbitrary<char>();
      if (text.empty()) break;
    }
    const auto loaded = sim::parse_scenario(text, "x", sample_catalog(), {{text}});
    if (!loaded) RC_ASSERT(!sim::format_errors(loaded.error()).empty());
  });
}

TEST_CASE("random overrides never crash") {
  rc::prop("overrides", [](const std::string& text) {
    const auto key = *rc::gen::element<std::string>(
        "", "fault.", "limits.", "disk.", "workload=", "workload.files.", "fault.0.", "fault.0=");
    const auto loaded = sim::default_scenario(sample_catalog(), {{key + text}, {text}});
    if (!loaded) RC_ASSERT(!sim::format_errors(loaded.error()).empty());
  });
}
