#pragma once
// What there may be less of in a scenario, for shrinking: calls of a program of one queue, clients,
// requests, threads and files of a server, fault rules.
//
// Numbers have the names of their fields, calls say whose they are, which one, and what they do.

#include <cstdint>
#include <vector>

#include "sim/explore/subject.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

/// All of the scenario, as they are in it.
[[nodiscard]] std::vector<WorkloadPart> parts_of(const Scenario& scenario);

/// The scenario with other values: one for each, in that order, each at most what it is in it.
[[nodiscard]] Scenario with_parts(const Scenario& whole, const std::vector<std::int64_t>& values);

}  // namespace sim
