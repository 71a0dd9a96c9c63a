// How many executions the default strategy needs, and that a campaign does not grow.

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/explore/explorer.hpp"

namespace {

struct Budget {
  std::string program;
  std::vector<std::string> defines;
  std::uint64_t median_max;
};

const Budget budgets[] = {
    {"aba.c", {}, 200},
    {"reorder.c", {"N=10"}, 60},
    {"reorder.c", {"N=20"}, 130},
    {"late.c", {"K=20"}, 15},
};

std::uint64_t resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * 4;
}

}  // namespace

TEST_CASE("the portfolio finds deep bugs within its budgets, at the median of 101 seeds") {
  constexpr std::uint64_t seeds = 101;
  for (const Budget& budget : budgets) {
    const auto subject = sim_test::load(budget.program, budget.defines);
    std::vector<std::uint64_t> found;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      sim::CampaignOptions options;
      options.seed = seed;
      const auto result = sim::run_campaign(*subject, options);
      REQUIRE(result.has_value());
      found.push_back(result->hits.empty() ? options.executions
                                           : result->hits.front().execution + 1);
    }
    std::sort(found.begin(), found.end());
    INFO(budget.program << ": " << found[seeds / 2]);
    CHECK(found[seeds / 2] <= budget.median_max);
  }
}

TEST_CASE("memory is flat over a million executions") {
  const auto subject = sim_test::load("mtx2.c");
  sim::CampaignOptions options;
  options.strategy = "random";
  options.executions = 20'000;
  REQUIRE(sim::run_campaign(*subject, options).has_value());
  const std::uint64_t before = resident_kilobytes();
  options.executions = 1'000'000;
  const auto result = sim::run_campaign(*subject, options);
  REQUIRE(result.has_value());
  CHECK(result->executions == 1'000'000);
  CHECK(resident_kilobytes() <= before + 256);
}
