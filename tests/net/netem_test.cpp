// What netem does to packets, and selective acknowledgements that repair it.

#include <catch2/catch.hpp>

#include <cmath>
#include <utility>
#include <vector>

#include "sim/net/netem.hpp"
#include "sim/net/sack_blocks.hpp"
#include "tests/support/net_world.hpp"

using namespace kev::literals;
using test::message;
using test::NetOptions;
using test::NetWorld;
using test::TestPeer;

namespace {

constexpr int draws = 200'000;

struct Losses {
  double rate = 0;
  double burst = 0;  ///< mean length
};

Losses losses_of(const sim::LossModel& model) {
  sim::NetemOptions options;
  options.loss = model;
  sim::Netem netem(options, sim::Random(7));
  int lost = 0;
  int bursts = 0;
  bool before = false;
  for (int i = 0; i < draws; ++i) {
    const bool now = netem.loses();
    lost += now ? 1 : 0;
    bursts += now && !before ? 1 : 0;
    before = now;
  }
  return {double(lost) / draws, bursts == 0 ? 0 : double(lost) / bursts};
}

NetOptions lossy(const sim::NetemOptions& netem) {
  NetOptions options;
  options.network.link.rtt = 10_ms;
  options.network.link.netem = netem;
  sim::TcpOptions tcp = sim::tcp_options(*sim::find_net_stack("linux-2.6.18"));
  tcp.receive_buffer_max = 0;
  options.network.server.tcp = tcp;
  options.network.client = tcp;
  return options;
}

/// A megabyte arrives complete and in order; what the server's endpoint did.
sim::TcpStats send_megabyte(const NetOptions& options) {
  NetWorld world(options);
  TestPeer client(world.network);
  sim::TcpStats stats;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.send_all(socket, message(1, 1'000'000)) == 1'000'000);
    world.sleep(20_s);
    stats = socket.endpoint().stats();
    socket.put();
  });
  CHECK(test::wrong_content(client.runs, 1, 1'000'000).empty());
  CHECK(world.violation().empty());
  return stats;
}

}  // namespace

TEST_CASE("random loss strikes as often as it says") {
  sim::LossModel model;
  model.kind = sim::LossModel::Kind::random;
  model.random = {0.05, 0};
  const Losses losses = losses_of(model);
  CHECK(losses.rate == Approx(0.05).epsilon(0.05));
  CHECK(losses.burst < 1.1);
}

TEST_CASE("Gilbert-Elliott: bursts as long as leaving them is unlikely") {
  sim::LossModel model;
  model.kind = sim::LossModel::Kind::gilbert_elliott;
  model.p = 0.01;
  model.r = 0.25;
  const Losses losses = losses_of(model);
  CHECK(losses.rate == Approx(0.01 / 0.26).epsilon(0.05));
  CHECK(losses.burst == Approx(4).epsilon(0.1));
}

TEST_CASE("the four states: isolated losses and bursts") {
  sim::LossModel model;
  model.kind = sim::LossModel::Kind::state;
  model.p13 = 0.01;
  model.p31 = 0.5;
  CHECK(losses_of(model).burst == Approx(2).epsilon(0.1));
  model.p13 = 0;
  model.p14 = 0.05;
  CHECK(losses_of(model).burst == Approx(1));
}

TEST_CASE("duplicates and overtaking packets do no harm to the stream") {
  sim::NetemOptions netem;
  netem.duplicate = {0.05, 0};
  netem.reorder = {0.02, 0};
  netem.jitter = 1_ms;
  send_megabyte(lossy(netem));
}

TEST_CASE("with selective acknowledgements a burst of losses needs no timeout") {
  sim::NetemOptions netem;
  netem.loss.kind = sim::LossModel::Kind::gilbert_elliott;
  netem.loss.p = 0.005;
  netem.loss.r = 0.3;
  NetOptions options = lossy(netem);
  const sim::TcpStats with = send_megabyte(options);
  options.network.server.tcp.sack = options.network.client.sack = false;
  const sim::TcpStats without = send_megabyte(options);
  CHECK(with.recoveries > 0);
  CHECK(with.resent > 0);
  CHECK(with.timeouts < without.timeouts);
}

TEST_CASE("blocks are joined, the newest first, and go when their turn has come") {
  sim::SackBlocks blocks;
  blocks.add({10, 20});
  blocks.add({30, 40});
  blocks.add({20, 25});
  REQUIRE(blocks.count() == 2);
  CHECK(blocks[0].begin == 10);
  CHECK(blocks[0].end == 25);
  CHECK(blocks[1].begin == 30);
  blocks.add({25, 30});
  REQUIRE(blocks.count() == 1);
  CHECK(blocks[0].end == 40);
  for (std::uint64_t i = 0; i < 6; ++i) blocks.add({100 + 10 * i, 105 + 10 * i});
  CHECK(blocks.count() == 4);
  CHECK(blocks[0].begin == 150);
  blocks.advance(141);
  CHECK(blocks.count() == 1);
}

// -- correlation, gaps, delays --------------------------------------------------------------------

namespace {

/// Of each value with the one after it.
double autocorrelation(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / double(values.size());
  double same = 0;
  double next = 0;
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    same += (values[i] - mean) * (values[i] - mean);
    next += (values[i] - mean) * (values[i + 1] - mean);
  }
  return next / same;
}

