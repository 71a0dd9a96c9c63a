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

TEST_CASE("each item of a netem line changes what a link does") {
  const auto with = [](const char* netem) {
    return served_with([netem](sim::LinkSpec& link) { link.netem = netem; });
  };
  const sim::DesignSummary plain = served_with([](sim::LinkSpec&) {});
  CHECK(with("delay 10ms").sim_time > plain.sim_time + 100_ms);  // five requests each, both ways
  CHECK(with("rate 10mbit").sim_time > 1600_ms);                 // 2 MB
  CHECK(with("loss 3%").sim_time > plain.sim_time);
  CHECK(with("delay 1ms limit 4").sim_time > with("delay 1ms").sim_time);
  std::set<std::uint64_t> seen{plain.fingerprint, with("").fingerprint};
  CHECK(seen.size() == 1);
  std::size_t lines = 1;
  for (const char* netem : {"delay 1ms",
                            "delay 1ms 200us",
                            "delay 1ms 200us 50%",
                            "delay 1ms 200us distribution normal",
                            "delay 1ms 200us distribution pareto",
                            "delay 1ms 200us distribution paretonormal",
                            "loss 3%",
                            "loss 20% 30%",
                            "loss state 3%",
                            "loss state 3% 50% 5% 50% 1%",
                            "loss gemodel 3%",
                            "loss gemodel 3% 20%",
                            "loss gemodel 3% 20% 50%",
                            "loss gemodel 3% 20% 50% 1%",
                            "duplicate 5%",
                            "duplicate 5% 30%",
                            "corrupt 3%",
                            "corrupt 20% 30%",
                            "delay 1ms reorder 20%",
                            "delay 1ms reorder 20% 50%",
                            "delay 1ms reorder 20% gap 3",
                            "rate 100mbit"}) {
    INFO(netem);
    CHECK(seen.insert(with(netem).fingerprint).second);
    ++lines;
  }
  CHECK(seen.size() == lines);
}

TEST_CASE("a header of its own is a segment more, and a small one behind it waits unless nodelay") {
  // 1000 bytes of a file fit behind the header into one segment, and are two without MSG_MORE.
  const auto sent = [](std::string_view design, std::string header, bool nodelay) {
    sim::Scenario scenario = test::small_scenario();
    scenario.workload.clients = 1;
    scenario.workload.requests = 40;
    scenario.workload.cached = true;
    scenario.workload.files = {1, 1000, "uniform"};
    scenario.links.front().rtt = 20_ms;
    scenario.workload.header = std::move(header);
    scenario.workload.nodelay = nodelay;
    const sim::DesignSummary summary = test::run(scenario, design);
    CHECK(summary.violations.empty());
    CHECK(summary.completed == 40);
    return summary;
  };
  for (const std::string_view design : {"sync-sendfile", "kevent-aio-sendfile"}) {
    INFO(design);
    const sim::DesignSummary more = sent(design, "more", false);
    const sim::DesignSummary cork = sent(design, "cork", false);
    const sim::DesignSummary plain = sent(design, "plain", false);
    const sim::DesignSummary nodelay = sent(design, "plain", true);
    // Nagle: the file's small segment waits for the header's acknowledgement, a round trip at
    // least.
    CHECK(plain.latency.p50 > more.latency.p50 + 15_ms);
    CHECK(nodelay.latency.p50 < more.latency.p50 + 5_ms);
    CHECK(cork.latency.p50 < more.latency.p50 + 5_ms);
    // 52 bytes of TCP and IP and 38 of Ethernet for one segment more a request.
    const auto link_time = [](const sim::DesignSummary& summary) {
      return summary.link_busy_ratio * summary.sim_time.seconds();
    };
    CHECK(link_time(nodelay) - link_time(more) == Approx(40 * 90 * 8 / 1e9).epsilon(0.1));
    CHECK(link_time(cork) == Approx(link_time(more)).epsilon(0.001));
    CHECK(cork.system_calls == more.system_calls + 2 * 40);
  }
}

TEST_CASE("client machines have links of their own, and a switch that drops what does not fit") {
  sim::Scenario scenario = test::small_scenario();
  CHECK_FALSE(served(scenario).switched);
  scenario.workload.cached = true;
  scenario.links.front().hosts = 4;
  const sim::DesignSummary fast = served(scenario);
  CHECK(fast.switched);
  CHECK(fast.switch_drops == 0);
  // 20 files of 100 kB over four links of 10 Mbit/s: 0.4 s at least.
  scenario.links.front().hosts = 0;
  scenario.links.push_back({"slow", 1'250'000, 200_us});
  scenario.links.back().hosts = 4;
  const sim::DesignSummary slow = served(scenario);
  CHECK(fast.sim_time < 100_ms);
  CHECK(slow.sim_time > 400_ms);
  CHECK(slow.sim_time < 800_ms);
  CHECK(slow.switch_drops == 0);
  scenario.ethernet.port_packets = 8;
  CHECK(served(scenario).switch_drops > 0);
  scenario.ethernet.port_packets = 1000;
  scenario.ethernet.memory_bytes = 32 << 10;
  CHECK(served(scenario).switch_drops > 0);
}

TEST_CASE("the clients of a scenario are dealt to all machines") {
  // Four clients that share one link of 10 Mbit/s, or have one each.
  sim::Scenario scenario = test::small_scenario();
  scenario.workload.cached = true;
  const kev::Duration one = [&] {
    scenario.links.front().hosts = 1;
    scenario.links.front().rate_bytes_per_s = 1'250'000;
    return served(scenario).sim_time;
  }();
  scenario.links.push_back(scenario.links.front());
  scenario.links.front() = sim::LinkSpec{};
  scenario.links.back().hosts = 4;
  const kev::Duration four = served(scenario).sim_time;
  CHECK(one > four * 3);
  CHECK(one < four * 5);
}

TEST_CASE("over a long way buffers that grow are faster, if they grow at both ends") {
  const auto took = [](std::int64_t send_max, std::int64_t receive_max) {
    sim::Scenario scenario = test::small_scenario();
    scenario.links.front().rtt = 100_ms;
    scenario.workload.clients = 1;
    scenario.workload.requests = 2;
    scenario.workload.cached = true;
    scenario.workload.files = {1, 8 << 20, "uniform"};
    scenario.tcp.send_buffer_max_bytes = send_max;
    scenario.tcp.receive_buffer_max_bytes = receive_max;
    return served(scenario).sim_time;
  };
  constexpr std::int64_t most = 4 << 20;
  const kev::Duration fixed = took(0, 0);
  CHECK(fixed > took(most, most) * 2);
  CHECK(fixed * 2 < took(most, 0) * 3);
  CHECK(fixed * 2 < took(0, most) * 3);
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
