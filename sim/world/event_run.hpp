#pragma once
// One program of the workload `event-queue` on a machine of its own: run, end, check, sum up.

#include "sim/report/summary.hpp"
#include "sim/world/event_programs.hpp"
#include "sim/world/explored_run.hpp"
#include "sim/world/run.hpp"

namespace sim {

struct EventRunOptions {
  const Scenario* scenario = nullptr;
  const EventProgramRow* program = nullptr;
  const RunOptions* run = nullptr;
  std::string trace_path;  ///< empty: none
  /// Exploration: this decides, operations are free. Null: timing mode.
  Chooser* explore = nullptr;
  const ExploredOptions* explored = nullptr;  ///< exploration of a campaign, instead
};

/// Errors: the trace cannot be written.
kev::Result<DesignSummary> run_event_program(const EventRunOptions& options);

/// The program, to be explored.
std::unique_ptr<ExploredRun> explore_event_program(const ExploredOptions& options);

}  // namespace sim
