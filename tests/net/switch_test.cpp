// The switch: exact times and counts packet by packet, then what TCP makes of it.

#include <catch2/catch.hpp>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using namespace test;

namespace {

constexpr std::uint32_t payload = 1410;  // and 52 of headers and 38 of a frame: 1500 bytes
constexpr std::int64_t packet_bytes = 1462;
constexpr std::int64_t gigabit = 1'000'000'000;

/// What arrived where, and when.
struct Arrivals final : sim::SegmentSink {
  explicit Arrivals(sim::Engine& machine_engine, sim::SegmentPool& segments)
      : engine(machine_engine), pool(segments) {}
  void on_segment(sim::Segment& segment) override {
    hosts.push_back(segment.connection.host);
    numbers.push_back(segment.seq);
    times_us.push_back(engine.now().ns() / 1000);
    pool.give(segment);
  }
  sim::Engine& engine;
  sim::SegmentPool& pool;
  std::vector<std::uint32_t> hosts;
  std::vector<std::uint64_t> numbers;
  std::vector<std::int64_t> times_us;
};

/// A switch with a server and hosts, whose links have no delay.
class Bench {
 public:
  Bench(std::int64_t server_rate, const std::vector<std::int64_t>& host_rates,
        const sim::SwitchOptions& options)
      : recorder_(engine_), pool_(engine_), server(engine_, pool_) {
    uplink = make_link(server_rate);
    uplink->connect(sim::LinkDirection::to_server, server);
    ethernet = std::make_unique<sim::Switch>(options, *uplink);
    for (const std::int64_t rate : host_rates) {
      links.push_back(make_link(rate));
      hosts.push_back(std::make_unique<Arrivals>(engine_, pool_));
      links.back()->connect(sim::LinkDirection::to_client, *hosts.back());
      ethernet->connect(*links.back());
    }
  }

  void to_server(std::uint32_t host, int packets) {
    for (int i = 0; i < packets; ++i)
      links[host]->send(sim::LinkDirection::to_server, packet(host, i));
  }
  void to_host(std::uint32_t host, int packets) {
    for (int i = 0; i < packets; ++i) uplink->send(sim::LinkDirection::to_client, packet(host, i));
  }
  /// Until everything has arrived or was dropped; how many packets are left then.
  std::int64_t run() {
    engine_.run();
    return pool_.live();
  }

 private:
  std::unique_ptr<sim::Link> make_link(std::int64_t rate) {
    sim::LinkOptions options;
    options.rate_bits_per_s = rate;
    options.rtt = kev::Duration(0);
    return std::make_unique<sim::Link>(engine_, recorder_, chooser_, pool_, sim::Random(1), options,
                                       false);
  }
  sim::Segment& packet(std::uint32_t host, int number) {
    sim::Segment& segment = pool_.take();
    segment.connection = {0, 1, host};
    segment.seq = static_cast<std::uint64_t>(number);
    segment.header_bytes = 52;
    segment.add_run({1, 0, payload, 0});
    return segment;
  }

  sim::Engine engine_;
  sim::Recorder recorder_;
  sim::PlainChooser chooser_;
  sim::SegmentPool pool_;

 public:
  Arrivals server;
  std::unique_ptr<sim::Link> uplink;
  std::vector<std::unique_ptr<sim::Link>> links;
  std::vector<std::unique_ptr<Arrivals>> hosts;
  std::unique_ptr<sim::Switch> ethernet;
};

}  // namespace

TEST_CASE("a packet is received completely before it is sent on") {
  Bench bench(gigabit, {gigabit / 10}, {});
  bench.to_server(0, 1);
  CHECK(bench.run() == 0);
  CHECK(bench.server.times_us == std::vector<std::int64_t>{120 + 12});
}

TEST_CASE("a port sends at its rate without a gap, in order of arrival") {
  Bench bench(gigabit, {gigabit, gigabit}, {1000, 0});
  bench.to_server(0, 50);
  bench.to_server(1, 50);
  CHECK(bench.run() == 0);
  REQUIRE(bench.server.times_us.size() == 100);
  std::uint64_t next[2] = {0, 0};
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(bench.server.times_us[i] == 12 + 12 * static_cast<std::int64_t>(i + 1));
    CHECK(bench.server.numbers[i] == next[bench.server.hosts[i]]++);
  }
  CHECK(bench.ethernet->drops() == 0);
}

