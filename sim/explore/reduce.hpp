#pragma once
// Takes parts of a workload away as long as it still fails: whole groups first, then one part
// after the other, until none of them can be less. What fails is up to who asks: a search that did
// not find the failure may have been too short, so "none can be less" is relative to it.

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/explore/subject.hpp"

namespace sim {

/// Whether a workload with these values fails.
using StillFails = std::function<bool(const std::vector<std::int64_t>& values)>;

/// The values of the smallest workload that failed; those of `all` if no smaller one did.
[[nodiscard]] std::vector<std::int64_t> reduce(const std::vector<WorkloadPart>& all,
                                               const StillFails& fails);

}  // namespace sim
