#pragma once
// The kernel's clock tick, as the elevators of Linux 2.6.18 see time: they count whole ticks,
// compare ticks, and their timers fire on ticks.
//
// Units: HZ = 1000, one of the choices of 2.6.18 (its default was 250). Tick 1 begins at the start
// of the execution; 0 is before everything, since the kernel's code takes 0 for "never" here and
// there.

#include <cstdint>

#include "model/base/time.hpp"

namespace sim {

using Jiffies = std::int64_t;

inline constexpr Jiffies jiffies_per_second = 1000;
inline constexpr std::int64_t ns_per_jiffy = 1'000'000'000 / jiffies_per_second;

constexpr Jiffies jiffies_at(kev::Instant now) {
  return now.ns() / ns_per_jiffy + 1;
}
/// When the tick begins.
constexpr kev::Instant instant_of(Jiffies tick) {
  return kev::Instant((tick - 1) * ns_per_jiffy);
}
/// Rounded up, as msecs_to_jiffies().
constexpr Jiffies jiffies_in(kev::Duration duration) {
  return (duration.ns() + ns_per_jiffy - 1) / ns_per_jiffy;
}

}  // namespace sim
