#pragma once
// A file server small enough to run in milliseconds, and a way to run one design on it.

#include "sim/world/design_run.hpp"

namespace test {

inline sim::Scenario small_scenario() {
  sim::Scenario scenario;
  scenario.path = "small";
  scenario.disks.emplace_back();
  scenario.links.emplace_back();
  scenario.workload.clients = 4;
  scenario.workload.requests = 20;
  scenario.workload.files = {8, 100'000, "uniform"};
  return scenario;
}

inline sim::DesignSummary run(const sim::Scenario& scenario, std::string_view design,
                              std::uint64_t seed = 1, sim::Chooser* explore = nullptr) {
  sim::RunOptions options;
  options.seed = seed;
  const sim::RandomStreams streams(seed);
  const auto source = sim::make_file_server(scenario.workload, streams);
  auto result =
      sim::run_design({&scenario, sim::find_design(design), &options, {}, explore}, *source);
  KEV_CHECK(result.has_value());
  return *result;
}

inline std::string first_violation(const sim::DesignSummary& summary) {
  if (summary.violations.empty()) return {};
  return summary.violations.front().property + ": " + summary.violations.front().message;
}

}  // namespace test
