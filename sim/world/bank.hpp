#pragma once
// Measures what searches find: each strategy on each bug of the bank, many seeds; what becomes of a
// finding; and the control.
//
// A run is a campaign that ends with the first finding or with its budget. It counts as found when
// the property is one that the bug's row names, or `data_race`: without the bug the code has none,
// as the control shows. Executions to the finding are summed up by their
// median and an interval that holds the true median with about 95 % (order statistics; a run
// without a finding counts as later than all others). Exhaustive searches go the same way whatever
// the seed: one run each. The control runs the same scenarios with every bug off: whatever it finds
// is a false report.
// Invariant: nothing of the result depends on the clock or on the number of jobs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "model/bugs/bank.hpp"

namespace sim {

struct WatchedCode;

struct BankOptions {
  std::vector<const kev::BugRow*> bugs;
  std::vector<std::string> strategies;
  std::string scenarios;                ///< the folder that scenario_of() is relative to
  std::uint64_t budget = 10'000;        ///< executions of one run, for bugs of depth 0 to 2
  std::uint64_t deep_budget = 200'000;  ///< the same for deeper ones
  std::uint64_t seeds = 30;             ///< runs, numbered from 1
  /// A strategy is given up on a bug when it has found nothing in so many runs, the first ones; 0:
  /// never.
  std::uint64_t hopeless = 0;
  /// Executions of the control, of each scenario, as a multiple of the bug's budget; 0: none.
  std::uint64_t control = 10;
  std::uint32_t jobs = 1;
  WatchedCode (*code)() = nullptr;  ///< what is explored; null: the plain code, without a watch
  const std::atomic<bool>* interrupted = nullptr;

  [[nodiscard]] std::uint64_t budget_for(const kev::BugRow& bug) const {
    return bug.depth > 2 ? deep_budget : budget;
  }
};

/// Executions to the first finding; 0: not found, later than any number.
struct MedianOf {
  std::uint64_t median = 0;
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
/// Requires: not empty.
MedianOf median_of(std::vector<std::uint64_t> executions);

struct BankCell {
  const kev::BugRow* bug = nullptr;
  std::string strategy;
  std::uint64_t runs = 0;
  std::uint64_t found = 0;
  MedianOf executions;
  std::uint64_t wrong = 0;     ///< runs that ended with a property of somebody else
  std::uint64_t complete = 0;  ///< executions after which there were no more, without a finding
};

/// What becomes of the first finding of the first strategy, seed 1.
struct BankFinding {
  std::string property;
  std::uint64_t execution = 0;
  std::uint32_t replays = 0;  ///< times it was run again from its tape
  std::uint32_t same = 0;     ///< of these: the same violation and the same fingerprint
  bool verified = false;      ///< what it was shrunk to fails again
  std::uint32_t steps = 0;
  std::uint32_t shrunk_steps = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t shrunk_preemptions = 0;
  std::uint32_t operations = 0;  ///< that are left: calls or requests
  std::uint32_t switches = 0;    ///< from one thread to another, in the table
  std::optional<std::uint32_t> critical_step;
  std::string table;
};

struct BankBug {
  const kev::BugRow* bug = nullptr;
  std::vector<BankCell> cells;  ///< by strategy
  /// How often the bug's place is reached by random executions that do not look for it.
  std::uint64_t random_executions = 0;
  std::uint64_t reached = 0;
  std::uint32_t operations = 0;  ///< calls or requests of the scenario
  std::optional<BankFinding> finding;
  std::uint64_t control_executions = 0;
  std::vector<std::string> control_violations;
};

struct BankResult {
  std::vector<BankBug> bugs;
  bool interrupted = false;

  [[nodiscard]] bool control_is_clean() const {
    for (const BankBug& bug : bugs)
      if (!bug.control_violations.empty()) return false;
    return true;
  }
};

/// `progress` is told each cell when it is done. Errors: a scenario or a strategy that cannot be
/// had.
kev::Result<BankResult> measure_bank(const BankOptions& options,
                                     const std::function<void(const BankCell&)>& progress);

}  // namespace sim
