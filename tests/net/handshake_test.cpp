// Connections begin: three segments, what is lost of them, and the listener's queues.

#include <catch2/catch.hpp>

#include <cerrno>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using sim::LinkDirection;
using test::message;
using test::NetWorld;
using test::TestPeer;

TEST_CASE("a connection takes three segments and one and a half round trips") {
  test::NetOptions options;
  options.network.link.rtt = 10_ms;
  options.network.link.rate_bits_per_s = 0;
  NetWorld world(options);
  TestPeer client(world.network);
  std::int64_t connected_at = 0;
  client.when_connected = [&] { connected_at = world.now_ms(); };
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.now_ms() == 15);
    CHECK(connected_at == 10);
    CHECK(socket.endpoint().state() == sim::TcpState::established);
    CHECK(world.network.link().offered(LinkDirection::to_server) == 2);
    CHECK(world.network.link().offered(LinkDirection::to_client) == 1);
    CHECK(socket.endpoint().congestion_window().size == 3);  // RFC 3390 for 1448 byte segments
    socket.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a fresh socket, a listening one, and accept on the wrong one") {
  NetWorld world;
  world.run([&] {
    sim::Socket& socket = world.network.create_socket();
    using namespace sim::poll_bits;
    CHECK(socket.poll() == (out | wrnorm | hup));
    CHECK(socket.accept().error == -EINVAL);
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 10) == -ENOTCONN);
    CHECK(socket.send_message(message(1, 10)) == -EPIPE);
    CHECK(socket.shutdown(sim::Shutdown::both) == -ENOTCONN);

    sim::Socket& listener = world.listen(80);
    CHECK(listener.poll() == 0);
    CHECK(listener.listen(80, 5) == 0);
    CHECK(listener.receive(runs, 10) == -ENOTCONN);
    listener.nonblocking = true;
    CHECK(listener.accept().error == -EAGAIN);
    sim::Socket& other = world.network.create_socket();
    CHECK(other.listen(80, 5) == -EADDRINUSE);
    CHECK(other.listen(81, 5) == 0);
    for (sim::Socket* s : {&socket, &listener, &other}) s->put();
    // The port is free again.
    world.listen(80).put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("nobody listens: refused") {
  NetWorld world;
  TestPeer client(world.network);
  client.peer.connect(81);
  world.run([&] { world.listen(80).put(); });
  CHECK(client.connected == 0);
  CHECK(client.closed == 1);
  CHECK(client.close_error == -ECONNREFUSED);
  CHECK(!client.peer.open());
  CHECK(world.network.server().stats().resets == 1);
  CHECK(world.all_gone());
}

TEST_CASE("a lost SYN is sent again after three seconds, then six") {
  NetWorld world;
  TestPeer client(world.network);
  world.network.link().script(LinkDirection::to_server, {{.packet = 0}, {.packet = 1}});
  world.run([&] {
    world.connect(client).put();
    CHECK(world.now_ms() == 9000);
  });
  CHECK(client.closed == 1);
}

TEST_CASE("a lost SYN-ACK is sent again") {
  NetWorld world;
  TestPeer client(world.network);
  world.network.link().script(LinkDirection::to_client, {{.packet = 0}});
  world.run([&] {
    world.connect(client).put();
    CHECK(world.now_ms() == 3000);
  });
  CHECK(client.connected == 1);
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a lost last part of the handshake: data completes it") {
  NetWorld world;
  TestPeer client(world.network);
  client.when_connected = [&] { client.peer.send_message(message(1, 100)); };
  world.network.link().script(LinkDirection::to_server, {{.packet = 1}});
  std::vector<sim::ContentRun> runs;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.now_ms() == 0);
    CHECK(socket.receive(runs, 200) == 100);
    socket.put();
  });
  CHECK(test::wrong_content(runs, 1, 100) == "");
}

TEST_CASE("a lost last part of the handshake, and nothing to say: the SYN-ACK's timer asks again") {
  NetWorld world;
  TestPeer client(world.network);
  world.network.link().script(LinkDirection::to_server, {{.packet = 1}});
  world.run([&] {
    world.connect(client).put();
    CHECK(world.now_ms() == 3000);
  });
  CHECK(client.closed == 1);
  CHECK(world.all_gone());
}

