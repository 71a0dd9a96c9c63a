// Faults in the devices under the real code: every request ends, and no client ever sees a wrong
// byte.

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/small_scenario.hpp"

using namespace test;

namespace {

sim::Scenario with_fault(const char* at, double rate) {
  sim::Scenario scenario = small_scenario();
  scenario.workload.requests = 60;
  scenario.faults.push_back({at, rate, 0});
  return scenario;
}

}  // namespace

TEST_CASE("disk errors: requests fail or are read again, nothing is sent that was not read") {
  for (const sim::Design& design : sim::designs()) {
    std::int64_t failed = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const sim::DesignSummary summary = run(with_fault("disk.read", 0.3), design.name, seed);
      INFO(design.name << " seed " << seed << ' ' << first_violation(summary));
      REQUIRE(summary.violations.empty());
      REQUIRE(summary.completed + summary.failed == 60);
      failed += summary.failed;
    }
    CHECK(failed > 0);
  }
}

TEST_CASE("a disk that always fails fails every request, and none hangs") {
  for (const sim::Design& design : sim::designs()) {
    const sim::DesignSummary summary = run(with_fault("disk.read", 1.0), design.name);
    INFO(design.name << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.failed == 60);
    CHECK(summary.bytes_sent == 0);
  }
}

TEST_CASE("pages and objects that cannot be allocated: every request ends") {
  for (const sim::Design& design : sim::designs())
    for (const char* point : {"page.alloc", "alloc"})
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const sim::DesignSummary summary = run(with_fault(point, 0.2), design.name, seed);
        INFO(design.name << ' ' << point << " seed " << seed << ' ' << first_violation(summary));
        REQUIRE(summary.violations.empty());
        REQUIRE(summary.completed + summary.failed == 60);
        CHECK(summary.completed > 0);
      }
}

TEST_CASE("copies to the server's user memory that fault lose no event") {
  const sim::DesignSummary summary = run(with_fault("copy_to_user", 0.2), "kevent-aio-sendfile");
  INFO(first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed + summary.failed == 60);
  CHECK(summary.completed > 30);
}

TEST_CASE("a link that loses packets delays answers and changes none") {
  for (const sim::Design& design : sim::designs()) {
    sim::Scenario scenario = small_scenario();
    scenario.links[0].loss = 0.02;
    const sim::DesignSummary summary = run(scenario, design.name);
    INFO(design.name << ' ' << first_violation(summary));
    CHECK(summary.violations.empty());
    CHECK(summary.completed == 20);
  }
}
