#include "sim/scenario/together.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/scenario/fields.hpp"

namespace sim {

namespace {

constexpr std::string_view kill_fault = "process.kill";
constexpr std::string_view clock_faults = "clock.";

/// The tables of a list, as the file has them; empty when there is no such list.
std::span<const Node> tables_of(const Document& document, std::string_view list) {
  const Entry* const entry = document.root.find(list);
  if (entry == nullptr || entry->value.kind != NodeKind::list) return {};
  return entry->value.items;
}

/// The workload is the one that is written, not a default in the place of a misspelt one.
bool workload_is_known(const Document& document, const Scenario& scenario) {
  const Entry* const workload = document.root.find("workload");
  const Entry* const kind = workload == nullptr ? nullptr : workload->value.find("kind");
  return kind != nullptr && kind->value.text == scenario.workload.kind;
}

/// It would be passed over.
void check_lists_of_others(const ReadContext& context, const Scenario& scenario) {
  for (const Section& section : sections()) {
    if (section.only_for.empty() || section.only_for == scenario.workload.kind) continue;
    const std::span<const Node> tables = tables_of(context.document, section.path);
    if (tables.empty()) continue;
    context.complain(tables.front().mark,
                     fmt::format("workload '{}' has no {}", scenario.workload.kind, section.title),
                     fmt::format("leave it out, or use workload '{}'", section.only_for));
  }
}

/// There is one process: writers would die with the server, and nobody would start them again.
void check_writers_survive(const ReadContext& context, const Scenario& scenario) {
  if (scenario.writers.empty()) return;
  const std::span<const Node> tables = tables_of(context.document, "fault");
  const std::size_t count = std::min(tables.size(), scenario.faults.size());
  for (std::size_t i = 0; i < count; ++i)
    if (scenario.faults[i].at == kill_fault)
      context.complain(tables[i].find("at")->value.mark,
                       "process.kill cannot strike a server that has a [[writer]] beside it",
                       "leave the writers out, or use another fault");
}

/// They would be passed over: a file server's programs wait without an end.
void check_clock_is_used(const ReadContext& context, const Scenario& scenario) {
  const std::span<const Node> tables = tables_of(context.document, "fault");
  const std::size_t count = std::min(tables.size(), scenario.faults.size());
  for (std::size_t i = 0; i < count; ++i)
    if (scenario.faults[i].at.starts_with(clock_faults))
      context.complain(tables[i].find("at")->value.mark,
                       fmt::format("{} cannot strike a file server: nobody waits until an instant",
                                   scenario.faults[i].at),
                       fmt::format("use workload '{}', or another fault", event_queue_workload));
}

/// A rule that cannot strike, or that says what means nothing for its kind, would be passed over.
void check_faults_can_strike(const ReadContext& context, const Scenario& scenario) {
  const std::span<const Node> tables = tables_of(context.document, "fault");
  const std::size_t count = std::min(tables.size(), scenario.faults.size());
  const auto place = [&](std::size_t i, std::string_view key) {
    const Entry* const entry = tables[i].find(key);
    return entry == nullptr ? tables[i].mark : entry->value.mark;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const FaultSpec& fault = scenario.faults[i];
    if (fault.until && *fault.until <= fault.after)
      context.complain(place(i, "until"), "this fault ends before it begins",
                       "'until' comes later than 'after'");
    const bool has_bytes = fault.at.starts_with("disk.") || fault.at.starts_with("cache.");
    for (const auto& [key, bytes] :
         {std::pair("offset", fault.offset), std::pair("length", fault.length)})
      if (bytes != 0 && !has_bytes)
        context.complain(place(i, key), fmt::format("'{}' means nothing for {}", key, fault.at),
                         "it is for disk.* and cache.*");
  }
}

/// Where [SECTION.NAME] is; the file's beginning when it has none.
Mark mark_of(const Document& document, std::string_view section, std::string_view name) {
  const Entry* const tables = document.root.find(section);
  const Entry* const table = tables == nullptr ? nullptr : tables->value.find(name);
  return table == nullptr ? document.root.mark : table->mark;
}

void check_devices_are_used(const ReadContext& context, const Scenario& scenario) {
  if (scenario.disks.size() > 1)
    context.complain(mark_of(context.document, "disk", scenario.disks[1].name),
                     fmt::format("workload '{}' uses one disk, but the scenario has {}",
                                 scenario.workload.kind, scenario.disks.size()),
                     "keep one [disk.NAME]");
  for (std::size_t i = 1; i < scenario.links.size(); ++i)
    if (scenario.links[i].hosts == 0)
      context.complain(mark_of(context.document, "link", scenario.links[i].name),
                       fmt::format("nobody has a link like '{}'", scenario.links[i].name),
                       "hosts = 1, or more, in its section");
}

/// Both would say the same thing, perhaps differently.
void check_netem_is_alone(const ReadContext& context, const Scenario& scenario) {
  constexpr std::string_view said_by_netem[] = {"loss",        "loss_correlation", "burst_enter",
                                                "burst_leave", "burst_loss",       "duplicate",
                                                "corrupt",     "reorder",          "jitter"};
  LinkSpec usual;
  for (LinkSpec link : scenario.links) {
    if (link.netem.empty()) continue;
    for (const std::string_view key : said_by_netem) {
      const Field& field = *find_field("link", key);
      if (write_field(field, &link) == write_field(field, &usual)) continue;
      const Entry* const links = context.document.root.find("link");
      const Entry* const table = links == nullptr ? nullptr : links->value.find(link.name);
      const Entry* const entry = table == nullptr ? nullptr : table->value.find(key);
      context.complain(
          entry == nullptr ? context.document.root.mark : entry->mark,
          fmt::format("[link.{}] has '{}' and a 'netem' that says it, too", link.name, key),
          "write it in 'netem'");
    }
  }
}

/// A limit below the first size would be passed over.
void check_buffers_can_grow(const ReadContext& context, const Scenario& scenario) {
  const TcpSpec& tcp = scenario.tcp;
  const auto check = [&](std::string_view key, std::int64_t size, std::int64_t limit) {
    if (limit == 0 || limit >= size) return;
    const Entry* const table = context.document.root.find("tcp");
    const std::string limit_key = fmt::format("{}_max", key);
    const Entry* const entry = table == nullptr ? nullptr : table->value.find(limit_key);
    context.complain(
        entry == nullptr ? context.document.root.mark : entry->value.mark,
        fmt::format("'{}' is less than '{}'", limit_key, key),
        fmt::format("{} or more, or 0B: it is fixed", write_quantity(Quantity::size, size)));
  };
  check("send_buffer", tcp.send_buffer_bytes, tcp.send_buffer_max_bytes);
  check("receive_buffer", tcp.receive_buffer_bytes, tcp.receive_buffer_max_bytes);
}

}  // namespace

void check_together(const ReadContext& context, const Scenario& scenario) {
  if (scenario.workload.kind == queue_program_workload && scenario.threads.empty() &&
      context.errors.empty())
    context.complain(context.document.root.mark, "workload 'queue-program' needs a [[thread]]",
                     "like name = \"W1\", does = [\"get_events\"]");
  if (!workload_is_known(context.document, scenario)) return;
  check_lists_of_others(context, scenario);
  check_faults_can_strike(context, scenario);
  if (scenario.workload.kind != file_server_workload) return;
  check_devices_are_used(context, scenario);
  check_writers_survive(context, scenario);
  check_clock_is_used(context, scenario);
  check_buffers_can_grow(context, scenario);
  check_netem_is_alone(context, scenario);
}

}  // namespace sim
