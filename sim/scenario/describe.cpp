#include <fmt/format.h>

#include "sim/report/figures.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/units.hpp"
#include "sim/scenario/values.hpp"

namespace sim {

namespace {

std::string header(const Section& section, const Scenario& scenario, std::size_t index) {
  switch (section.kind) {
    case SectionKind::table:
      return fmt::format("[{}]", section.path);
    case SectionKind::named:
      return fmt::format("[{}.{}]", section.path, *section.name(scenario, index));
    case SectionKind::list:
      return fmt::format("[[{}]]", section.path);
    case SectionKind::limits:
      return fmt::format("[{}]", section.path);
  }
  return {};
}

/// "latency.p99 < 500ms" as `"latency.p99" = "< 500ms"`.
std::string limit_line(const LimitSpec& limit) {
  return fmt::format("{} = {}\n", in_quotes(limit.metric),
                     in_quotes(std::string_view(limit.text).substr(limit.metric.size() + 1)));
}

}  // namespace

std::string to_toml(const Scenario& scenario) {
  Scenario copy = scenario;  // owners are not const
  std::string text;
  for (const Section& section : sections()) {
    if (section.kind == SectionKind::limits) {
      if (!copy.limits.empty()) text += "\n[limits]\n";
      for (const LimitSpec& limit : copy.limits) text += limit_line(limit);
      continue;
    }
    for (std::size_t i = 0; i < section.count(copy); ++i) {
      if (!section.path.empty()) text += fmt::format("\n{}\n", header(section, copy, i));
      for (const Field* field : fields_of(section.path)) {
        const std::string value = write_field(*field, section.at(copy, i));
        if (!value.empty()) text += fmt::format("{} = {}\n", field->key, value);
      }
    }
  }
  return text;
}

kev::Result<Scenario> default_scenario(const Catalog& catalog,
                                       const std::vector<Override>& overrides) {
  std::string text;
  for (const Section& section : sections()) {
    if (section.kind != SectionKind::table) continue;
    std::string keys;
    for (const Field* field : fields_of(section.path))
      if (field->required) keys += fmt::format("{} = {}\n", field->key, field->example);
    if (!keys.empty() && !section.path.empty()) text += fmt::format("[{}]\n", section.path);
    text += keys;
  }
  return parse_scenario(text, "built-in defaults", catalog, overrides);
}

std::string describe_machine(const Scenario& scenario) {
  std::string text =
      fmt::format("{} CPU{} {}, {}", scenario.machine.cpus, scenario.machine.cpus == 1 ? "" : "s",
                  scenario.machine.costs, format_size(scenario.machine.memory_bytes));
  if (scenario.workload.kind == event_queue_workload ||
      scenario.workload.kind == queue_program_workload)
    return text;
  for (const DiskSpec& disk : scenario.disks)
    text += fmt::format("; {} {}, {}", disk.kind, disk.profile, disk.elevator);
  text += fmt::format("; readahead {}", scenario.cache.readahead);
  for (const LinkSpec& link : scenario.links) {
    text += fmt::format("; {}, rtt {}", write_quantity(Quantity::rate, link.rate_bytes_per_s),
                        write_quantity(Quantity::duration, link.rtt.ns()));
    if (link.loss > 0) text += fmt::format(", loss {}", link.loss);
    if (!link.netem.empty()) text += fmt::format(", netem {}", link.netem);
    if (link.hosts > 0) text += fmt::format(", {} hosts", link.hosts);
  }
  return text;
}

}  // namespace sim
