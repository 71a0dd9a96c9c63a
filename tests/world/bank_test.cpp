// Measuring the bug bank: medians, what a search finds and misses, what becomes of a finding.

#include "sim/world/bank.hpp"

#include <catch2/catch.hpp>

#include "model/bugs/bug.hpp"

namespace {

sim::BankOptions bank_of(const std::vector<std::string>& bugs,
                         std::vector<std::string> strategies) {
  sim::BankOptions options;
  for (const std::string& name : bugs) options.bugs.push_back(kev::find_bug(name));
  options.strategies = std::move(strategies);
  options.scenarios = KEVSIM_SOURCE_DIR;
  options.seeds = 4;
  options.budget = 300;
  options.deep_budget = 300;
  options.control = 1;
  return options;
}

sim::BankResult measure(const sim::BankOptions& options) {
  auto result = sim::measure_bank(options, [](const sim::BankCell&) {});
  REQUIRE(result.has_value());
  return std::move(*result);
}

}  // namespace

/// A platform as the host's: it has no switchboard.
struct Bare {};

/// Answered while it is compiled: nothing of a bug is left in the code.
constexpr bool is_compiled_away() {
  Bare bare;
  return !kev::bug(bare, kev::Bug::none) && !kev::bug(bare, kev::Bug::wake_before_enqueue);
}
static_assert(is_compiled_away());

TEST_CASE("bank: a run that finds nothing is later than any other") {
  const sim::MedianOf one = sim::median_of({7});
  CHECK(one.median == 7);
  CHECK(one.least == 7);
  CHECK(one.most == 7);
  const sim::MedianOf most = sim::median_of({5, 0, 3, 4, 0});
  CHECK(most.median == 5);
  CHECK(most.least == 3);
  CHECK(most.most == 0);
  CHECK(sim::median_of({0, 9, 0}).median == 0);
  CHECK(sim::median_of({1, 2, 3, 4}).median == 2);
  // 10th and 21st of 30: order statistics for a confidence of 95 %.
  std::vector<std::uint64_t> thirty;
  for (std::uint64_t i = 30; i != 0; --i) thirty.push_back(i);
  CHECK(sim::median_of(thirty).least == 10);
  CHECK(sim::median_of(thirty).most == 21);
}

TEST_CASE("bank: a shallow bug is found, its finding comes back, shrinks and is explained") {
  const sim::BankResult result =
      measure(bank_of({"wake_before_enqueue"}, {"portfolio", "random", "dfs:0"}));
  REQUIRE(result.bugs.size() == 1);
  const sim::BankBug& bug = result.bugs.front();
  REQUIRE(bug.cells.size() == 3);
  CHECK(bug.cells[0].found == 4);
  CHECK(bug.cells[0].executions.median > 0);
  CHECK(bug.cells[1].found == 4);
  // It needs a preemption, and the search without one is told to have seen all there is.
  CHECK(bug.cells[2].runs == 1);
  CHECK(bug.cells[2].found == 0);
  CHECK(bug.cells[2].complete > 0);
  CHECK(bug.reached > 0);
  CHECK(bug.operations == 3);
  REQUIRE(bug.finding.has_value());
  CHECK(bug.finding->same == 100);
  CHECK(bug.finding->verified);
  CHECK(bug.finding->shrunk_preemptions == 1);
  CHECK(bug.finding->switches <= 4);
  CHECK(bug.finding->critical_step.has_value());
  CHECK(bug.control_executions == 300);
  CHECK(result.control_is_clean());
}

TEST_CASE("bank: a bug that a fault shows shrinks to the fault, without any preemption") {
  const sim::BankResult result = measure(bank_of({"ready_despite_error"}, {"random"}));
  const sim::BankBug& bug = result.bugs.front();
  CHECK(bug.cells.front().found == 4);
  REQUIRE(bug.finding.has_value());
  CHECK(bug.finding->preemptions > 10);
  CHECK(bug.finding->verified);
  CHECK(bug.finding->shrunk_preemptions == 0);
  CHECK(result.control_is_clean());
}

TEST_CASE("bank: figures do not depend on the number of jobs, and who finds nothing is given up") {
  sim::BankOptions options = bank_of({"wait_ignores_ring_state"}, {"random"});
  options.seeds = 6;
  options.hopeless = 3;
  options.budget = 40;
  options.control = 0;
  const sim::BankResult alone = measure(options);
  options.jobs = 2;
  const sim::BankResult together = measure(options);
  const sim::BankCell& cell = alone.bugs.front().cells.front();
  CHECK(cell.found == 0);
  CHECK(cell.runs == 3);
  CHECK(cell.executions.median == 0);
  CHECK(together.bugs.front().cells.front().runs == 3);
  CHECK(together.bugs.front().reached == alone.bugs.front().reached);
  CHECK(alone.bugs.front().control_executions == 0);
}
