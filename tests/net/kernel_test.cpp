// Sockets as kernel code: the socket lock, the backlog, who is told, interrupts, several CPUs,
// random schedules. In each, no rule of kernel code may be broken.

#include <catch2/catch.hpp>

#include <algorithm>
#include <cerrno>

#include "sim/net/notify.hpp"
#include "tests/support/net_world.hpp"

using namespace kev::literals;
using namespace sim::poll_bits;
using test::message;
using test::NetOptions;
using test::NetWorld;
using test::TestPage;
using test::TestPeer;

namespace {

constexpr std::uint32_t both = sim::socket_events::receive | sim::socket_events::send;
constexpr std::uint32_t receive_only = sim::socket_events::receive;

std::int64_t count(const std::vector<std::uint32_t>& masks, std::uint32_t mask) {
  return std::count(masks.begin(), masks.end(), mask);
}

}  // namespace

TEST_CASE("a listener is told of the SYN, and of the connection when it is established") {
  NetOptions options;
  options.network.link.rtt = 10_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& listener = world.listen();
    auto& log = *world.logs.back();
    std::vector<std::uint32_t> polled;
    log.on_activity = [&](std::uint32_t) { polled.push_back(listener.poll()); };
    client.peer.connect(80);
    world.sleep(6_ms);
    CHECK(log.masks == std::vector<std::uint32_t>{sim::socket_events::accept});
    world.sleep(14_ms);
    CHECK(log.masks == std::vector<std::uint32_t>{sim::socket_events::accept,
                                                  both | sim::socket_events::accept});
    CHECK(polled == std::vector<std::uint32_t>{0, in | rdnorm});
    listener.accept().socket->put();
    log.on_activity = nullptr;
    listener.put();
    CHECK(log.closed == 1);
  });
}

TEST_CASE("a socket is told of each arriving data segment, of the end, and of its close once") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    auto& log = *world.logs.back();
    client.peer.send_message(message(1, 100));
    world.sleep(1_ms);
    CHECK(log.masks == std::vector<std::uint32_t>{both});
    client.peer.send_message(message(1, 100, 100));
    world.sleep(1_ms);
    CHECK(count(log.masks, both) == 2);  // also when data was pending already
    log.masks.clear();
    client.peer.shutdown_send();
    world.sleep(1_ms);
    CHECK(log.masks == std::vector<std::uint32_t>{both, both});  // state change, readable
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 1000) == 200);
    CHECK(log.closed == 0);
    log.masks.clear();
    socket.put();
    CHECK(log.closed == 1);
    world.sleep(1_s);
    CHECK(log.masks.empty());  // nothing after the close
  });
}

TEST_CASE("segments that fill a hole are told as received, each") {
  NetOptions options = test::plain_options();
  options.network.link.rtt = 10_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  // Packets to the server: SYN, last part of the handshake, then data.
  world.network.link().script(sim::LinkDirection::to_server, {{.packet = 2}});
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    auto& log = *world.logs.back();
    client.peer.send_message(message(1, 3 * 1448));
    world.sleep(1_s);
    CHECK(socket.endpoint().readable_bytes() == 3 * 1448);
    CHECK(count(log.masks, receive_only) == 2);
    CHECK(count(log.masks, both) == 1);
    std::vector<sim::ContentRun> runs;
    socket.receive(runs, 10000);
    socket.put();
  });
}

TEST_CASE("a reset is told as an error and as a change of state") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    auto& log = *world.logs.back();
    std::vector<std::uint32_t> polled;
    log.on_activity = [&](std::uint32_t) { polled.push_back(socket.poll()); };
    client.peer.abort();
    world.sleep(1_ms);
    CHECK(log.masks == std::vector<std::uint32_t>{both, both});
    REQUIRE(polled.size() == 2);
    CHECK((polled[0] & err) != 0);
    CHECK((polled[1] & (err | hup)) == (err | hup));
    log.on_activity = nullptr;
    socket.put();
  });
}

TEST_CASE("a segment that finds the socket owned goes to the backlog, and is told so") {
  NetOptions options = test::plain_options();
  options.costs = "athlon64-3500";
  options.network.link.rtt = 0_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  std::vector<sim::ContentRun> runs;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    auto& log = *world.logs.back();
    log.masks.clear();
    // Copying and sending 100 kB takes 100 us, during which the socket is owned and data comes.
    client.when_data = [&] {
      client.when_data = nullptr;
      client.peer.send_message(message(2, 100));
    };
    socket.send_message(message(1, 100'000));
    CHECK(count(log.masks, receive_only) >= 1);
    CHECK(socket.receive(runs, 1000) == 100);
    socket.put();
  });
  CHECK(test::wrong_content(runs, 2, 100) == "");
  CHECK(world.violation() == "");
}

