#include "sim/net/repair_window.hpp"

#include <algorithm>

namespace sim {

void halve_rate(CongestionWindow& window, std::uint32_t in_flight, RepairFloor floor) {
  const std::uint32_t steps = window.count + 1;
  window.count = steps & 1;
  const bool half = floor == RepairFloor::half_threshold;
  const std::uint32_t least = half ? window.threshold / 2 : window.threshold;
  if (steps >= 2 && window.size > least) --window.size;
  window.size = std::min(window.size, in_flight + 1);
}

void ProportionalReduction::reduce(CongestionWindow& window, const RepairSample& sample) {
  if (sample.delivered == 0 || before_ == 0) return;
  delivered_ += sample.delivered;
  const std::int64_t room = std::int64_t{window.threshold} - sample.in_flight;
  std::int64_t quota = 0;
  if (room < 0) {
    const std::uint64_t due = std::uint64_t{window.threshold} * delivered_ + before_ - 1;
    quota = static_cast<std::int64_t>(due / before_) - sent_;
  } else {
    quota = std::max(std::int64_t{delivered_} - sent_, std::int64_t{sample.delivered});
    if (sample.makes_progress) ++quota;
    quota = std::min(quota, room);
  }
  // The first segment is sent again whatever the window says.
  quota = std::max(quota, std::int64_t{sent_ == 0 ? 1 : 0});
  window.size = sample.in_flight + static_cast<std::uint32_t>(quota);
}

}  // namespace sim
