// The server is killed: who is served by it loses his connection, what the kernel does for it goes
// on, and the next one serves the rest.

#include <catch2/catch.hpp>

#include "tests/support/small_scenario.hpp"

using namespace test;
using namespace kev::literals;

namespace {

sim::Scenario killed_at(std::int64_t call, kev::Duration downtime) {
  sim::Scenario scenario = small_scenario();
  scenario.workload.requests = 60;
  sim::FaultSpec kill;
  kill.at = "process.kill";
  kill.nth = call;
  kill.delay = downtime;
  scenario.faults.push_back(kill);
  return scenario;
}

void check_all_ended(const sim::DesignSummary& summary, std::int64_t requests) {
  INFO(summary.name << ' ' << first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.requests == requests);
  CHECK(summary.completed + summary.failed == requests);
}

}  // namespace

TEST_CASE("a killed server is started again after its downtime and serves the rest") {
  for (const sim::Design& design : sim::designs()) {
    const kev::Duration undisturbed = run(killed_at(100'000, 3'000_ms), design.name).sim_time;
    const sim::DesignSummary summary = run(killed_at(60, 3'000_ms), design.name);
    check_all_ended(summary, 60);
    CHECK(undisturbed < 3'000_ms);
    CHECK(summary.sim_time >= 3'000_ms);
    CHECK(summary.sim_time < 10'000_ms);
    // At most what its four clients were waiting for.
    CHECK(summary.failed >= 1);
    CHECK(summary.failed <= 4);
  }
}

TEST_CASE("wherever the server is killed, each request ends once and nothing is left") {
  for (const sim::Design& design : sim::designs())
    for (std::int64_t call = 1; call <= 120; call += 2) {
      INFO("killed at call " << call);
      check_all_ended(run(killed_at(call, 20_ms), design.name), 60);
    }
}

TEST_CASE("a server that is killed again and again still serves everybody") {
  for (const sim::Design& design : sim::designs()) {
    sim::Scenario scenario = killed_at(0, 5_ms);
    scenario.faults.front().rate = 0.03;
    const sim::DesignSummary summary = run(scenario, design.name);
    check_all_ended(summary, 60);
    REQUIRE(summary.faults.size() == 1);
    CHECK(summary.faults.front().count > 5);
    CHECK(summary.completed > 20);
  }
}

TEST_CASE("a server that has no memory when it is started again is started once more") {
  sim::Scenario scenario = killed_at(0, 5_ms);
  scenario.faults.front().rate = 0.02;
  scenario.faults.push_back({"alloc", 0.2, 0});
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    check_all_ended(run(scenario, "kevent-aio-sendfile", seed), 60);
}

TEST_CASE("clients give up when no server comes back") {
  for (const sim::Design& design : sim::designs()) {
    const sim::DesignSummary summary = run(killed_at(60, 3'600'000_ms), design.name);
    INFO(design.name << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.completed + summary.failed == summary.requests);
    CHECK(summary.requests < 60);
  }
}

TEST_CASE("asynchronous requests of a dead server go on: who waits for one gets his answer") {
  const auto failed = [](std::string_view design) {
    std::int64_t all = 0;
    for (std::int64_t call = 30; call <= 90; ++call)
      all += run(killed_at(call, 20_ms), design).failed;
    return all;
  };
  const std::int64_t with_threads = failed("sync-sendfile");
  const std::int64_t asynchronous = failed("kevent-aio-sendfile");
  CHECK(with_threads > 100);
  CHECK(asynchronous < with_threads / 2);
}
