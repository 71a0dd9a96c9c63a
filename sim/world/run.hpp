#pragma once
// Running a scenario or replaying a captured trace, for the command line and for tests.
//
// Each design of the workload runs on a machine of its own, built afresh from the scenario and the
// seed, so that designs see the same disk, files, clients and link, and cannot influence one
// another.

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "model/base/time.hpp"
#include "sim/report/summary.hpp"
#include "sim/scenario/catalog.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/explored_run.hpp"

namespace sim {

/// Events between two looks at the user's Ctrl-C.
inline constexpr std::uint64_t slice_events = 100'000;

struct RunOptions {
  std::uint64_t seed = 1;
  kev::Instant until = kev::Instant::never();      ///< stop there, incomplete
  std::string trace_path;                          ///< write the .ktrace here; empty: nowhere
  const std::atomic<bool>* interrupted = nullptr;  ///< polled: stop and report what is known
};

enum class ReplayTiming : std::uint8_t {
  recorded,  ///< a request is sent no sooner than it was in the capture
  asap,      ///< as soon as the one before it is answered
  scaled     ///< recorded, with all times multiplied by `factor`
};

struct ReplayOptions : RunOptions {
  ReplayTiming timing = ReplayTiming::recorded;
  double factor = 1.0;
};

/// Errors are the user's: a trace file that cannot be written, files that do not fit the disk.
kev::Result<RunSummary> run_scenario(const Scenario& scenario, const RunOptions& options);

/// Replays the requests of a capture on the scenario's machine.
kev::Result<RunSummary> replay_trace(const Scenario& on, const std::string& trace_path,
                                     const ReplayOptions& options);

/// A kind of workload: what [workload] kind names.
struct WorkloadKind {
  std::string_view name;
  std::string_view description;
  kev::Result<RunSummary> (*run)(const Scenario& scenario, const RunOptions& options);
  std::unique_ptr<ExploredRun> (*explore)(const ExploredOptions& options);
};
std::span<const WorkloadKind> workloads();

/// Every name a scenario may use, and `kevsim list` prints.
Catalog catalog();

}  // namespace sim
