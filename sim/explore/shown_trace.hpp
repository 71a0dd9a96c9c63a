#pragma once
// An execution in rows: every step, and below it what was left to chance in it and did not go the
// plain way - a fault that struck, a longer latency, another waiter.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"

namespace sim {

/// Runs the strategy's execution once more, with everything recorded; slow.
[[nodiscard]] std::vector<ShownStep> shown_trace(Subject& subject, Strategy& strategy);

/// Steps are numbered from 1, as Subject::stop_after() counts them; 0: the row is none.
[[nodiscard]] std::vector<std::uint32_t> numbers_of(const std::vector<ShownStep>& rows);

}  // namespace sim
