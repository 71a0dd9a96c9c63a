#pragma once
// The I/O priority of a process: a class, and a level within it (0 is served most, 7 least).
//
// Sources: ioprio_set(2); Linux 2.6.18, include/linux/ioprio.h. A process that never set one is in
// the middle of best effort (its level follows its nice value, which is 0 here).

#include <compare>
#include <cstdint>

namespace sim {

enum class IoClass : std::uint8_t { none, real_time, best_effort, idle };

inline constexpr std::uint8_t io_levels = 8;
inline constexpr std::uint8_t io_level_normal = 4;

struct IoPriority {
  IoClass io_class = IoClass::none;
  std::uint8_t level = io_level_normal;

  constexpr auto operator<=>(const IoPriority&) const = default;
};

}  // namespace sim