TEST_CASE("packets go to the host they are for, and slow hosts do not hold up others") {
  Bench bench(gigabit, {gigabit / 100, gigabit}, {1000, 0});
  bench.to_host(0, 20);
  bench.to_host(1, 20);
  CHECK(bench.run() == 0);
  CHECK(bench.hosts[0]->hosts == std::vector<std::uint32_t>(20, 0));
  CHECK(bench.hosts[1]->hosts == std::vector<std::uint32_t>(20, 1));
  CHECK(bench.hosts[0]->times_us.back() == 12 + 20 * 1200);
  CHECK(bench.hosts[1]->times_us.back() == 40 * 12 + 12);
}

TEST_CASE("a port drops what comes while it is full, and nothing else") {
  // One packet comes every 12 us and one goes every 120 us: one is being sent and ten wait. The
  // first has gone when the twelfth comes, and then one finds a place as each other goes.
  Bench bench(gigabit / 10, {gigabit}, {10, 0});
  bench.to_server(0, 50);
  CHECK(bench.run() == 0);
  std::vector<std::uint64_t> sent;
  for (std::uint64_t n = 0; n < 12; ++n) sent.push_back(n);
  for (const std::uint64_t n : {20u, 30u, 40u}) sent.push_back(n);
  CHECK(bench.server.numbers == sent);
  CHECK(bench.ethernet->drops() == 50 - 15);
  CHECK(bench.uplink->stats(sim::LinkDirection::to_server).packets == 15);
}

TEST_CASE("ports share the switch's memory: one that is full takes it from the others") {
  const auto received = [](std::int64_t memory, int to_slow) {
    Bench bench(gigabit, {gigabit / 1000, gigabit}, {1000, memory});
    bench.to_host(0, to_slow);
    bench.to_host(1, 10);
    CHECK(bench.run() == 0);
    CHECK(bench.ethernet->memory().highest() <= (memory == 0 ? 1'000'000 : memory));
    CHECK(static_cast<std::int64_t>(bench.hosts[0]->hosts.size() + bench.hosts[1]->hosts.size()) +
              bench.ethernet->drops() ==
          to_slow + 10);
    return bench.hosts[1]->hosts.size();
  };
  CHECK(received(0, 100) == 10);
  CHECK(received(20 * packet_bytes, 10) == 10);
  CHECK(received(20 * packet_bytes, 19) == 10);
  CHECK(received(20 * packet_bytes, 100) == 0);
}

namespace {

NetOptions hosts_of(std::size_t hosts, std::int64_t rate, const sim::SwitchOptions& ethernet) {
  NetOptions options = plain_options();
  sim::LinkOptions link;
  link.rate_bits_per_s = rate;
  link.rtt = 40_us;
  options.network.link.rtt = 40_us;
  options.network.hosts.assign(hosts, link);
  options.network.ethernet = ethernet;
  return options;
}

struct Incast {
  kev::Duration time{0};
  std::int64_t drops = 0;
};

/// Each host sends the server one block at the same time.
Incast incast(std::size_t hosts, std::uint32_t block, const sim::SwitchOptions& ethernet) {
  NetWorld world(hosts_of(hosts, gigabit, ethernet));
  std::vector<std::unique_ptr<TestPeer>> peers;
  for (std::size_t i = 0; i < hosts; ++i)
    peers.push_back(std::make_unique<TestPeer>(world.network, i));
  std::vector<std::uint64_t> received(hosts);
  Incast result;
  // For the readers, which go on when the listener has ended.
  kev::Instant begin;
  std::size_t left = hosts;
  world.thread("listener", [&] {
    sim::Socket& listener = world.listen(80, 1000);
    for (const auto& peer : peers) {
      peer->peer.connect(80);
      world.sleep(1_ms);
    }
    std::vector<sim::Socket*> sockets;
    for (std::size_t i = 0; i < hosts; ++i) sockets.push_back(listener.accept().socket);
    listener.put();
    begin = world.engine.now();
    for (std::size_t i = 0; i < hosts; ++i) {
      peers[i]->peer.send_message(message(i + 1, block));
      peers[i]->peer.shutdown_send();
    }
    for (sim::Socket* socket : sockets)
      world.thread("reader", [&, socket] {
        std::vector<sim::ContentRun> runs;
        const long got = world.read_all(*socket, runs);
        CHECK(got == static_cast<long>(block));
        CHECK(wrong_content(runs, runs.at(0).source, block).empty());
        received.at(runs.at(0).source - 1) += static_cast<std::uint64_t>(got);
        if (--left == 0) result.time = world.engine.now() - begin;
        socket->put();
      });
  });
  world.run();
  INFO(world.violation());
  CHECK(world.violation().empty());
  CHECK(world.network.live_segments() == 0);
  CHECK(received == std::vector<std::uint64_t>(hosts, block));
  result.drops = world.network.ethernet()->drops();
  return result;
}

}  // namespace

