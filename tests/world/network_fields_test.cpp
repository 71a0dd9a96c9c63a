// What a scenario can say of its link and of TCP reaches the network.

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "sim/net/congestion.hpp"
#include "sim/net/net_stack.hpp"
#include "tests/support/small_scenario.hpp"

using namespace kev::literals;

namespace {

sim::DesignSummary served(const sim::Scenario& scenario) {
  const sim::DesignSummary summary = test::run(scenario, "sync-sendfile");
  INFO(test::first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed == scenario.workload.requests);
  return summary;
}

sim::DesignSummary served_with(const std::function<void(sim::LinkSpec&)>& change) {
  sim::Scenario scenario = test::small_scenario();
  change(scenario.links.front());
  return served(scenario);
}

}  // namespace

TEST_CASE("a link that loses packets costs time, in bursts or one by one") {
  const kev::Duration whole = served_with([](sim::LinkSpec&) {}).sim_time;
  const kev::Duration single = served_with([](sim::LinkSpec& link) { link.loss = 0.02; }).sim_time;
  const kev::Duration mixed = served_with([](sim::LinkSpec& link) {
                                link.loss = 0.05;
                                link.loss_correlation = 0.25;
                              }).sim_time;
  const kev::Duration bursts = served_with([](sim::LinkSpec& link) {
                                 link.burst_enter = 0.01;
                                 link.burst_leave = 0.3;
                               }).sim_time;
  const kev::Duration damaged =
      served_with([](sim::LinkSpec& link) { link.corrupt = 0.02; }).sim_time;
  CHECK(single > whole);
  CHECK(mixed > whole);
  CHECK(mixed != single);
  CHECK(bursts > whole);
  CHECK(damaged > whole);
}

TEST_CASE("in a burst as many packets are lost as the scenario says") {
  const auto with = [](double lost) {
    return served_with([lost](sim::LinkSpec& link) {
      link.burst_enter = 0.02;
      link.burst_leave = 0.3;
      link.burst_loss = lost;
    });
  };
  CHECK(with(0).sim_time == served_with([](sim::LinkSpec&) {}).sim_time);
  CHECK(with(0.2).sim_time < with(1).sim_time);
}

TEST_CASE("packets that come twice, early or late are sorted out") {
  const std::uint64_t plain = served_with([](sim::LinkSpec&) {}).fingerprint;
  CHECK(served_with([](sim::LinkSpec& link) { link.duplicate = 0.05; }).fingerprint != plain);
  CHECK(served_with([](sim::LinkSpec& link) { link.reorder = 0.05; }).fingerprint != plain);
  CHECK(served_with([](sim::LinkSpec& link) { link.jitter = 50_us; }).fingerprint != plain);
}

TEST_CASE("every network stack serves with every congestion control, each in its own way") {
  sim::Scenario scenario = test::small_scenario();
  scenario.links.front().loss = 0.02;
  scenario.links.front().rtt = 10_ms;
  std::set<std::uint64_t> seen;
  std::size_t combinations = 0;
  for (const sim::NetStack& stack : sim::net_stacks()) {
    scenario.tcp.stack = stack.name;
    scenario.tcp.congestion = "default";
    const std::uint64_t by_default = served(scenario).fingerprint;
    for (const sim::CongestionControl& control : sim::congestion_controls()) {
      INFO(stack.name << ", " << control.name);
      scenario.tcp.congestion = control.name;
      const std::uint64_t fingerprint = served(scenario).fingerprint;
      CHECK((fingerprint == by_default) == (control.name == stack.congestion));
      seen.insert(fingerprint);
      ++combinations;
    }
  }
  CHECK(seen.size() == combinations);
}
