// Keys of disks: each changes what the disk does.

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/small_scenario.hpp"

using namespace test;
using namespace kev::literals;

namespace {

/// Many readers of files that are not in memory, with nobody to sort what they ask for.
sim::Scenario many_readers() {
  sim::Scenario scenario = small_scenario();
  scenario.disks.front().elevator = "noop";
  scenario.machine.memory_bytes = 16 << 20;
  scenario.workload.clients = 24;
  scenario.workload.requests = 100;
  scenario.workload.files = {4000, 256 << 10, "uniform"};
  return scenario;
}

double throughput(const sim::Scenario& scenario) {
  const sim::DesignSummary summary = run(scenario, "sync-sendfile");
  CHECK(summary.violations.empty());
  return summary.throughput_bytes_per_s;
}

}  // namespace

TEST_CASE("the order of a hard disk's queue decides how fast it is") {
  sim::Scenario scenario = many_readers();
  std::set<double> rates;
  for (const char* order : {"fcfs", "look", "c-look", "sstf", "vscan", "sptf"}) {
    scenario.hdd.order = order;
    rates.insert(throughput(scenario));
  }
  CHECK(rates.size() >= 5);  // vscan may go the way of another
  scenario.hdd.order = "fcfs";
  const double in_order = throughput(scenario);
  scenario.hdd.order = "sptf";
  CHECK(throughput(scenario) > 1.2 * in_order);
  scenario.hdd.age_limit = 1_ns;
  CHECK(throughput(scenario) == in_order);
}

TEST_CASE("a drive that takes one request has nothing to sort") {
  sim::Scenario scenario = many_readers();
  scenario.hdd.order = "sptf";
  const double sorted = throughput(scenario);
  scenario.hdd.queue_depth = 1;
  CHECK(throughput(scenario) < 0.9 * sorted);
}

TEST_CASE("the arbitration of a flash drive is the scenario's: urgent writes wait less") {
  sim::Scenario scenario = many_readers();
  // Neither the link nor memory shall be what all wait for, but the drive's queues.
  scenario.machine.memory_bytes = 256 << 20;
  scenario.machine.cpus = 4;
  scenario.links.front().rate_bytes_per_s = 1'250'000'000;
  scenario.disks.front().kind = "ssd";
  scenario.disks.front().profile = "970-pro";
  scenario.ssd.capacity_bytes = std::int64_t{8} << 30;
  scenario.ssd.fetch_total = 1;
  scenario.workload.ioprio = "idle";
  scenario.writers.push_back({"data", 400'000'000, 16 << 10, 16 << 20, 16 << 10, "realtime"});
  const auto with = [&](const char* arbitration) {
    scenario.ssd.arbitration = arbitration;
    return run(scenario, "sync-sendfile");
  };
  const sim::DesignSummary weighted = with("weighted");
  const sim::DesignSummary in_turn = with("round-robin");
  CHECK(weighted.writers.fsync_max * 2 < in_turn.writers.fsync_max);
  CHECK(with("profile").fingerprint == in_turn.fingerprint);
}

TEST_CASE("kinds of pages and planes of a flash drive") {
  sim::Scenario scenario = many_readers();
  scenario.disks.front().kind = "ssd";
  scenario.disks.front().profile = "simplessd-sample";
  scenario.ssd.capacity_bytes = std::int64_t{8} << 30;
  scenario.ssd.channels = 1;
  scenario.ssd.ways = 1;
  scenario.ssd.sense = 500_us;
  const double as_is = throughput(scenario);
  scenario.ssd.planes = 1;
  CHECK(throughput(scenario) < 0.9 * as_is);
  scenario.ssd.planes = 2;
  scenario.ssd.cell_levels = 4;
  scenario.ssd.slow_sense = 5_ms;
  CHECK(throughput(scenario) < 0.5 * as_is);
}

TEST_CASE("a drive that writes nothing fast keeps fsync waiting for the media") {
  sim::Scenario scenario = small_scenario();
  scenario.workload.requests = 100;
  scenario.workload.think_time = 20_ms;
  scenario.writers.push_back({"data", 2'000'000, 16 << 10, 16 << 20, 16 << 10});
  const auto fsync = [&](const char* level) {
    scenario.hdd.fast_write = level;
    return run(scenario, "sync-sendfile").writers.fsync_p50;
  };
  CHECK(fsync("none") > fsync("any") * 2);
}
