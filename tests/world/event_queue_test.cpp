#include <catch2/catch.hpp>

#include "sim/engine/random.hpp"
#include "sim/schedule/random_chooser.hpp"
#include "sim/world/event_run.hpp"

namespace {

sim::Scenario small_queue() {
  sim::Scenario scenario;
  scenario.machine.cpus = 2;
  scenario.workload.kind = sim::event_queue_workload;
  scenario.workload.clients = 2;
  scenario.workload.workers = 2;
  scenario.workload.requests = 20;
  scenario.queue.slots = 3;
  scenario.queue.batch = 2;
  scenario.queue.outstanding = 5;
  return scenario;
}

sim::DesignSummary run(const sim::Scenario& scenario, std::string_view program,
                       sim::Chooser* explore = nullptr) {
  const sim::RunOptions options;
  const auto result =
      sim::run_event_program({&scenario, sim::find_event_program(program), &options, "", explore});
  REQUIRE(result.has_value());
  return *result;
}

std::string broken(const sim::DesignSummary& summary) {
  return summary.violations.empty() ? "" : summary.violations.front().property;
}

}  // namespace

TEST_CASE("every event is consumed once, by every program that is correct") {
  for (const char* program : {"get-events", "ring-v4"}) {
    const sim::DesignSummary summary = run(small_queue(), program);
    CHECK(broken(summary) == "");
    CHECK(summary.completed == 20);
    CHECK(summary.failed == 0);
    CHECK_FALSE(summary.files);
    CHECK(summary.requests_per_s > 0);
  }
}

TEST_CASE("removed events are counted as failed and not consumed") {
  sim::Scenario scenario = small_queue();
  scenario.queue.cancel = 1.0;
  scenario.queue.work = kev::Duration(50'000);
  const sim::DesignSummary summary = run(scenario, "get-events");
  CHECK(broken(summary) == "");
  CHECK(summary.failed > 0);
  CHECK(summary.completed + summary.failed == 20);
}

TEST_CASE("correct programs keep every promise under random schedules") {
  sim::Scenario scenario = small_queue();
  scenario.workload.requests = 6;
  scenario.queue.cancel = 0.3;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    for (const char* program : {"get-events", "ring-v4"}) {
      sim::RandomChooser random(seed);
      const sim::DesignSummary summary = run(scenario, program, &random);
      INFO(program << " seed " << seed);
      REQUIRE(broken(summary) == "");
    }
  }
}

TEST_CASE("copies that fault lose nothing") {
  sim::Scenario scenario = small_queue();
  scenario.workload.requests = 300;
  scenario.faults.push_back({"copy_to_user", 0.2, 14});
  for (const char* program : {"get-events"}) {
    const sim::DesignSummary summary = run(scenario, program);
    CHECK(broken(summary) == "");
    CHECK(summary.completed + summary.failed == 300);
  }
}
