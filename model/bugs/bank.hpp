#pragma once
// The bug bank: bugs of real event queues and asynchronous I/O, each a switch in the code under
// test (bug.hpp), to measure what a search finds and after how many executions.
//
// A row a bug; `scenarios/race/bugs/NAME.toml` is the smallest program that shows it, and clean
// when the bug is off. Sources are commits, mails and reviews of the systems named; `take` numbers
// are those of the kevent patches of 2006 and 2007, "read" means found by reading them.

#include <span>
#include <string>
#include <string_view>

#include "model/bugs/bug.hpp"

namespace kev {

/// How many orders of two operations must come together (Burckhardt et al., "A randomized scheduler
/// with probabilistic guarantees of finding bugs", 2010): 0, the program or a fault is enough;
/// d, an order of two operations and d - 1 preemptions.
using Depth = std::uint8_t;

struct BugRow {
  Bug bug;
  std::string_view name;
  std::string_view description;  ///< what the code does wrong
  std::string_view source;
  std::string_view symptom;  ///< lost wake-up, duplicate, use after free, ...
  Depth depth;
  /// The properties that tell it, the expected one first; separated by a space.
  std::string_view oracles;
};

/// Without the row of Bug::none.
std::span<const BugRow> bug_bank();
/// Null when there is none of that name.
const BugRow* find_bug(std::string_view name);
/// Requires: not Bug::none.
const BugRow& row_of(Bug bug);

/// "scenarios/race/bugs/NAME.toml"
std::string scenario_of(const BugRow& row);

}  // namespace kev
