// The control of exploration: with every bug off, and few requests, no scenario of the tree shows a
// data race or breaks anything else, whatever the schedule.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/engine/sanitizers.hpp"
#include "sim/explore/campaign.hpp"
#include "sim/explored/explored.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> scenario_files() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(KEVSIM_SOURCE_DIR "/scenarios"))
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

sim::Scenario small(const std::string& path) {
  auto scenario = sim::load_scenario(path, sim::catalog(), {{"bug=none", "--set"}});
  REQUIRE(scenario.has_value());
  scenario->workload.requests = std::min<std::int64_t>(scenario->workload.requests, 4);
  scenario->workload.clients = std::min<std::int64_t>(scenario->workload.clients, 2);
  scenario->workload.workers = std::min<std::int64_t>(scenario->workload.workers, 2);
  if (scenario->workload.kind == sim::queue_program_workload) scenario->workload.designs = {""};
  return *scenario;
}

}  // namespace

TEST_CASE("with its bug off no scenario shows a data race or breaks a promise when explored") {
  for (const std::string& path : scenario_files()) {
    const auto as_it_is = sim::load_scenario(path, sim::catalog());
    REQUIRE(as_it_is.has_value());
    if (as_it_is->bug == "none" && as_it_is->expect != "ok") continue;  // rings of old
    const sim::Scenario scenario = small(path);
    for (const std::string& design : scenario.workload.designs) {
      const auto subject = sim::explored_scenario(scenario, design);
      REQUIRE(subject.has_value());
      sim::CampaignOptions options;
      // Without the arena, which AddressSanitizer excludes, each execution builds its world anew.
      options.executions = SIM_ADDRESS_SANITIZER ? 6 : 60;
      const auto result = sim::run_campaign(**subject, options);
      REQUIRE(result.has_value());
      INFO(path << ' ' << design << ' ' << result->divergence);
      INFO((result->hits.empty() ? "" : result->hits.front().message));
      CHECK(result->hits.empty());
      CHECK(result->end == sim::CampaignEnd::budget);
    }
  }
}
