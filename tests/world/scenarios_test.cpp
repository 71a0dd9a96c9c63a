// Every scenario file of the tree is run and held to what it expects.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/report/outcome.hpp"
#include "sim/scenario/limits.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"

TEST_CASE("every scenario under scenarios/ does what it expects") {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(KEVSIM_SOURCE_DIR "/scenarios"))
    if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  REQUIRE_FALSE(paths.empty());
  for (const std::string& path : paths) {
    INFO(path);
    const auto scenario = sim::load_scenario(path, sim::catalog());
    REQUIRE(scenario.has_value());
    if (scenario->bug != "none") continue;  // explored: bug_bank_test.cpp
    auto summary = sim::run_scenario(*scenario, {});
    REQUIRE(summary.has_value());
    summary->expect = scenario->expect;
    summary->limits = sim::check_limits(scenario->limits, summary->designs);
    CHECK(sim::judge(*summary).outcome == sim::Outcome::met);
    if (scenario->expect != "ok") continue;
    for (const sim::DesignSummary& design : summary->designs) {
      // Events that were removed again count as failed; requests for files may not fail.
      const bool program = scenario->workload.kind == sim::queue_program_workload;  // calls
      const std::int64_t requests = program ? design.requests : scenario->workload.requests;
      CHECK(design.completed + design.failed == requests);
      if (design.files && scenario->faults.empty()) CHECK(design.failed == 0);
    }
  }
}
