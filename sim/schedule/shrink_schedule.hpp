#pragma once
// Makes a failing schedule simpler: the shortest list with the fewest choices other than the plain
// one that still fails, as far as a budget of executions reaches.

#include <cstdint>
#include <functional>
#include <vector>

namespace sim {

using ScheduleList = std::vector<std::uint32_t>;

/// Executes the list; when that fails, replaces it by what was really chosen and returns true.
using ScheduleTrial = std::function<bool(ScheduleList&)>;

/// Requires: `failing` fails. At most `budget` executions.
ScheduleList shrink_schedule(ScheduleList failing, const ScheduleTrial& fails, int budget);

}  // namespace sim
