#include <catch2/catch.hpp>

#include "tests/support/small_scenario.hpp"

using namespace test;

namespace {

const std::string capture = std::string(KEVSIM_SOURCE_DIR) + "/traces/nginx-sendfile.strace.gz";

/// For the first file.
sim::ReplayRequest request_for(std::int64_t bytes) {
  sim::ReplayRequest request;
  request.file = 0;
  request.length = bytes;
  request.request_bytes = 80;
  request.header_bytes = 200;
  return request;
}

}  // namespace

TEST_CASE("every request of the nginx capture is served, at its recorded times and at once") {
  for (const auto timing : {sim::ReplayTiming::recorded, sim::ReplayTiming::asap}) {
    sim::ReplayOptions options;
    options.timing = timing;
    const auto summary = sim::replay_trace(small_scenario(), capture, options);
    REQUIRE(summary.has_value());
    CHECK(summary->replayed);
    CHECK(summary->replay.requests_recorded == 953);
    CHECK(summary->replay.unmatched.empty());
    for (const sim::DesignSummary& design : summary->designs) {
      INFO(design.name << ' ' << first_violation(design));
      CHECK(design.violations.empty());
      CHECK(design.completed == 953);
      CHECK(design.failed == 0);
    }
  }
}

TEST_CASE("stretching the recorded times stretches the replay") {
  sim::ReplayOptions options;
  options.timing = sim::ReplayTiming::scaled;
  options.factor = 10;
  const auto summary = sim::replay_trace(small_scenario(), capture, options);
  REQUIRE(summary.has_value());
  CHECK(summary->designs.front().sim_time > kev::Duration(9'000'000'000));
}

TEST_CASE("recorded advice is given to the kernel, in the midst of bodies, too") {
  using Kind = sim::ReplayAdvice::Kind;
  sim::ReplayPlan plan;
  plan.files.push_back({"/f", 400'000});
  const sim::ReplayRequest request = request_for(400'000);
  sim::ReplayRequest kept = request;
  kept.advice = {{Kind::random, 0, 0, 0},
                 {Kind::will_need, 0, 0, 0},
                 {Kind::readahead, 200'000, 4096, 200'000}};
  sim::ReplayRequest dropped = kept;
  dropped.advice.push_back({Kind::dont_need, 0, 0, 400'000});
  const sim::Scenario scenario = small_scenario();
  const sim::ReplayOptions options;
  const auto run_of = [&](const sim::ReplayRequest& first, const sim::Design& design) {
    plan.connections = {{{}, {}, {first, request}, false}};
    const auto source = sim::make_replay(plan, options);
    const auto summary = sim::run_design({&scenario, &design, &options, {}, nullptr}, *source);
    REQUIRE(summary.has_value());
    INFO(design.name << ' ' << first_violation(*summary));
    CHECK(summary->violations.empty());
    CHECK(summary->completed == 2);
    return *summary;
  };
  const auto disk_time = [](const sim::DesignSummary& summary) {
    return summary.disk_busy_ratio * static_cast<double>(summary.sim_time.ns());
  };
  for (const sim::Design& design : sim::designs()) {
    INFO(design.name);
    const sim::DesignSummary told = run_of(kept, design);
    // Three pieces of advice, and the body in two parts.
    CHECK(told.system_calls >= run_of(request, design).system_calls + 4);
    // Dropped after the first request, the file is read again for the second, out of the
    // disk's cache.
    CHECK(disk_time(run_of(dropped, design)) > 1.05 * disk_time(told));
  }
}

TEST_CASE("a trace that is none is told with its name") {
  const auto summary = sim::replay_trace(small_scenario(), KEVSIM_SOURCE_DIR "/README.md", {});
  REQUIRE_FALSE(summary.has_value());
}

TEST_CASE("a request whose answer was not recorded is not asked, and holds nobody up") {
  sim::ReplayPlan plan;
  plan.files.push_back({"/f", 100'000});
  const sim::ReplayRequest answered = request_for(100'000);
  sim::ReplayRequest unanswered;
  unanswered.request_bytes = 80;
  plan.connections.push_back({{}, {}, {answered, unanswered}, false});
  plan.connections.push_back({{}, {}, {unanswered}, false});
  const sim::Scenario scenario = small_scenario();
  const sim::ReplayOptions options;
  for (const sim::Design& design : sim::designs()) {
    const auto source = sim::make_replay(plan, options);
    const auto summary = sim::run_design({&scenario, &design, &options, {}, nullptr}, *source);
    REQUIRE(summary.has_value());
    INFO(design.name << ' ' << first_violation(*summary));
    CHECK(summary->violations.empty());
    CHECK(summary->requests == 1);
    CHECK(summary->completed == 1);
  }
}