TEST_CASE("two threads use one socket: the second waits for the first, nothing is mixed up") {
  const int cpus = GENERATE(1, 2);
  NetOptions options;
  options.cpus = cpus;
  options.costs = "athlon64-3500";
  NetWorld world(options);
  TestPeer client(world.network);
  sim::Socket* socket = nullptr;
  int done = 0;
  for (std::uint64_t i = 0; i < 2; ++i)
    world.thread("sender", [&, i] {
      if (i == 0)
        socket = &world.connect(client);
      else
        world.sleep(10_ms);
      for (std::uint64_t n = 0; n < 50; ++n)
        CHECK(socket->send_message(message(1 + i, 1000, n * 1000)) == 1000);
      if (++done == 2) socket->put();
    });
  world.run();
  CHECK(world.violation() == "");
  CHECK(client.bytes == 100'000);
  std::uint64_t next[3] = {0, 0, 0};
  for (const sim::ContentRun& run : client.runs) {
    CHECK(run.offset == next[run.source]);
    CHECK(run.length % 1000 == 0);  // a call's bytes stay together
    next[run.source] += run.length;
  }
  CHECK(world.all_gone());
}

TEST_CASE("interrupts are few under load: the softirq takes many segments at a time") {
  NetOptions options = test::plain_options();
  options.costs = "athlon64-3500";
  NetWorld world(options);
  TestPeer client(world.network);
  client.when_connected = [&] {
    client.peer.send_message(message(1, 2'000'000));
    client.peer.close();
  };
  std::vector<sim::ContentRun> runs;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.read_all(socket, runs) == 2'000'000);
    socket.put();
  });
  CHECK(test::wrong_content(runs, 1, 2'000'000) == "");
  const sim::NicStats& stats = world.network.server().nic().stats();
  CHECK(stats.received > 1380);
  CHECK(stats.interrupts < stats.received);
  CHECK(stats.polls >= stats.interrupts);
  CHECK(stats.ring_drops == 0);
  CHECK(world.violation() == "");
}

