#pragma once
// Readings of a machine's counters at one instant, and the figures between two of them.

#include "sim/machine/machine.hpp"
#include "sim/report/summary.hpp"
#include "sim/world/workload.hpp"

namespace sim {

struct Meter {
  Meter() = default;
  explicit Meter(Machine& machine);

  kev::Instant at;
  KernelStats kernel;
  kev::Duration cpu_busy{0};  ///< of all CPUs together
  kev::Duration disk_busy{0};
  kev::Duration link_busy{0};  ///< of the direction to the clients
  std::int64_t switch_drops = 0;
  std::uint64_t cache_lookups = 0;
  std::uint64_t cache_hits = 0;
};

/// All figures but the design's name, wall time and violations.
DesignSummary summarise(const Meter& begin, const Meter& end, const Ledger& ledger,
                        Machine& machine);

}  // namespace sim
