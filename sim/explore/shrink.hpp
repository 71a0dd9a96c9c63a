#pragma once
// Makes a failing execution as plain as can be, in this order:
//
//   workload     parts are left out (sim/explore/reduce.hpp) while the property is still broken:
//                by the same tape, by its names, or somewhere in a short search
//   faults       when some struck: none, then each alone, then every two, and nothing else
//   turns        threads go on for longer, and others later (sim/explore/turns.hpp)
//   schedule     a search with no preemption, with one, and so on; of the first that fail, the one
//                with the fewest switches; when many preemptions are left, one by priorities
//   choices      entry by entry, the plain choice wherever the execution still fails
//
// The result is 1-minimal: no single choice of it can be made plain.
// The property must stay the same; the message may change. The result is run twice before it is
// believed. Afterwards the subject has the parts of the result.

#include <cstdint>
#include <string>
#include <vector>

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
  std::vector<std::int64_t> parts;  ///< of the workload that is left, as the subject has them
  std::string message;
  std::uint32_t steps = 0;
  std::uint64_t executions = 0;  ///< tried
  bool verified = false;         ///< it failed again, twice, in the same way
};

[[nodiscard]] Shrunk shrink(Subject& subject, const Tape& tape, const std::string& property,
                            const ShrinkOptions& options);

}  // namespace sim
