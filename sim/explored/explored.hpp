#pragma once
// What it takes to explore the code under test with its accesses to memory: a watch, which goes
// into KernelOptions and lives longer than the machines, and each machine's platform.
//
// With ThreadSanitizer there is no watch, and the platform is the plain one: it brings hooks of its
// own. Then atomic accesses are no points, and data races are not seen.

#include <memory>
#include <string>

#include "model/base/result.hpp"
#include "sim/explore/subject.hpp"
#include "sim/kernel/order_watch.hpp"
#include "sim/machine/sim_platform.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

struct WatchedCode;

struct WatchOptions {
  bool races = true;          ///< look for data races
  bool plain_points = false;  ///< plain accesses to the code's objects are points too
};

/// One at a time; null with ThreadSanitizer.
std::unique_ptr<OrderWatch> make_watch(const WatchOptions& options = {});

std::unique_ptr<SimPlatform> make_explored_platform(Machine& machine);

/// Both, for a subject of one's own (sim/world/world_subject.hpp).
WatchedCode watched_code(const WatchOptions& options = {});

/// One design of a scenario, or its only program, as a subject of exploration, with a watch. One at
/// a time. Errors: a workload that cannot be explored.
kev::Result<std::unique_ptr<Subject>> explored_scenario(const Scenario& scenario,
                                                        const std::string& design,
                                                        const WatchOptions& options = {});

}  // namespace sim