std::vector<double> delays_of(const sim::NetemOptions& options) {
  sim::Netem netem(options, sim::Random(7));
  std::vector<double> values;
  for (int i = 0; i < draws; ++i) values.push_back(double(netem.jitter().ns()));
  return values;
}

}  // namespace

TEST_CASE("a delay follows the one before as closely as the correlation says") {
  sim::NetemOptions options;
  options.jitter = 1_ms;
  const double correlation = GENERATE(0.0, 0.25, 0.75);
  options.jitter_correlation = correlation;
  CHECK(autocorrelation(delays_of(options)) == Approx(correlation).margin(0.01));
}

TEST_CASE("correlated losses come together") {
  sim::LossModel model;
  model.kind = sim::LossModel::Kind::random;
  model.random = {0.3, 0.75};
  const Losses losses = losses_of(model);
  // Each value is mixed with the last: they keep to the middle, so fewer fall below 0.3.
  CHECK(losses.rate < 0.25);
  CHECK(losses.rate > 0.02);
  CHECK(losses.burst > 1.5);
}

TEST_CASE("of reordered packets so many are delayed in between") {
  sim::NetemOptions options;
  options.reorder = {1, 0};
  options.reorder_gap = 5;
  sim::Netem netem(options, sim::Random(7));
  for (int i = 1; i <= 50; ++i) CHECK(netem.reorders() == (i % 5 == 0));
}

TEST_CASE("delays are spread as in iproute2's tables") {
  using sim::DelayDistribution;
  // The first, the middle and the last entry of netem/normal.c, pareto.c and paretonormal.c.
  CHECK(sim::delay_quantile(DelayDistribution::normal, 2048) == Approx(0).margin(1));
  CHECK(sim::delay_quantile(DelayDistribution::normal, 0) == Approx(-4.0 * 8192).epsilon(0.02));
  CHECK(sim::delay_quantile(DelayDistribution::pareto, 0) == -5461);     // (1 - 1.5) * 4/3
  CHECK(sim::delay_quantile(DelayDistribution::pareto, 3584) == 5461);   // (8^(1/3) - 1.5) * 4/3
  CHECK(sim::delay_quantile(DelayDistribution::pareto, 4095) == 32767);  // cut off
  const std::int64_t mixed = sim::delay_quantile(DelayDistribution::paretonormal, 3584);
  const std::int64_t normal = sim::delay_quantile(DelayDistribution::normal, 3584);
  CHECK(mixed == (normal + 3 * 5461) / 4);

  sim::NetemOptions options;
  options.jitter = 1_ms;
  const auto moments = [&](DelayDistribution distribution) {
    options.distribution = distribution;
    double mean = 0;
    double square = 0;
    for (const double value : delays_of(options)) {
      mean += value / draws;
      square += value * value / draws;
    }
    return std::pair(mean, std::sqrt(square - mean * mean));
  };
  const auto [normal_mean, normal_deviation] = moments(DelayDistribution::normal);
  CHECK(normal_mean == Approx(0).margin(1e4));
  CHECK(normal_deviation == Approx(1e6).epsilon(0.02));
  const auto [uniform_mean, uniform_deviation] = moments(DelayDistribution::uniform);
  CHECK(uniform_mean == Approx(0).margin(1e4));
  CHECK(uniform_deviation == Approx(1e6 / std::sqrt(3.0)).epsilon(0.02));
  CHECK(moments(DelayDistribution::pareto).first == Approx(0).margin(6e4));
}

TEST_CASE("netem's queue delays, keeps to its rate and drops beyond its limit") {
  sim::NetemOptions options;
  options.limit = 3;
  options.delay = 10_ms;
  kev::Instant now(1'000'000);
  SECTION("delay") {
    sim::Netem netem(options, sim::Random(7));
    for (int i = 0; i < 3; ++i) {
      CHECK_FALSE(netem.full());
      CHECK(netem.admit(now, 1000) == now + 10_ms);
    }
    CHECK(netem.full());
    netem.released();
    CHECK_FALSE(netem.full());
  }
  SECTION("rate: each waits for the one before, the delay runs meanwhile") {
    options.rate_bits_per_s = 8'000'000;
    sim::Netem netem(options, sim::Random(7));
    CHECK(netem.admit(now, 1000) == now + 11_ms);
    CHECK(netem.admit(now, 1000) == now + 12_ms);
    CHECK(netem.admit(now, 2000) == now + 14_ms);
  }
  SECTION("who overtakes is not delayed") {
    options.reorder = {1, 0};
    options.reorder_gap = 2;
    sim::Netem netem(options, sim::Random(7));
    CHECK(netem.admit(now, 1000) == now + 10_ms);
    CHECK(netem.admit(now, 1000) == now);
  }
}

TEST_CASE("behind netem a megabyte arrives, whatever it does to packets") {
  sim::NetemOptions netem;
  netem.limit = 1000;
  netem.delay = 5_ms;
  netem.jitter = 1_ms;
  netem.distribution = sim::DelayDistribution::paretonormal;
  netem.duplicate = {0.02, 0.25};
  netem.reorder = {0.1, 0.5};
  netem.reorder_gap = 5;
  netem.corrupt = {0.005, 0};
  netem.rate_bits_per_s = 20'000'000;
  CHECK(send_megabyte(lossy(netem)).resent > 0);
}
