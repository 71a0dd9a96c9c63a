// Processes that write beside the file server: what they get done, and what readers see of it.

#include <catch2/catch.hpp>

#include "tests/support/small_scenario.hpp"

using namespace test;
using namespace kev::literals;

namespace {

sim::Scenario with_writer(const sim::WriterSpec& writer) {
  sim::Scenario scenario = small_scenario();
  scenario.workload.requests = 100;
  scenario.workload.think_time = 20_ms;
  scenario.writers.push_back(writer);
  return scenario;
}

}  // namespace

TEST_CASE("a log is written at its rate, emptied when it is full, and flushed") {
  const sim::Scenario scenario = with_writer({"log", 2'000'000, 16 << 10, 256 << 10, 64 << 10});
  const sim::DesignSummary summary = run(scenario, "sync-sendfile");
  INFO(first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed == 100);
  REQUIRE(summary.writers.any);
  CHECK(summary.writers.bytes_per_s > 1'500'000);
  CHECK(summary.writers.bytes_per_s <= 2'100'000);
  CHECK(summary.writers.fsync_p50 > kev::Duration(0));
  CHECK(summary.writers.fsync_max >= summary.writers.fsync_p50);
  CHECK(summary.writers.errors == 0);
}

TEST_CASE("who replaces what is served changes no answer's length, and shows no old page") {
  for (const sim::Design& design : sim::designs())
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      sim::Scenario scenario = with_writer({"served", 20'000'000, 8 << 10, 1, 100'000});
      scenario.workload.cached = true;
      const sim::DesignSummary summary = run(scenario, design.name, seed);
      INFO(design.name << " seed " << seed << ' ' << first_violation(summary));
      CHECK(summary.violations.empty());
      CHECK(summary.completed == 100);
      CHECK(summary.writers.bytes_per_s > 0);
    }
}

TEST_CASE("a failed write is told to the writer, and to nobody else") {
  sim::Scenario scenario = with_writer({"log", 2'000'000, 16 << 10, 256 << 10, 64 << 10});
  scenario.faults.push_back({"disk.write", 1.0});
  scenario.faults.back().nth = 2;
  const sim::DesignSummary summary = run(scenario, "kevent-aio-sendfile");
  INFO(first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed == 100);
  REQUIRE(summary.faults.size() == 1);
  CHECK(summary.faults[0].count == 1);
  CHECK(summary.writers.errors == 1);
}

TEST_CASE("a writer that is faster than the disk is held up, the more the lower the limit") {
  sim::WriterSpec writer{"data", 400'000'000, 64 << 10, 64 << 20};
  sim::Scenario scenario = with_writer(writer);
  scenario.machine.memory_bytes = 16 << 20;
  const sim::DesignSummary usual = run(scenario, "sync-sendfile");
  INFO(first_violation(usual));
  CHECK(usual.violations.empty());
  CHECK(usual.writers.held_up_ratio > 0.2);
  CHECK(usual.writers.bytes_per_s < 200'000'000);
  scenario.machine.memory_bytes = 512 << 20;
  const sim::DesignSummary roomy = run(scenario, "sync-sendfile");
  CHECK(roomy.writers.held_up_ratio < usual.writers.held_up_ratio);
}

TEST_CASE("a run with writers is the same each time") {
  const sim::Scenario scenario = with_writer({"data", 2'000'000, 4 << 10, 1 << 20, 64 << 10});
  const std::uint64_t first = run(scenario, "kevent-aio-sendfile").fingerprint;
  CHECK(run(scenario, "kevent-aio-sendfile").fingerprint == first);
  CHECK(run(scenario, "kevent-aio-sendfile", 2).fingerprint != first);
}

TEST_CASE("a writer's file that does not fit the disk is the scenario's mistake") {
  sim::Scenario scenario = with_writer({"log", 1'000'000, 4 << 10, std::int64_t{1} << 50});
  sim::RunOptions options;
  const auto source = sim::make_file_server(scenario.workload, sim::RandomStreams(1));
  const auto result = sim::run_design(
      {&scenario, sim::find_design("sync-sendfile"), &options, {}, nullptr}, *source);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().front().hint.find("[[writer]]") != std::string::npos);
}
