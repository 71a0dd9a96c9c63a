#include "tests/world/explored.hpp"

#include "sim/world/event_run.hpp"
#include "sim/world/queue_program_run.hpp"
#include "tests/support/small_scenario.hpp"

namespace test {

sim::DesignSummary explored(const sim::Scenario& scenario, sim::Chooser& chooser) {
  const std::string& first = scenario.workload.designs.front();
  const bool events = scenario.workload.kind == sim::event_queue_workload;
  if (!events && scenario.workload.kind != sim::queue_program_workload)
    return run(scenario, first, 1, &chooser);
  const sim::RunOptions options;
  auto summary = events ? sim::run_event_program(
                              {&scenario, sim::find_event_program(first), &options, "", &chooser})
                        : sim::run_queue_program({&scenario, &options, &chooser});
  KEV_CHECK(summary.has_value());
  return *summary;
}

}  // namespace test
