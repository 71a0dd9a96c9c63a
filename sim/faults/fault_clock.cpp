// Faults of the real-time clock: somebody sets it.

#include "sim/faults/fault_point.hpp"

namespace sim {

namespace {

using enum FaultPoint;

constexpr kev::Duration hour(3'600'000'000'000);

constexpr FaultPointInfo clock_rows[] = {
    {clock_forward, FaultPlace::system_call, Verdict::delay, "clock.forward",
     "the real-time clock is set forward by delay", 0, hour},
    {clock_back, FaultPlace::system_call, Verdict::delay, "clock.back",
     "the real-time clock is set back by delay", 0, hour},
};

}  // namespace

std::span<const FaultPointInfo> clock_faults() {
  return clock_rows;
}

}  // namespace sim
