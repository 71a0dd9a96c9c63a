#pragma once
// Makes a failing execution as plain as can be: first a search with no preemption, then with one,
// and so on, for the same property, or, when faults struck, one for one or two of them and nothing
// else; then, when many are left, one by priorities; then, entry by entry, the plain choice
// wherever the execution still fails. The result is 1-minimal: no single choice of it can be made
// plain.
//
// The property must stay the same; the message may change. The result is run twice before it is
// believed.

#include <cstdint>
#include <string>

#include "sim/explore/subject.hpp"
#include "sim/explore/tape.hpp"

namespace sim {

struct ShrinkOptions {
  double seconds = 1;
  std::uint64_t executions = 200'000;
  std::uint64_t steps = ~std::uint64_t{0};  ///< of all executions together
};

struct Shrunk {
  Tape tape;
  std::string message;
  std::uint32_t steps = 0;
  std::uint64_t executions = 0;  ///< tried
  bool verified = false;         ///< it failed again, twice, in the same way
};

[[nodiscard]] Shrunk shrink(Subject& subject, const Tape& tape, const std::string& property,
                            const ShrinkOptions& options);

}  // namespace sim