TEST_CASE("incast: many senders at once overflow a port, and wait for their timers") {
  // 64 KiB of each in frames, at 1 Gbit/s, and a slow start of a few round trips.
  const auto alone = [](std::size_t hosts) {
    return kev::Duration(static_cast<std::int64_t>(hosts) * 65'536 * 8 * 1542 / 1448);
  };
  const Incast two = incast(2, 65'536, {1000, 0});
  CHECK(two.drops == 0);
  CHECK(two.time > alone(2));
  CHECK(two.time < alone(2) + 2_ms);
  const Incast roomy = incast(32, 65'536, {4000, 0});
  CHECK(roomy.drops == 0);
  CHECK(roomy.time > alone(32));
  CHECK(roomy.time < alone(32) + 2_ms);
  // Whoever loses the end of his window hears nothing more, and sends it again after the least
  // retransmission timeout of 200 ms: ten times what it takes to send everything.
  const Incast tight = incast(32, 65'536, {40, 0});
  CHECK(tight.drops > 0);
  CHECK(tight.time > 200_ms);
  // The same with all ports sharing little memory.
  const Incast shared = incast(32, 65'536, {4000, 64 << 10});
  CHECK(shared.drops > 0);
  CHECK(shared.time > 200_ms);
}

TEST_CASE("two hosts with equal links share the server's; a slow one takes no more than its own") {
  const auto received = [](std::int64_t second_rate) {
    NetOptions options = hosts_of(2, gigabit, {100, 0});
    options.network.link.rate_bits_per_s = gigabit / 10;
    options.network.link.queue_packets = 100;
    options.network.hosts[1].rate_bits_per_s = second_rate;
    NetWorld world(options);
    TestPeer peers[2] = {TestPeer(world.network, std::size_t{0}),
                         TestPeer(world.network, std::size_t{1})};
    std::vector<std::uint64_t> bytes;
    world.thread("listener", [&] {
      sim::Socket& listener = world.listen(80, 8);
      for (TestPeer& peer : peers) peer.peer.connect(80);
      for (int i = 0; i < 2; ++i) {
        sim::Socket* socket = listener.accept().socket;
        world.thread("sender", [&world, socket, i] {
          world.send_all(*socket, message(static_cast<std::uint64_t>(i) + 1, 400'000'000));
          socket->put();
        });
      }
      world.sleep(4'000_ms);
      for (const TestPeer& peer : peers) bytes.push_back(peer.bytes);
      world.kernel.stop();
    });
    world.run();
    return bytes;
  };
  // The queue of the server's own card is short: behind a long one, which the fast connection keeps
  // full, the slow one does not get what its link could carry.
  // 100 Mbit/s carry 1448 bytes of 1538 on the wire: 47.1 MB in 4 s.
  const std::vector<std::uint64_t> equal = received(gigabit);
  CHECK(equal[0] + equal[1] > 45'000'000);
  CHECK(equal[0] + equal[1] < 47'200'000);
  CHECK(equal[0] > equal[1] * 2 / 3);
  CHECK(equal[1] > equal[0] * 2 / 3);
  const std::vector<std::uint64_t> unequal = received(gigabit / 100);
  CHECK(unequal[1] > 4'200'000);
  CHECK(unequal[1] < 4'720'000);
  CHECK(unequal[0] > 38'000'000);
}

TEST_CASE("each host's link has its own losses") {
  NetOptions options = hosts_of(2, gigabit / 10, {1000, 0});
  options.network.hosts[1].loss = 0.02;
  NetWorld world(options);
  TestPeer peers[2] = {TestPeer(world.network, std::size_t{0}),
                       TestPeer(world.network, std::size_t{1})};
  world.run([&] {
    for (int i = 0; i < 2; ++i) {
      sim::Socket& socket = world.connect(peers[i]);
      world.send_all(socket, message(static_cast<std::uint64_t>(i) + 1, 3'000'000));
      socket.put();
    }
  });
  CHECK(world.violation().empty());
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(wrong_content(peers[i].runs, i + 1, 3'000'000).empty());
    const bool lossy = world.network.link_of(i).stats(sim::LinkDirection::to_client).losses != 0;
    CHECK(lossy == (i == 1));
  }
}
