// What differs between generations of TCP, and connections of the machine with itself.

#include <catch2/catch.hpp>

#include <cerrno>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using namespace sim::poll_bits;
using test::message;
using test::NetOptions;
using test::NetWorld;
using Runs = std::vector<sim::ContentRun>;

namespace {

NetOptions options_of(std::string_view stack) {
  NetOptions options;
  options.network.server.tcp = sim::tcp_options(*sim::find_net_stack(stack));
  return options;
}

/// Both ends of a connection over the loopback device, in a thread of a world.
struct Pair {
  explicit Pair(NetWorld& world) : client(world.network.create_socket()) {
    sim::Socket& listener = world.listen();
    CHECK(client.connect(80) == 0);
    server = listener.accept().socket;
    KEV_CHECK(server != nullptr);
    listener.put();
    client.nonblocking = server->nonblocking = true;
  }
  ~Pair() {
    client.put();
    server->put();
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  sim::Socket& client;
  sim::Socket* server = nullptr;
};

void with_pair(std::string_view stack, const std::function<void(NetWorld&, Pair&)>& body) {
  NetWorld world(options_of(stack));
  world.run([&] {
    Pair pair(world);
    body(world, pair);
  });
  CHECK(world.violation().empty());
  CHECK(world.all_gone());
}

}  // namespace

TEST_CASE("a machine connects with itself, sends both ways and ends in order") {
  with_pair("linux-2.6.18", [](NetWorld& world, Pair& pair) {
    CHECK(pair.client.send_message(message(1, 100'000)) > 0);
    world.sleep(1_ms);
    Runs runs;
    CHECK(pair.server->receive(runs, 200) == 200);
    CHECK(pair.server->send_message(message(2, 10)) == 10);
    world.sleep(1_ms);
    runs.clear();
    CHECK(pair.client.receive(runs, 100) == 10);
    CHECK(test::wrong_content(runs, 2, 10).empty());
  });
}

TEST_CASE("nobody listens: refused; the socket may be used again") {
  NetWorld world;
  world.run([&] {
    sim::Socket& socket = world.network.create_socket();
    CHECK(socket.connect(80) == -ECONNREFUSED);
    socket.nonblocking = true;
    CHECK(socket.connect(80) == -EINPROGRESS);
    world.sleep(1_ms);
    CHECK((socket.poll() & (err | hup)) == (err | hup));
    CHECK(socket.take_error() == ECONNREFUSED);
    CHECK(socket.connect(80) == -ECONNABORTED);
    CHECK((socket.poll() & (in | hup)) == hup);
    sim::Socket& listener = world.listen();
    CHECK(socket.connect(80) == -EINPROGRESS);
    world.sleep(1_ms);
    CHECK(socket.connect(80) == 0);
    CHECK(socket.connect(80) == -EISCONN);
    socket.put();
    listener.put();
  });
  CHECK(world.all_gone());
}

TEST_CASE("after our stream's end 6.18 shows writable, 2.6.18 does not") {
  with_pair("linux-2.6.18", [](NetWorld&, Pair& pair) {
    pair.client.shutdown(sim::Shutdown::send);
    CHECK((pair.client.poll() & out) == 0);
  });
  with_pair("linux-6.18", [](NetWorld&, Pair& pair) {
    pair.client.shutdown(sim::Shutdown::send);
    CHECK((pair.client.poll() & out) == out);
  });
}

TEST_CASE("SO_RCVLOWAT keeps 6.18 from showing readable, 2.6.18 does not care") {
  for (const auto& [stack, readable] :
       {std::pair("linux-2.6.18", in), std::pair("linux-6.18", std::uint32_t{0})}) {
    with_pair(stack, [readable = readable](NetWorld& world, Pair& pair) {
      pair.server->sock().options_of().set_receive_low_water(100);
      pair.client.send_message(message(1, 60));
      world.sleep(1_ms);
      CHECK((pair.server->poll() & in) == readable);
      pair.client.send_message(message(1, 60, 60));
      world.sleep(1_ms);
      CHECK((pair.server->poll() & in) == in);
    });
  }
}

TEST_CASE("TCP_NOTSENT_LOWAT stops a writer when so much waits to be sent") {
  with_pair("linux-6.18", [](NetWorld& world, Pair& pair) {
    pair.client.sock().options_of().set_unsent_low_water(1000);
    long total = 0;
    for (long sent = 1; sent > 0; total += sent)
      sent = std::max(pair.client.send_message(message(1, 4096)), 0L);
    world.sleep(100_ms);
    CHECK(pair.client.endpoint().unsent_bytes() >= 1000);
    CHECK(pair.client.endpoint().unsent_bytes() <= 1000 + 65536);
    CHECK((pair.client.poll() & out) == 0);
    CHECK(total < 1'000'000);
  });
}

TEST_CASE("an urgent byte is told apart, taken once, and left out of the stream") {
  with_pair("linux-2.6.18", [](NetWorld& world, Pair& pair) {
    pair.client.send_message(message(1, 3));
    CHECK(pair.client.send_urgent(message(2, 1)) == 1);
    pair.client.send_message(message(1, 3, 3));
    world.sleep(300_ms);
    CHECK((pair.server->poll() & (in | pri)) == (in | pri));
    Runs runs;
    CHECK(pair.server->receive(runs, 10) == 3);
    Runs urgent;
    CHECK(pair.server->receive(urgent, 1, sim::ReceiveMode::urgent) == 1);
    CHECK(urgent.front().source == 2);
    CHECK(pair.server->receive(urgent, 1, sim::ReceiveMode::urgent) == -EINVAL);
    CHECK(pair.server->receive(runs, 10) == 3);
    CHECK(test::wrong_content(runs, 1, 6).empty());
    CHECK((pair.server->poll() & pri) == 0);
  });
}

TEST_CASE("peeked bytes are still there") {
  with_pair("linux-2.6.18", [](NetWorld& world, Pair& pair) {
    pair.client.send_message(message(1, 30));
    world.sleep(1_ms);
    Runs runs;
    CHECK(pair.server->receive(runs, 20, sim::ReceiveMode::peek) == 20);
    CHECK(test::wrong_content(runs, 1, 20).empty());
    runs.clear();
    CHECK(pair.server->receive(runs, 100) == 30);
    CHECK(test::wrong_content(runs, 1, 30).empty());
  });
}

TEST_CASE("a lingering time of zero resets the connection at its close") {
  NetWorld world(options_of("linux-6.18"));
  world.run([&] {
    sim::Socket& listener = world.listen();
    sim::Socket& client = world.network.create_socket();
    CHECK(client.connect(80) == 0);
    sim::Socket& server = *listener.accept().socket;
    client.send_message(message(1, 5));
    client.sock().set_linger(sim::Linger::reset);
    client.put();
    world.sleep(1_ms);
    CHECK((server.poll() & (err | hup)) == (err | hup));
    Runs runs;
    CHECK(server.receive(runs, 10) == 5);
    CHECK(server.receive(runs, 10) == -ECONNRESET);
    CHECK(server.receive(runs, 10) == 0);
    server.put();
    listener.put();
  });
  CHECK(world.all_gone());
}
