#pragma once
// One design under one workload on a machine of its own: build, run, drain, check, sum up.
//
// The figures are of the time from the first request to the last answer. After the last answer
// faults stop and the machine runs on until nothing happens any more; then nothing may be left
// over:
//   request_ends         every request was answered or failed; nobody waits for what will not come
//   reference_balance    no connection is open, no packet held and nothing else than before the
//                        first client

#include <memory>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/report/summary.hpp"
#include "sim/world/clients.hpp"
#include "sim/world/explored_run.hpp"
#include "sim/world/run.hpp"
#include "sim/world/server.hpp"
#include "sim/world/workload.hpp"

namespace sim {

struct DesignRunOptions {
  const Scenario* scenario = nullptr;
  const Design* design = nullptr;
  const RunOptions* run = nullptr;
  std::string trace_path;  ///< of this design; empty: none
  /// Exploration: this decides, operations are free. Null: timing mode.
  Chooser* explore = nullptr;
  const ExploredOptions* explored = nullptr;  ///< exploration of a campaign, instead
};

/// The design's figures. Errors: the files do not fit the disk, the trace cannot be written.
kev::Result<DesignSummary> run_design(const DesignRunOptions& options, RequestSource& source);

/// The design under the workload `file-server`, to be explored. Requires: its files fit the disk.
std::unique_ptr<ExploredRun> explore_design(const ExploredOptions& options);

}  // namespace sim
