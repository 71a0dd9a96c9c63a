// I/O priorities from the scenario to the disk: who has a better one is served before the others,
// by the elevators that know priorities.

#include <catch2/catch.hpp>

#include "sim/world/io_priority.hpp"
#include "tests/support/small_scenario.hpp"

using namespace test;
using namespace kev::literals;

namespace {

/// A server whose files are not in memory, beside a database that waits for each of its writes.
sim::Scenario busy_disk(const std::string& elevator) {
  sim::Scenario scenario = small_scenario();
  scenario.disks.front().elevator = elevator;
  scenario.disks.front().queue_depth = 4;  // what is in the drive has no priority any more
  scenario.machine.memory_bytes = 16 << 20;
  scenario.workload.clients = 32;
  scenario.workload.requests = 200;
  scenario.workload.files = {400, 256 << 10, "uniform"};
  scenario.writers.push_back({"data", 20'000'000, 16 << 10, 64 << 20, 16 << 10});
  return scenario;
}

sim::DesignSummary run_with(sim::Scenario scenario, std::string_view design,
                            const std::string& server, const std::string& writer) {
  scenario.workload.ioprio = server;
  scenario.writers.front().ioprio = writer;
  const sim::DesignSummary summary = run(scenario, design);
  INFO(first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed == 200);
  return summary;
}

}  // namespace

TEST_CASE("an idle server leaves the disk to a writer, an idle writer to the server") {
  for (const std::string elevator : {"cfq", "mq-deadline"})
    for (const sim::Design& design : sim::designs()) {
      INFO(elevator << ' ' << design.name);
      const sim::Scenario scenario = busy_disk(elevator);
      const auto equal = run_with(scenario, design.name, "none", "none");
      const auto idle_server = run_with(scenario, design.name, "idle", "none");
      const auto idle_writer = run_with(scenario, design.name, "none", "idle");
      CHECK(idle_server.writers.bytes_per_s > 1.5 * equal.writers.bytes_per_s);
      CHECK(idle_writer.writers.bytes_per_s < 0.8 * equal.writers.bytes_per_s);
      CHECK(idle_server.latency.p50 > idle_writer.latency.p50);
    }
}

TEST_CASE("levels of best effort matter to cfq, and not to mq-deadline") {
  for (const std::string elevator : {"cfq", "mq-deadline"}) {
    INFO(elevator);
    const sim::Scenario scenario = busy_disk(elevator);
    const auto usual = run_with(scenario, "sync-sendfile", "none", "none");
    const auto low = run_with(scenario, "sync-sendfile", "best-effort:7", "none");
    const auto middle = run_with(scenario, "sync-sendfile", "best-effort:4", "none");
    const bool levels = elevator == "cfq";
    CHECK((low.writers.bytes_per_s > 1.2 * usual.writers.bytes_per_s) == levels);
    CHECK(middle.writers.bytes_per_s == usual.writers.bytes_per_s);
  }
}

TEST_CASE("real time comes before the others") {
  const sim::Scenario scenario = busy_disk("mq-deadline");
  const auto equal = run_with(scenario, "sync-sendfile", "none", "none");
  const auto urgent = run_with(scenario, "sync-sendfile", "none", "realtime");
  CHECK(urgent.writers.bytes_per_s > 1.5 * equal.writers.bytes_per_s);
}

TEST_CASE("priorities are read as ionice has them") {
  using sim::IoClass;
  using sim::IoPriority;
  CHECK(sim::io_priority_of("none") == IoPriority{IoClass::none, 4});
  CHECK(sim::io_priority_of("idle") == IoPriority{IoClass::idle, 4});
  CHECK(sim::io_priority_of("realtime:0") == IoPriority{IoClass::real_time, 0});
  CHECK(sim::io_priority_of("best-effort") == IoPriority{IoClass::best_effort, 4});
}
