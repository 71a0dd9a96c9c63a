// Connections end: FIN, half-close, RST; what poll, receive and send say then. The masks are those
// recorded from Linux (epoll golden, cases 05 to 11, 22, 23), except that 2.6.18 takes POLLOUT away
// once the socket may not send any more.

#include <catch2/catch.hpp>

#include <cerrno>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using namespace sim::poll_bits;
using sim::TcpState;
using test::message;
using test::NetWorld;
using test::TestPeer;

namespace {

constexpr std::uint32_t readable = in | rdnorm;
constexpr std::uint32_t writable = out | wrnorm;

}  // namespace

TEST_CASE("the peer ends its stream, we may go on sending") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.poll() == writable);
    client.peer.send_message(message(1, 5));
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | writable));
    client.peer.shutdown_send();
    world.sleep(1_ms);
    CHECK(socket.endpoint().state() == TcpState::close_wait);
    CHECK(socket.poll() == (readable | writable | rdhup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 5) == 5);
    CHECK(socket.poll() == (readable | writable | rdhup));
    CHECK(socket.receive(runs, 5) == 0);
    CHECK(socket.send_message(message(2, 7)) == 7);
    world.sleep(1_ms);
    CHECK(client.bytes == 7);
    CHECK(socket.shutdown(sim::Shutdown::send) == 0);
    world.sleep(1_ms);
    CHECK(client.closed == 1);
    CHECK(socket.endpoint().state() == TcpState::closed);
    CHECK(socket.poll() == (readable | rdhup | hup));
    CHECK(socket.receive(runs, 5) == 0);
    CHECK(socket.take_error() == 0);
    socket.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("shutdown for reading: end of stream at once, later data still comes through") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.shutdown(sim::Shutdown::receive) == 0);
    CHECK(socket.poll() == (readable | writable | rdhup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 10) == 0);
    client.peer.send_message(message(1, 5));
    world.sleep(1_ms);
    CHECK(socket.receive(runs, 10) == 5);
    socket.put();
  });
  CHECK(world.violation() == "");
}

TEST_CASE("shutdown both ways: end of stream here and there, sending is over") {
  NetWorld world;
  TestPeer client(world.network);
  client.close_back = false;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.shutdown(sim::Shutdown::both) == 0);
    CHECK(socket.poll() == (readable | rdhup | hup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 10) == 0);
    CHECK(socket.send_message(message(1, 5)) == -EPIPE);
    world.sleep(1_ms);
    CHECK(client.closed == 1);
    CHECK(socket.endpoint().state() == TcpState::fin_wait2);
    client.peer.close();
    world.sleep(1_ms);
    CHECK(socket.endpoint().state() == TcpState::closed);
    socket.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("the peer has closed: the first write gets a reset, the next one EPIPE") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    client.peer.close();
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | writable | rdhup));
    CHECK(socket.send_message(message(1, 5)) == 5);
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | err | rdhup | hup));
    CHECK(socket.send_message(message(1, 5)) == -EPIPE);
    CHECK(socket.poll() == (readable | rdhup | hup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 5) == 0);
    CHECK(socket.take_error() == 0);
    socket.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("the peer closes with something unread: reset, told once, then end of stream and EPIPE") {
  NetWorld world;
  TestPeer client(world.network);
  client.peer.stop_reading();
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.send_message(message(1, 5));
    world.sleep(1_ms);
    client.peer.close();
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | err | rdhup | hup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 5) == -ECONNRESET);
    CHECK(socket.poll() == (readable | rdhup | hup));
    CHECK(socket.take_error() == 0);
    CHECK(socket.receive(runs, 5) == 0);
    CHECK(socket.send_message(message(1, 5)) == -EPIPE);
    socket.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("data that came before a reset is readable, then the error is told") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    client.peer.send_message(message(1, 5));
    world.sleep(1_ms);
    client.peer.abort();
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | err | rdhup | hup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 50) == 5);
    CHECK(socket.poll() == (readable | err | rdhup | hup));
    CHECK(socket.receive(runs, 50) == -ECONNRESET);
    CHECK(socket.poll() == (readable | rdhup | hup));
    socket.put();
  });
  CHECK(world.all_gone());
}

TEST_CASE("data, then FIN: read, end of stream") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    client.peer.send_message(message(1, 5));
    client.peer.close();
    world.sleep(1_ms);
    CHECK(socket.poll() == (readable | writable | rdhup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 50) == 5);
    CHECK(socket.receive(runs, 50) == 0);
    CHECK(socket.endpoint().state() == TcpState::close_wait);
    socket.put();
  });
  CHECK(world.all_gone());
}

