// Limits: how they are read and when they are met.

#include <catch2/catch.hpp>
#include <string>

#include "sim/scenario/limits.hpp"

namespace {

std::string read(std::string_view metric, std::string_view text) {
  const auto limit = sim::parse_limit(*sim::find_metric(metric), text);
  return limit ? limit->text : limit.error().message;
}

double bound(std::string_view metric, std::string_view text) {
  const auto limit = sim::parse_limit(*sim::find_metric(metric), text);
  REQUIRE(limit);
  return limit->bound;
}

sim::DesignSummary measured(std::string name, std::int64_t p99_ns) {
  sim::DesignSummary design;
  design.name = std::move(name);
  design.completed = 10;
  design.latency.p99 = kev::Duration(p99_ns);
  return design;
}

}  // namespace

TEST_CASE("a bound is in the unit of its metric") {
  CHECK(bound("latency.p99", "< 500ms") == 500e6);
  CHECK(bound("throughput", "> 560Mbit/s") == 70e6);
  CHECK(bound("throughput", ">=70MB/s") == 70e6);
  CHECK(bound("cpu_busy", "< 0.5") == 0.5);
  CHECK(bound("cpu_busy", "<= 50 %") == 0.5);
  CHECK(bound("failed", "<1") == 1);
}

TEST_CASE("a limit is written in one way, however it was typed") {
  CHECK(read("latency.p99", "  <   500ms ") == "latency.p99 < 500ms");
  CHECK(read("latency.p99", "<=5 ms") == "latency.p99 <= 5 ms");
}

TEST_CASE("a limit without relation or bound is refused") {
  CHECK(read("latency.p99", "500ms") == "needs <, <=, > or >= and a bound");
  CHECK(read("latency.p99", "") == "needs <, <=, > or >= and a bound");
  CHECK(read("latency.p99", "= 5ms") == "needs <, <=, > or >= and a bound");
  CHECK(read("latency.p99", "<") == "has a bound that is empty");
  CHECK(read("wakeups", "< many") == "needs a number as its bound");
  CHECK(read("wakeups", "< inf") == "needs a number as its bound");
  CHECK(read("cpu_busy", "< 2") == "is a share: its bound must be between 0 and 1");
}

TEST_CASE("each limit is checked for each design, at the bound too") {
  const std::vector<sim::DesignSummary> designs = {
      measured("fast", 4'999'999), measured("exact", 5'000'000), measured("slow", 5'000'001)};
  const auto met = [&](std::string_view text) {
    const auto limit = sim::parse_limit(*sim::find_metric("latency.p99"), text);
    std::string out;
    for (const sim::LimitResult& result : sim::check_limits({*limit}, designs))
      out += result.met ? 'y' : 'n';
    return out;
  };
  CHECK(met("< 5ms") == "ynn");
  CHECK(met("<= 5ms") == "yyn");
  CHECK(met("> 5ms") == "nny");
  CHECK(met(">= 5ms") == "nyy");
  const auto results =
      sim::check_limits({*sim::parse_limit(*sim::find_metric("latency.p99"), "< 5ms")}, designs);
  REQUIRE(results.size() == 3);
  CHECK(results[2].text == "latency.p99 < 5ms");
  CHECK(results[2].design == "slow");
  CHECK(results[2].value == "5.00 ms");
}

TEST_CASE("a design that completed nothing meets no limit") {
  sim::DesignSummary idle;
  const auto results =
      sim::check_limits({*sim::parse_limit(*sim::find_metric("latency.p99"), "< 5ms")}, {idle});
  REQUIRE(results.size() == 1);
  CHECK(!results[0].met);
  CHECK(results[0].value == "nothing completed");
}
