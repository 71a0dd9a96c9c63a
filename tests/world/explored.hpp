#pragma once
// One explored execution of a scenario, of whichever workload: the first design or program of it.

#include "sim/report/summary.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/schedule/choice.hpp"

namespace test {

sim::DesignSummary explored(const sim::Scenario& scenario, sim::Chooser& chooser);

}  // namespace test
