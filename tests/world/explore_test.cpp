// The real code on simulated devices under random schedules: interrupts anywhere, completions
// before submit returns, threads delayed at will. Every request must still end, with the right
// bytes.

#include <catch2/catch.hpp>

#include "sim/schedule/random_chooser.hpp"
#include "tests/support/small_scenario.hpp"

using namespace test;

namespace {

sim::Scenario tiny(int cpus) {
  sim::Scenario scenario = small_scenario();
  scenario.machine.cpus = cpus;
  scenario.workload.clients = 2;
  scenario.workload.requests = 3;
  scenario.workload.files = {2, 20'000, "uniform"};
  scenario.workload.workers = 2;
  scenario.tcp.send_buffer_bytes = 8192;
  return scenario;
}

}  // namespace

TEST_CASE("both designs end every request under any schedule, on one CPU and on two") {
  for (const sim::Design& design : sim::designs())
    for (const int cpus : {1, 2}) {
      std::int64_t completed = 0;
      for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        sim::RandomChooser chooser(seed);
        const sim::Scenario scenario = tiny(cpus);
        const sim::DesignSummary summary = run(scenario, design.name, seed, &chooser);
        INFO(design.name << ' ' << cpus << " CPUs seed " << seed << ' '
                         << first_violation(summary));
        REQUIRE(summary.violations.empty());
        // A thread may be held up for so long that its client gives the connection up.
        REQUIRE(summary.completed + summary.failed == summary.requests);
        completed += summary.completed;
      }
      INFO(design.name << ' ' << cpus << " CPUs");
      CHECK(completed > 120);
    }
}

TEST_CASE("an explored execution is repeated to the last event") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    sim::RandomChooser first(seed);
    sim::RandomChooser second(seed);
    const sim::Scenario scenario = tiny(2);
    CHECK(run(scenario, "kevent-aio-sendfile", 1, &first).fingerprint ==
          run(scenario, "kevent-aio-sendfile", 1, &second).fingerprint);
  }
}