TEST_CASE("a write to a connection that was reset tells the reset once, then EPIPE") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    client.peer.abort();
    world.sleep(1_ms);
    CHECK(socket.send_message(message(1, 5)) == -ECONNRESET);
    CHECK(socket.send_message(message(1, 5)) == -EPIPE);
    socket.put();
  });
}

TEST_CASE("the server closes with something unread: the peer is reset") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    client.peer.send_message(message(1, 5));
    world.sleep(1_ms);
    socket.put();
  });
  CHECK(client.close_error == -ECONNRESET);
  CHECK(world.all_gone());
}

TEST_CASE("data that arrives after the server's close is answered with a reset") {
  NetWorld world;
  TestPeer client(world.network);
  client.close_back = false;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.put();
    world.sleep(1_ms);
    CHECK(client.closed == 1);
    client.peer.send_message(message(1, 5));
    world.sleep(1_ms);
    CHECK(client.peer.endpoint()->state() == TcpState::closed);
    CHECK(world.network.server().live_socks() == 0);
    client.peer.close();
  });
  CHECK(world.all_gone());
}

TEST_CASE("who closes first keeps the connection in TIME_WAIT for a minute, the other does not") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    world.connect(client).put();
    world.sleep(1_ms);
    CHECK(client.closed == 1);
    CHECK(world.network.server().live_socks() == 0);
    CHECK(world.network.live_peer_connections() == 0);
    CHECK(world.network.connections().live() == 1);
    world.sleep(59'900_ms);
    CHECK(world.network.connections().live() == 1);
    world.sleep(200_ms);
    CHECK(world.network.connections().live() == 0);
  });
}

TEST_CASE("in TIME_WAIT a FIN that is sent again is acknowledged again") {
  NetWorld world;
  TestPeer client(world.network);
  // Packets to the client: SYN-ACK, FIN, acknowledgement of the client's FIN.
  world.network.link().script(sim::LinkDirection::to_client, {{.packet = 2}});
  world.run([&] {
    world.connect(client).put();
    world.sleep(1_s);
    CHECK(world.network.live_peer_connections() == 0);
  });
  CHECK(world.network.link().offered(sim::LinkDirection::to_client) == 4);
  CHECK(world.network.server().stats().resets == 0);
}

TEST_CASE("both close at once") {
  test::NetOptions options;
  options.network.link.rtt = 10_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    world.sleep(20_ms);
    client.peer.close();
    socket.put();
    world.sleep(100_ms);
    CHECK(world.network.server().live_socks() == 0);
    CHECK(world.network.live_peer_connections() == 0);
  });
  CHECK(world.network.server().stats().resets == 0);
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a closed server socket gives up waiting for the peer's FIN after a minute") {
  NetWorld world;
  TestPeer client(world.network);
  client.close_back = false;
  world.run([&] {
    world.connect(client).put();
    world.sleep(1_s);
    CHECK(world.network.server().live_socks() == 1);
    world.sleep(60_s);
    CHECK(world.network.server().live_socks() == 0);
    client.peer.close();  // answered with a reset: the server knows nothing any more
  });
  CHECK(world.network.server().stats().resets == 1);
  CHECK(world.all_gone());
}

TEST_CASE("close sends what is queued before it says goodbye") {
  test::NetOptions options = test::plain_options();
  options.network.link.rtt = 20_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.send_message(message(1, 300'000)) == 300'000);
    socket.put();
  });
  CHECK(test::wrong_content(client.runs, 1, 300'000) == "");
  CHECK(client.close_error == 0);
  CHECK(world.all_gone());
}

TEST_CASE("a vanished peer: retransmissions back off, then ETIMEDOUT") {
  test::NetOptions options = test::plain_options();
  options.network.server.tcp.retries = 4;
  NetWorld world(options);
  TestPeer client(world.network);
  std::vector<sim::LinkScriptStep> steps;
  for (std::uint64_t i = 1; i < 40; ++i) steps.push_back({.packet = i});
  world.network.link().script(sim::LinkDirection::to_client, steps);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    const std::int64_t begin = world.now_ms();
    socket.send_message(message(1, 100));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 10) == -ETIMEDOUT);
    // 200 ms and the round trip, doubled each time: 0.2 + 0.4 + 0.8 + 1.6 + 3.2 s
    CHECK((world.now_ms() - begin) / 10 == 620);
    CHECK(socket.endpoint().stats().timeouts == 4);
    CHECK(world.network.server().stats().given_up == 1);
    socket.put();
    client.peer.abort();
  });
  CHECK(world.all_gone());
}
