// The bug bank: each row has a scenario, a place that is reached and a property that tells it; a
// random search finds each bug, and nothing when it is off.

#include <catch2/catch.hpp>

#include "model/bugs/bank.hpp"
#include "sim/engine/sanitizers.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/schedule/schedule_chooser.hpp"
#include "sim/world/run.hpp"
#include "tests/world/explored.hpp"

namespace {

sim::DesignSummary run_once(const sim::Scenario& scenario, std::uint64_t seed) {
  sim::ScheduleChooser chooser(seed);
  return test::explored(scenario, chooser);
}

std::string first_violation(const sim::DesignSummary& summary) {
  if (summary.violations.empty()) return {};
  return summary.violations.front().property + ": " + summary.violations.front().message;
}

bool tells(const kev::BugRow& row, const std::string& property) {
  const std::string oracles = " " + std::string(row.oracles) + " ";
  return oracles.find(" " + property + " ") != std::string::npos;
}

sim::Scenario scenario_for(const kev::BugRow& row, const std::string& bug) {
  auto scenario = sim::load_scenario(std::string(KEVSIM_SOURCE_DIR "/") + scenario_of(row),
                                     sim::catalog(), {{"bug=" + bug, "--set"}});
  INFO((scenario ? "" : scenario.error().front().message));
  REQUIRE(scenario.has_value());
  return *scenario;
}

}  // namespace

TEST_CASE("a random search reaches every bug of the bank, and finds those that need no long luck") {
  constexpr std::uint64_t budget = 3000;
  constexpr std::uint64_t deep = 200;  // enough to reach the place
  for (const kev::BugRow& row : kev::bug_bank()) {
    INFO(row.name);
    const sim::Scenario scenario = scenario_for(row, std::string(row.name));
    std::uint64_t reached = 0;
    std::uint64_t execution = 0;
    std::string property;
    std::string message;
    while (property.empty() && ++execution <= (row.depth > 2 ? deep : budget)) {
      const sim::DesignSummary summary = run_once(scenario, execution);
      reached += summary.bug_reached;
      if (summary.violations.empty()) continue;
      property = summary.violations.front().property;
      message = summary.violations.front().message;
    }
    INFO(property << " in execution " << execution << ": " << message);
    CHECK(reached != 0);
    if (row.depth > 2 && property.empty()) continue;
    CHECK("violation:" + property == scenario.expect);
    CHECK(tells(row, property));
  }
}

TEST_CASE("with its bug off no scenario of the bank breaks a promise") {
  constexpr std::uint64_t seeds = SIM_ADDRESS_SANITIZER ? 60 : 300;
  for (const kev::BugRow& row : kev::bug_bank()) {
    const sim::Scenario scenario = scenario_for(row, "none");
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const sim::DesignSummary summary = run_once(scenario, seed);
      INFO(row.name << " seed " << seed << ": " << first_violation(summary));
      REQUIRE(summary.violations.empty());
    }
  }
}
