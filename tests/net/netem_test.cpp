// What netem does to packets, and selective acknowledgements that repair it.

#include <catch2/catch.hpp>

#include <cmath>

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
