#include "tests/world/explored.hpp"

#include "sim/world/queue_program_run.hpp"
#include "tests/support/small_scenario.hpp"

namespace test {

sim::DesignSummary explored(const sim::Scenario& scenario, sim::Chooser& chooser) {
  if (scenario.workload.kind != sim::queue_program_workload)
    return run(scenario, scenario.workload.designs.front(), 1, &chooser);
  const sim::RunOptions options;
  auto summary = sim::run_queue_program({&scenario, &options, &chooser});
  KEV_CHECK(summary.has_value());
  return *summary;
}

}  // namespace test
