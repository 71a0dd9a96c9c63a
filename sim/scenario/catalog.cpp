#include "sim/scenario/catalog.hpp"

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr CatalogList lists[] = {
    {"workloads", "workload", "what the simulated programs do", &Catalog::workloads},
    {"designs", "design", "ways to serve a file: the code under test", &Catalog::designs},
    {"event-programs", "event program", "ways to consume events: designs of event-queue",
     &Catalog::event_programs},
    {"costs", "cost profile", "what operations cost a CPU", &Catalog::costs},
    {"disks-hdd", "hdd profile", "rotating disks", &Catalog::disks_hdd},
    {"disks-ssd", "ssd profile", "solid-state disks", &Catalog::disks_ssd},
    {"elevators", "elevator", "I/O schedulers in front of a disk", &Catalog::elevators},
    {"readahead", "readahead", "readahead algorithms of the page cache", &Catalog::readahead},
    {"replacement", "replacement", "ways to choose the pages that leave when memory is full",
     &Catalog::replacement},
    {"net-stacks", "network stack", "generations of TCP", &Catalog::net_stacks},
    {"congestion", "congestion control", "ways to find the rate of a connection",
     &Catalog::congestion},
    {"faults", "fault point", "operations that a [[fault]] can make fail", &Catalog::fault_points},
    {"properties", "property", "promises that are checked while running", &Catalog::properties},
    {"operations", "operation", "what threads of a queue-program can do", &Catalog::operations},
    {"bugs", "bug", "the bug bank: known bugs that a scenario can switch on", &Catalog::bugs},
};

}  // namespace

std::span<const CatalogList> catalog_lists() {
  return lists;
}

const CatalogList& catalog_list(std::vector<NamedRow> Catalog::* rows) {
  for (const CatalogList& list : lists)
    if (list.rows == rows) return list;
  kev::check_failed("every member of Catalog has a row", __FILE__, __LINE__);
}

std::vector<std::string_view> names_of(const std::vector<NamedRow>& rows) {
  std::vector<std::string_view> names;
  names.reserve(rows.size());
  for (const NamedRow& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace sim
