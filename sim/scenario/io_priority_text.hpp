#pragma once
// The I/O priority of a process as a scenario writes it: none, realtime:LEVEL, best-effort:LEVEL,
// idle; the classes are those of ionice(1), levels go from 0 (served most) to 7. Without a level it
// is 4, as ionice has it.

#include <optional>
#include <string_view>

namespace sim {

struct IoPriorityText {
  enum class Class { none, realtime, best_effort, idle };
  Class io_class = Class::none;
  int level = 4;
};

/// Nothing when it is none of these. A level that is not a number from 0 to 7, or of a class that
/// has none, is -1.
std::optional<IoPriorityText> parse_io_priority(std::string_view text);

}  // namespace sim
