#pragma once
// Explains one execution: what each thread did, in columns side by side, as kernel developers write
// it by hand in commit messages; which step was the critical one, the first after which no schedule
// avoids the failure; and what the nearest execution that passes does otherwise.

#include <cstdint>
#include <optional>
#include <string>

#include "sim/explore/subject.hpp"
#include "sim/explore/tape.hpp"

namespace sim {

struct Explanation {
  std::string table;
  std::string message;  ///< with file and line
  std::optional<std::uint32_t> critical_step;
  /// The critical step and the diff with the nearest execution that passes, in words; empty when
  /// neither was found.
  std::string conclusion;
  /// From one thread to another, up to the critical step: what comes after it needs no luck.
  std::uint32_t switches = 0;
};

/// Runs the tape once more, with everything recorded. `to`: show the steps up to this one only. A
/// stop for a debugger that was asked for happens once.
[[nodiscard]] Explanation explain(Subject& subject, const Tape& tape, const std::string& property,
                                  std::uint32_t to = 0xFFFFFFFF);

}  // namespace sim
