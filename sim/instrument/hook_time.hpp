#pragma once
// The clock that explored programs see, as the hooks tell it: nanoseconds since the execution
// began, and what clocks show. All clocks are one.

#include <time.h>

#include <cstdint>

#include "sim/instrument/runtime.hpp"

namespace sim {

inline constexpr std::int64_t second_ns = 1'000'000'000;
/// Clocks do not begin at 0: programs subtract from them.
inline constexpr std::int64_t boot_ns = 1'000 * second_ns;

inline std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * second_ns + time.tv_nsec;
}
/// When a clock shows that, as Runtime::now().
inline std::int64_t instant_of(const timespec& time) {
  return nanoseconds(time) - boot_ns;
}
/// Looking takes a microsecond.
inline timespec look_at_clock(Runtime& runtime) {
  constexpr std::int64_t look_ns = 1'000;
  runtime.pass_time(look_ns);
  const std::int64_t at = boot_ns + runtime.now();
  return {at / second_ns, at % second_ns};
}

/// A step that takes until then.
inline void sleep_until(Runtime& runtime, std::int64_t time, StepKind kind, const void* pc) {
  runtime.point(kind, 0);
  runtime.wait_until(time);
  runtime.done(kind, 0, 0, pc);
  runtime.yielded();
}

}  // namespace sim
