#pragma once
// The rules of a scenario, as the machine takes them.

#include "sim/faults/faults.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

/// Requires: a name that the loader has checked.
[[nodiscard]] FaultRule fault_rule(const FaultSpec& spec);
/// From now on.
void add_faults(Faults& faults, const Scenario& scenario);

}  // namespace sim