TEST_CASE("a silent server: the client gives up after five more SYNs") {
  NetWorld world;
  TestPeer client(world.network);
  std::vector<sim::LinkScriptStep> steps;
  for (std::uint64_t i = 0; i < 6; ++i) steps.push_back({.packet = i});
  world.network.link().script(LinkDirection::to_server, steps);
  std::int64_t gave_up = 0;
  client.when_closed = [&] { gave_up = world.now_ms(); };
  client.peer.connect(80);
  world.run([&] { world.listen().put(); });
  CHECK(client.close_error == -ETIMEDOUT);
  CHECK(gave_up == 189'000);  // 3 + 6 + 12 + 24 + 48 + 96 s
  CHECK(world.network.link().offered(LinkDirection::to_server) == 6);
  CHECK(world.all_gone());
}

TEST_CASE("a request that is never completed is dropped after five SYN-ACKs more") {
  NetWorld world;
  TestPeer client(world.network);
  std::vector<sim::LinkScriptStep> steps;
  for (std::uint64_t i = 0; i < 20; ++i) steps.push_back({.packet = i});
  world.network.link().script(LinkDirection::to_client, steps);
  client.peer.connect(80);
  world.run([&] {
    sim::Socket& listener = world.listen();
    world.sleep(1_s);
    CHECK(world.network.server().live_socks() == 2);
    world.sleep(400_s);
    CHECK(world.network.server().live_socks() == 1);
    listener.put();
  });
  CHECK(client.close_error == -ETIMEDOUT);
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a blocking accept sleeps until a connection comes") {
  NetWorld world;
  TestPeer client(world.network);
  std::int64_t accepted_at = -1;
  world.thread("server", [&] {
    sim::Socket& listener = world.listen();
    const sim::AcceptResult result = listener.accept();
    accepted_at = world.now_ms();
    CHECK(result.error == 0);
    result.socket->put();
    listener.put();
  });
  world.run([&] {
    world.sleep(7_ms);
    client.peer.connect(80);
  });
  CHECK(accepted_at == 7);
  CHECK(world.all_ended());
}

TEST_CASE("each connection wakes one of those who wait in accept") {
  NetWorld world;
  TestPeer first(world.network);
  TestPeer second(world.network);
  sim::Socket* listener = nullptr;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i)
    world.thread("server", [&, i] {
      if (i == 0) listener = &world.listen();
      const sim::AcceptResult result = listener->accept();
      if (result.socket == nullptr) return;
      order.push_back(i);
      result.socket->put();
    });
  world.run([&] {
    world.sleep(1_ms);
    first.peer.connect(80);
    world.sleep(1_ms);
    CHECK(order == std::vector<int>{0});
    second.peer.connect(80);
  });
  CHECK(order == std::vector<int>{0, 1});
  CHECK(!world.all_ended());  // the third still waits
}

TEST_CASE("a signal ends a blocking accept and a blocking receive") {
  NetWorld world;
  TestPeer client(world.network);
  int accept_error = 0;
  long received = 0;
  sim::Thread& server = world.thread("server", [&] {
    sim::Socket& socket = world.connect(client);
    std::vector<sim::ContentRun> runs;
    received = socket.receive(runs, 10);
    accept_error = world.listen(81).accept().error;
  });
  world.run([&] {
    world.sleep(5_ms);
    world.kernel.signal(server);
  });
  CHECK(received == -EINTR);
  CHECK(accept_error == -EINTR);
  CHECK(world.violation() == "");
}

TEST_CASE("a full accept queue holds more than its backlog by one, the rest wait and come later") {
  NetWorld world;
  std::vector<std::unique_ptr<TestPeer>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<TestPeer>(world.network));
  world.run([&] {
    sim::Socket& listener = world.listen(80, 1);
    listener.nonblocking = true;
    for (auto& client : clients) client->peer.connect(80);
    world.sleep(1_s);
    CHECK(world.network.server().stats().refused >= 2);
    int accepted = 0;
    while (sim::Socket* socket = listener.accept().socket) {
      ++accepted;
      socket->put();
    }
    CHECK(accepted == 2);
    world.sleep(10_s);  // SYN-ACK and SYN timers try again
    while (sim::Socket* socket = listener.accept().socket) {
      ++accepted;
      socket->put();
    }
    CHECK(accepted == 4);
    listener.put();
  });
  for (auto& client : clients) CHECK(client->close_error == 0);
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("closing a listener resets what waits in its queues") {
  NetWorld world;
  TestPeer waiting(world.network);
  TestPeer halfway(world.network);
  // The second client's last part of the handshake is lost.
  world.network.link().script(LinkDirection::to_server, {{.packet = 3}});
  world.run([&] {
    sim::Socket& listener = world.listen();
    waiting.peer.connect(80);
    world.sleep(1_ms);
    halfway.peer.connect(80);
    world.sleep(1_ms);
    CHECK(listener.poll() == (sim::poll_bits::in | sim::poll_bits::rdnorm));
    CHECK(world.network.server().live_socks() == 3);
    listener.put();
    halfway.peer.send_message(message(1, 10));
  });
  CHECK(waiting.close_error == -ECONNRESET);
  CHECK(halfway.close_error == -ECONNRESET);
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a connection that is reset before accept is accepted, with its error") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& listener = world.listen();
    client.peer.connect(80);
    world.sleep(1_ms);
    client.peer.abort();
    world.sleep(1_ms);
    CHECK(listener.poll() != 0);
    sim::Socket& socket = *listener.accept().socket;
    using namespace sim::poll_bits;
    CHECK(socket.poll() == (in | rdnorm | err | hup | rdhup));
    std::vector<sim::ContentRun> runs;
    CHECK(socket.receive(runs, 10) == -ECONNRESET);
    CHECK(socket.poll() == (in | rdnorm | hup | rdhup));
    socket.put();
    listener.put();
  });
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a peer connects again and again over one Peer") {
  NetWorld world;
  TestPeer client(world.network);
  int rounds = 0;
  client.when_closed = [&] {
    CHECK(client.close_error == 0);
    if (++rounds < 50) client.peer.connect(80);
  };
  client.peer.connect(80);
  world.run([&] {
    sim::Socket& listener = world.listen();
    for (int i = 0; i < 50; ++i) {
      sim::Socket& socket = *listener.accept().socket;
      socket.send_message(message(1, 1000));
      socket.put();
    }
    listener.put();
  });
  CHECK(rounds == 50);
  CHECK(client.bytes == 50'000);
  CHECK(world.network.connections().opened() == 50);
  CHECK(world.all_gone());
}
