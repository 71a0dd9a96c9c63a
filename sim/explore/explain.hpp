#pragma once
// Explains one execution: what each thread did, in columns side by side, as kernel developers write
// it by hand in commit messages; and which step was the critical one, the first after which no
// schedule avoids the failure.

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
  std::uint32_t switches = 0;  ///< between threads, among the steps shown
};

/// Runs the tape once more, with everything recorded. `to`: show the steps up to this one only.
[[nodiscard]] Explanation explain(Subject& subject, const Tape& tape, const std::string& property,
                                  std::uint32_t to = 0xFFFFFFFF);

}  // namespace sim
