// scenarios/faults: each kind of fault strikes the real code, in plain runs and explored, and
// nothing that was promised breaks.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "sim/engine/random.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"
#include "tests/world/explored.hpp"

namespace {

std::vector<sim::Scenario> fault_scenarios() {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(KEVSIM_SOURCE_DIR "/scenarios/faults"))
    paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  std::vector<sim::Scenario> scenarios;
  for (const std::string& path : paths) {
    INFO(path);
    auto scenario = sim::load_scenario(path, sim::catalog());
    REQUIRE(scenario.has_value());
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

/// Plain but for faults, one in four of which strike.
class SomeFaults final : public sim::Chooser {
 public:
  explicit SomeFaults(std::uint64_t seed) : random_(seed) {}
  std::uint32_t choose(sim::ChoiceKind kind, std::uint32_t, sim::Operation) override {
    return kind == sim::ChoiceKind::fault && random_.chance(0.25) ? 1 : 0;
  }

 private:
  sim::Random random_;
};

void check_ends_well(const sim::DesignSummary& summary) {
  INFO(summary.name << ' '
                    << (summary.violations.empty() ? "" : summary.violations.front().message));
  CHECK(summary.violations.empty());
  CHECK(summary.completed + summary.failed == summary.requests);
}

}  // namespace

TEST_CASE("every kind of fault has a scenario") {
  std::set<std::string> named;
  for (const sim::Scenario& scenario : fault_scenarios())
    for (const sim::FaultSpec& fault : scenario.faults) named.insert(fault.at);
  for (const sim::NamedRow& kind : sim::catalog().fault_points) {
    INFO(kind.name);
    CHECK(named.count(kind.name) == 1);
  }
}

TEST_CASE("each scenario's faults strike, and each request ends once") {
  for (const sim::Scenario& scenario : fault_scenarios()) {
    INFO(scenario.path);
    const auto summary = sim::run_scenario(scenario, {});
    REQUIRE(summary.has_value());
    for (const sim::DesignSummary& design : summary->designs) {
      check_ends_well(design);
      CHECK(design.requests == scenario.workload.requests);
      REQUIRE_FALSE(design.faults.empty());
      for (const sim::FaultCount& fault : design.faults) {
        INFO(design.name << ' ' << fault.name);
        CHECK(fault.count > 0);
      }
    }
  }
}

TEST_CASE("explored, the same rules are choices: none strikes by itself") {
  for (sim::Scenario scenario : fault_scenarios()) {
    INFO(scenario.path);
    scenario.workload.clients = 2;
    scenario.workload.requests = 4;
    scenario.workload.files = {2, 64'000, "uniform"};
    scenario.workload.designs = {scenario.workload.designs.back()};
    for (sim::FaultSpec& fault : scenario.faults) {
      fault.nth = 0;
      fault.after = kev::Duration(0);
    }
    sim::PlainChooser plain;
    const sim::DesignSummary without = test::explored(scenario, plain);
    check_ends_well(without);
    std::int64_t struck = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SomeFaults chooser(seed);
      const sim::DesignSummary with = test::explored(scenario, chooser);
      INFO("seed " << seed);
      check_ends_well(with);
      for (const sim::FaultCount& fault : with.faults) struck += fault.count;
    }
    CHECK(without.faults.front().count == 0);
    CHECK(struck > 0);
  }
}