TEST_CASE("a receive ring that is too small drops, and TCP repairs it") {
  NetOptions options = test::plain_options();
  options.costs = "xeon-2.4-ht";
  options.network.server.nic.receive_ring = 4;
  options.network.link.rate_bits_per_s = 0;
  NetWorld world(options);
  TestPeer client(world.network);
  client.when_connected = [&] {
    client.peer.send_message(message(1, 300'000));
    client.peer.close();
  };
  std::vector<sim::ContentRun> runs;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.read_all(socket, runs) == 300'000);
    socket.put();
  });
  CHECK(test::wrong_content(runs, 1, 300'000) == "");
  CHECK(world.network.server().nic().stats().ring_drops > 0);
}

TEST_CASE("what is received and sent costs the server's CPU, and a peer costs nothing") {
  NetOptions options = test::plain_options();
  options.costs = "athlon64-3500";
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.send_message(message(1, 1448 * 100));
    socket.put();
  });
  // 100 segments at 800 ns, their acknowledgements at 900 ns, 144 800 bytes at 0.5 ns.
  const std::int64_t busy = world.kernel.cpus()[0]->busy().ns();
  CHECK(busy > 100 * 800 + 50 * 900 + 72'400);
  CHECK(busy < 400'000);
}

TEST_CASE("many connections at once, on one CPU and on two, with losses") {
  NetOptions options;
  options.cpus = GENERATE(1, 2);
  options.costs = "athlon64-3500";
  options.network.link.loss = 0.01;
  NetWorld world(options);
  constexpr int clients = 40;
  std::vector<std::unique_ptr<TestPeer>> peers;
  std::vector<std::unique_ptr<TestPage>> pages;
  for (std::uint64_t i = 0; i < 16; ++i) pages.push_back(std::make_unique<TestPage>(77, i));
  for (int i = 0; i < clients; ++i) {
    peers.push_back(std::make_unique<TestPeer>(world.network));
    TestPeer& client = *peers.back();
    client.when_connected = [&client] { client.peer.send_message(message(1, 300)); };
    client.peer.connect(80);
  }
  sim::Socket* listener = nullptr;
  int served = 0;
  const auto work = [&] {
    std::vector<sim::ContentRun> request;
    while (served < clients) {
      const sim::AcceptResult accepted = listener->accept();
      if (accepted.socket == nullptr) return;
      sim::Socket& socket = *accepted.socket;
      CHECK(socket.receive(request, 300) == 300);
      for (auto& page : pages) CHECK(socket.send_page(page->frag(), 0, 4096) == 4096);
      socket.put();
      ++served;
    }
  };
  world.thread("server", [&] {
    listener = &world.listen();
    for (int i = 0; i < 4; ++i) world.thread("worker", work);
  });
  world.run();
  CHECK(served == clients);
  for (auto& peer : peers) {
    CHECK(test::wrong_content(peer->runs, 77, 65536) == "");
    CHECK(peer->close_error == 0);
  }
  for (auto& page : pages) CHECK(page->references == 1);
  CHECK(world.violation() == "");
}

TEST_CASE("two CPUs give the same execution every time") {
  std::uint64_t seen = 0;
  for (int round = 0; round < 3; ++round) {
    NetOptions options;
    options.cpus = 2;
    options.costs = "athlon64-3500";
    options.network.link.loss = 0.01;
    NetWorld world(options);
    TestPeer first(world.network);
    TestPeer second(world.network);
    sim::Socket* listener = nullptr;
    for (int i = 0; i < 2; ++i)
      world.thread("server", [&, i] {
        if (i == 0) {
          listener = &world.listen();
          first.peer.connect(80);
          second.peer.connect(80);
        } else {
          world.sleep(1_ms);
        }
        sim::Socket& socket = *listener->accept().socket;
        socket.send_message(message(1, 300'000));
        socket.put();
      });
    world.run();
    CHECK(first.bytes + second.bytes == 600'000);
    if (round == 0) seen = world.recorder.fingerprint();
    CHECK(world.recorder.fingerprint() == seen);
  }
}

// -- random schedules -----------------------------------------------------------------------------

namespace {

std::string leftovers(NetWorld& world, const TestPage& page) {
  if (page.references != 1) return "the page is still referred to";
  return world.all_gone() ? "" : "something is left of the connection";
}

void lose_one_packet(NetWorld& world, std::uint64_t seed) {
  const sim::LinkScriptStep loss{.packet = seed % 11};
  if (seed % 3 == 0) world.network.link().script(sim::LinkDirection::to_server, {loss});
  if (seed % 3 == 1) world.network.link().script(sim::LinkDirection::to_client, {loss});
}

/// Two senders on one socket, a reader of another thread, a client that resets, closes or answers,
/// under a random schedule on two CPUs. Returns the violation.
std::string random_walk(std::uint64_t seed) {
  NetOptions options;
  options.cpus = 2;
  options.seed = seed;
  options.network.server.tcp.send_buffer = options.network.server.tcp.send_buffer_max = 4000;
  NetWorld world(options);
  TestPeer client(world.network);
  TestPage page(5);
  lose_one_packet(world, seed);
  const bool reset = seed % 4 == 1;
  client.when_connected = [&] { client.peer.send_message(message(1, 3000)); };
  client.when_data = [&] {
    if (reset && client.bytes > 5000) client.peer.abort();
  };
  sim::Socket* socket = nullptr;
  int users = 3;
  bool complete = true;
  const auto leave = [&] {
    if (--users != 0) return;
    socket->shutdown(sim::Shutdown::send);
    socket->put();
  };
  world.thread("acceptor", [&] {
    sim::Socket& listener = world.listen();
    client.peer.connect(80);
    socket = listener.accept().socket;
    KEV_CHECK(socket != nullptr);
    listener.put();
    for (int i = 0; i < 2; ++i)
      world.thread("sender", [&] {
        long sent = 0;
        while (sent < 4096) {
          const auto done = static_cast<std::uint32_t>(sent);
          const long result = socket->send_page(page.frag(), done, 4096 - done);
          if (result <= 0) break;
          sent += result;
        }
        complete = complete && sent == 4096;
        leave();
      });
    std::vector<sim::ContentRun> runs;
    long got = 0;
    while (got < 3000) {
      const long result = socket->receive(runs, 500);
      if (result <= 0) break;
      got += result;
      socket->poll();
    }
    complete = complete && got == 3000;
    leave();
  });
  world.kernel.run();
  std::string wrong = world.violation();
  if (wrong.empty() && !world.all_ended()) wrong = "a thread waits for ever";
  if (wrong.empty() && !reset && !complete) wrong = "a call came back early";
  if (wrong.empty() && !reset && client.bytes != 8192) wrong = "bytes are missing";
  if (wrong.empty()) wrong = leftovers(world, page);
  world.kernel.shut_down();
  return wrong;
}

}  // namespace

TEST_CASE("random schedules break no rule, lose no wake-up and leave nothing behind") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    REQUIRE(random_walk(seed) == "");
  }
}
