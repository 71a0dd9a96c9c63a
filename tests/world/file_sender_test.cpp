#include <catch2/catch.hpp>

#include "tests/support/small_scenario.hpp"

using namespace test;

namespace {

sim::Scenario cached_files() {
  sim::Scenario scenario = small_scenario();
  scenario.workload.cached = true;
  scenario.workload.requests = 40;
  return scenario;
}

double cpu_seconds(const sim::DesignSummary& summary) {
  return summary.cpu_busy_ratio * static_cast<double>(summary.sim_time.ns());
}

}  // namespace

TEST_CASE("a copy through the program costs CPU that handing pages on does not") {
  const sim::Scenario scenario = cached_files();
  const double sendfile = cpu_seconds(run(scenario, "sync-sendfile"));
  CHECK(cpu_seconds(run(scenario, "read-write")) > 1.2 * sendfile);
  CHECK(cpu_seconds(run(scenario, "mmap-write")) > 1.05 * sendfile);
  CHECK(cpu_seconds(run(scenario, "splice")) < 1.05 * sendfile);
}

TEST_CASE("each way makes its own system calls for a file of 100 000 bytes") {
  const sim::Scenario scenario = cached_files();
  const std::int64_t sendfile = run(scenario, "sync-sendfile").system_calls;
  // More than sendfile's, for each of the 40 requests.
  const auto more = [&](const char* design) {
    return (run(scenario, design).system_calls - sendfile) / 40;
  };
  CHECK(more("willneed-sendfile") == 1);  // posix_fadvise
  CHECK(more("read-write") == 3);         // pread, send, pread, send
  CHECK(more("mmap-write") == 3);         // mmap, send, send, munmap
  CHECK(more("splice") >= 3);             // in and out, at least twice
}

TEST_CASE("advice keeps the arm from going between files after each small window") {
  sim::Scenario scenario = small_scenario();
  scenario.workload.clients = 8;
  scenario.workload.files = {200, 120 * 4096, "uniform"};
  scenario.cache.readahead_max_bytes = 16384;
  const sim::DesignSummary windows = run(scenario, "sync-sendfile");
  const sim::DesignSummary advised = run(scenario, "willneed-sendfile");
  CHECK(advised.sim_time.ns() * 2 < windows.sim_time.ns());
}

TEST_CASE("failing reads end connections of each server, and nothing leaks") {
  for (const char* design : {"read-write", "mmap-write", "splice", "willneed-sendfile"}) {
    sim::Scenario scenario = small_scenario();
    scenario.workload.requests = 60;
    scenario.faults.push_back({});
    scenario.faults.back().at = "disk.read";
    scenario.faults.back().rate = 0.2;
    const sim::DesignSummary summary = run(scenario, design);
    INFO(design << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.failed > 0);
    CHECK(summary.completed + summary.failed == 60);
  }
}
