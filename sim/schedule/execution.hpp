#pragma once
// What is known of one execution under a strategy: the choices that were made, and what it came to.

#include <cstdint>
#include <span>
#include <string>

#include "sim/schedule/strategy.hpp"

namespace sim {

/// What a detector says, by the property's name.
struct BrokenProperty {
  std::string property;
  std::string message;
  std::string details{};  ///< further lines, of executions that were traced
};

/// A pick at a crossroads with more than one way, or the answer to another choice.
struct RecordedPick {
  ThreadMask ready = 0;      ///< who could go on; of another choice, the number of options
  const char* step = "";     ///< what is taken; of another choice, its operation
  std::uint32_t object = 0;  ///< of that step
  std::uint32_t at = 0;      ///< the number of the step that was about to be taken
  std::uint16_t picked = 0;  ///< the thread, or the option
  std::uint8_t current = 0;  ///< who had the turn
  ChoiceKind kind = ChoiceKind::thread;
  std::uint8_t devices = 0;  ///< as Crossroads::devices, which are among the first threads
};

/// Views of what the subject keeps: valid until its next execution.
struct Execution {
  const BrokenProperty* violation = nullptr;  ///< null: nothing was broken
  std::span<const RecordedPick> picks;
  std::uint64_t fingerprint = 0;
  std::uint32_t steps = 0;
  bool cut_short = false;  ///< the strategy wanted no further step

  [[nodiscard]] bool violated() const { return violation != nullptr; }
};

}  // namespace sim
