// The names a scenario may use, gathered from the tables that define them.

#include "model/bugs/bank.hpp"
#include "model/spec/promises.hpp"
#include "sim/block/disk.hpp"
#include "sim/block/disksim_disk.hpp"
#include "sim/block/elevator.hpp"
#include "sim/faults/faults.hpp"
#include "sim/kernel/costs.hpp"
#include "sim/net/congestion.hpp"
#include "sim/net/net_stack.hpp"
#include "sim/scenario/operation.hpp"
#include "sim/vfs/readahead_policy.hpp"
#include "sim/vfs/replacement.hpp"
#include "sim/world/event_programs.hpp"
#include "sim/world/run.hpp"
#include "sim/world/server.hpp"

namespace sim {

namespace {

template <class Rows>
std::vector<NamedRow> names(const Rows& rows) {
  std::vector<NamedRow> result;
  result.reserve(std::size(rows));
  for (const auto& row : rows)
    result.push_back({std::string(row.name), std::string(row.description)});
  return result;
}

std::vector<NamedRow> disk_profiles(std::string_view kind) {
  return names(find_disk_kind(kind)->profiles());
}

kev::Errors check_disk_file(const std::string& path) {
  const kev::Result<HddSpec> spec = find_hdd_spec(path);
  return spec ? kev::Errors{} : spec.error();
}

}  // namespace

Catalog catalog() {
  Catalog catalog;
  catalog.workloads = names(workloads());
  catalog.designs = names(designs());
  catalog.event_programs = names(event_programs());
  catalog.costs = names(cost_profiles());
  catalog.disks_hdd = disk_profiles("hdd");
  catalog.disks_hdd_files = {&is_disksim_path, disksim_path_pattern, &check_disk_file};
  catalog.disks_ssd = disk_profiles("ssd");
  catalog.elevators = names(elevator_kinds());
  catalog.readahead = names(readahead_kinds());
  catalog.replacement = names(replacement_rules());
  catalog.net_stacks = names(net_stacks());
  catalog.congestion = names(congestion_controls());
  catalog.congestion.insert(catalog.congestion.begin(), {"default", "what the stack has"});
  catalog.fault_points = names(fault_points());
  catalog.properties = names(properties());
  for (const NamedRow& row : names(kev::spec::promises())) catalog.properties.push_back(row);
  catalog.operations = names(operation_rows());
  catalog.bugs = {{"none", "the code as it should be"}};
  for (const NamedRow& row : names(kev::bug_bank())) catalog.bugs.push_back(row);
  return catalog;
}

}  // namespace sim
