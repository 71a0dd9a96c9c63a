#pragma once
// The workload `queue-program`: the program that a scenario says, run once.

#include "sim/report/summary.hpp"
#include "sim/world/explored_run.hpp"
#include "sim/world/queue_program.hpp"
#include "sim/world/run.hpp"

namespace sim {

/// The program of a scenario. Requires: one that the loader has checked.
QueueProgram program_of(const Scenario& scenario);

/// The bug that the scenario switches on; Bug::none without one.
kev::Bug bug_of(const Scenario& scenario);

struct QueueProgramOptions {
  const Scenario* scenario = nullptr;
  const RunOptions* run = nullptr;
  /// Exploration: this decides, operations are free. Null: timing mode.
  Chooser* explore = nullptr;
};

/// Errors: the trace cannot be written.
kev::Result<DesignSummary> run_queue_program(const QueueProgramOptions& options);

/// The program, to be explored.
std::unique_ptr<ExploredRun> explore_queue_program(const ExploredOptions& options);

}  // namespace sim
