#include <catch2/catch.hpp>

#include "tests/support/small_scenario.hpp"

using namespace test;

TEST_CASE("each design answers every request in full, under every combination of devices") {
  for (const sim::Design& design : sim::designs())
    for (const char* readahead : {"linux-2.6.18", "linux-2.6.23", "linux-6.10", "none"})
      for (const char* elevator : {"noop", "deadline"})
        for (const char* disk : {"hdd", "ssd"})
          for (const int cpus : {1, 2}) {
            sim::Scenario scenario = small_scenario();
            scenario.cache.readahead = readahead;
            scenario.disks[0].elevator = elevator;
            scenario.disks[0].kind = disk;
            if (scenario.disks[0].kind == "ssd") scenario.disks[0].profile = "970-pro";
            scenario.machine.cpus = cpus;
            const sim::DesignSummary summary = run(scenario, design.name);
            INFO(design.name << ' ' << readahead << ' ' << elevator << ' ' << disk << ' ' << cpus);
            INFO(first_violation(summary));
            CHECK(summary.violations.empty());
            CHECK(summary.completed == 20);
            CHECK(summary.failed == 0);
            CHECK(summary.bytes_sent == 20 * 100'000);
          }
}

TEST_CASE("sizes around a page, an empty file, one byte, and a small socket buffer") {
  for (const sim::Design& design : sim::designs())
    for (const std::int64_t size : {0, 1, 4095, 4096, 4097, 8192, 1 << 20})
      for (const std::int64_t buffer : {4096, 131072}) {
        sim::Scenario scenario = small_scenario();
        scenario.workload.files.size_bytes = size;
        scenario.tcp.send_buffer_bytes = buffer;
        const sim::DesignSummary summary = run(scenario, design.name);
        INFO(design.name << ' ' << size << ' ' << buffer << ' ' << first_violation(summary));
        CHECK(summary.violations.empty());
        CHECK(summary.completed == 20);
        CHECK(summary.bytes_sent == 20 * size);
      }
}

TEST_CASE("one seed gives one run to the last event, another seed gives another") {
  const sim::Scenario scenario = small_scenario();
  for (const sim::Design& design : sim::designs()) {
    const sim::DesignSummary first = run(scenario, design.name, 7);
    const sim::DesignSummary again = run(scenario, design.name, 7);
    CHECK(first.fingerprint == again.fingerprint);
    CHECK(first.events == again.events);
    CHECK(run(scenario, design.name, 8).fingerprint != first.fingerprint);
  }
}

TEST_CASE("a cached workload does not touch the disk and is bound by the link") {
  sim::Scenario scenario = small_scenario();
  scenario.workload.cached = true;
  scenario.workload.requests = 200;
  scenario.workload.clients = 8;
  for (const sim::Design& design : sim::designs()) {
    const sim::DesignSummary summary = run(scenario, design.name);
    INFO(design.name << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.completed == 200);
    CHECK(summary.disk_busy_ratio == 0);
    CHECK(summary.cache_hit_ratio == 1);
    CHECK(summary.link_busy_ratio > 0.8);
  }
}

TEST_CASE("memory smaller than the files: pages are evicted and read again") {
  sim::Scenario scenario = small_scenario();
  scenario.machine.memory_bytes = 4 << 20;
  scenario.workload.files = {40, 200'000, "uniform"};
  scenario.workload.requests = 100;
  for (const sim::Design& design : sim::designs()) {
    const sim::DesignSummary summary = run(scenario, design.name);
    INFO(design.name << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.completed == 100);
  }
}

TEST_CASE("the run stops where it is told and says what was left") {
  const sim::Scenario scenario = small_scenario();
  sim::RunOptions options;
  options.until = kev::Instant(30'000'000);
  const sim::RandomStreams streams(1);
  const auto source = sim::make_file_server(scenario.workload, streams);
  const auto result = sim::run_design(
      {&scenario, sim::find_design("sync-sendfile"), &options, {}, nullptr}, *source);
  REQUIRE(result.has_value());
  CHECK(result->completed < 20);
  CHECK(result->violations.empty());
}

TEST_CASE("files that do not fit are the user's mistake") {
  sim::Scenario huge = small_scenario();
  huge.workload.files = {1000, 1ll << 40, "uniform"};
  CHECK_FALSE(sim::run_scenario(huge, {}).has_value());
}

TEST_CASE("a run that is cut off lasts from its first request to the cut, answered or not") {
  const sim::Scenario scenario = small_scenario();
  const auto lasted = [&](int cut_ms) {
    sim::RunOptions options;
    options.until = kev::Instant(cut_ms * 1'000'000);
    const auto summary = sim::run_scenario(scenario, options);
    REQUIRE(summary.has_value());
    CHECK(summary->designs.front().completed < 20);
    return summary->designs.front().sim_time;
  };
  CHECK(lasted(11) - lasted(10) == kev::Duration(1'000'000));
  CHECK(lasted(30) - lasted(10) == kev::Duration(20'000'000));
}

TEST_CASE("files that do not fit on the disk are the scenario's mistake") {
  sim::Scenario scenario = small_scenario();
  scenario.workload.files.size_bytes = std::int64_t{1} << 40;
  const auto summary = sim::run_scenario(scenario, {});
  REQUIRE_FALSE(summary.has_value());
  CHECK(summary.error().front().place.file == "small");
  CHECK_FALSE(summary.error().front().hint.empty());
}
