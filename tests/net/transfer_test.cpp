// Bytes from one end to the other: content, segments, page references.

#include <catch2/catch.hpp>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using test::message;
using test::NetWorld;
using test::TestPage;
using test::TestPeer;

TEST_CASE("a message arrives at the peer, whole and in order") {
  NetWorld world;
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.send_all(socket, message(7, 1'000'000)) == 1'000'000);
    socket.put();
  });
  CHECK(client.connected == 1);
  CHECK(client.closed == 1);
  CHECK(client.close_error == 0);
  CHECK(test::wrong_content(client.runs, 7, 1'000'000) == "");
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("a message arrives at the server, whole and in order") {
  NetWorld world;
  TestPeer client(world.network);
  std::vector<sim::ContentRun> runs;
  client.when_connected = [&] {
    client.peer.send_message(message(3, 400'000));
    client.peer.send_message(message(3, 100'000, 400'000));
    client.peer.close();
  };
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(world.read_all(socket, runs, 10'000) == 500'000);
    socket.put();
  });
  CHECK(test::wrong_content(runs, 3, 500'000) == "");
  CHECK(client.closed == 0);  // it closed first
  CHECK(world.violation() == "");
  CHECK(world.all_gone());
}

TEST_CASE("requests and responses alternate") {
  NetWorld world;
  TestPeer client(world.network);
  int rounds = 0;
  client.when_connected = [&] { client.peer.send_message(message(1000, 200)); };
  client.when_data = [&] {
    if (client.bytes % 5000 != 0) return;
    if (++rounds < 20)
      client.peer.send_message(message(1000 + static_cast<std::uint64_t>(rounds), 200));
    else
      client.peer.close();
  };
  std::uint64_t served = 0;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    std::vector<sim::ContentRun> request;
    while (socket.receive(request, 200) == 200) {
      CHECK(request.back().source == 1000 + served);
      CHECK(request.back().length == 200);
      socket.send_message(message(1, 5000, served * 5000));
      ++served;
      request.clear();
    }
    socket.put();
  });
  CHECK(served == 20);
  CHECK(test::wrong_content(client.runs, 1, 100'000) == "");
  // No delayed acknowledgement and no Nagle pause between them: a round takes little more than an
  // RTT.
  CHECK(world.violation() == "");
}

TEST_CASE("parts of pages and messages share segments, and arrive as runs") {
  NetWorld world;
  TestPeer client(world.network);
  TestPage page(5, 2);
  TestPage next(5, 3);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.send_message(message(9, 100), {.dont_wait = false, .more = true});
    CHECK(socket.send_page(page.frag(), 0, 4096, {.dont_wait = false, .more = true}) == 4096);
    CHECK(socket.send_page(next.frag(), 0, 500, {}) == 500);
    socket.put();
  });
  REQUIRE(client.runs.size() == 2);
  CHECK(client.runs[0].source == 9);
  CHECK(client.runs[0].length == 100);
  CHECK(client.runs[1].source == 5);
  CHECK(client.runs[1].offset == 2 * 4096);
  CHECK(client.runs[1].length == 4096 + 500);
  // 4696 bytes: three full segments and the rest.
  CHECK(world.network.link().stats(sim::LinkDirection::to_client).payload_bytes == 4696);
}

TEST_CASE("a page is referred to until its last byte is acknowledged, and released once") {
  test::NetOptions options = test::plain_options();
  options.network.link.rtt = 10_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  TestPage page(5);
  std::int64_t released_at = 0;
  page.when_released = [&] { released_at = world.now_ms(); };
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    const std::int64_t sent_at = world.now_ms();
    CHECK(socket.send_page(page.frag(), 0, 4096) == 4096);
    CHECK(page.references == 2);
    world.sleep(9_ms);
    CHECK(page.references == 2);  // nothing has come back yet
    world.sleep(200_ms);
    CHECK(page.references == 1);
    CHECK(released_at >= sent_at + 10);
    socket.put();
  });
  CHECK(page.acquired == 1);
  CHECK(page.released == 1);
}

TEST_CASE("pages that were never acknowledged are released when the connection is gone") {
  test::NetOptions options;
  NetWorld world(options);
  TestPeer client(world.network);
  client.peer.stop_reading();
  std::vector<std::unique_ptr<TestPage>> pages;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.nonblocking = true;
    for (std::uint64_t i = 0;; ++i) {
      pages.push_back(std::make_unique<TestPage>(5, i));
      if (socket.send_page(pages.back()->frag(), 0, 4096) != 4096) break;
    }
    world.sleep(1_ms);
    client.peer.abort();
    world.sleep(10_ms);
    CHECK((socket.poll() & sim::poll_bits::err) != 0);
    socket.put();
  });
  REQUIRE(pages.size() > 3);
  for (const auto& page : pages) {
    CHECK(page->references == 1);
    CHECK(page->released == page->acquired);
  }
  CHECK(world.all_gone());
}

TEST_CASE("what a page holds when it is sent is what arrives, not what it held before") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  TestPage page(5);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.set_cork(true);
    page.version = 1;
    CHECK(socket.send_page(page.frag(), 0, 1000) == 1000);  // corked: not sent yet
    page.version = 2;
    socket.set_cork(false);
    socket.put();
  });
  REQUIRE(client.runs.size() == 1);
  CHECK(client.runs[0].version == 2);
}

TEST_CASE("a segment sent again carries what the page holds by then") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  TestPage page(5);
  page.version = 1;
  // Packet 0 is the SYN-ACK, packet 1 the data.
  world.network.link().script(sim::LinkDirection::to_client, {{.packet = 1, .drop = true}});
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.send_page(page.frag(), 0, 1000) == 1000);
    page.version = 2;
    socket.put();
  });
  REQUIRE(client.runs.size() == 1);
  CHECK(client.runs[0].version == 2);
  CHECK(page.released == 1);
}

TEST_CASE("the same page sent in pieces is one fragment while it continues") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  TestPage page(5);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.set_cork(true);
    socket.send_page(page.frag(), 0, 100);
    socket.send_page(page.frag(), 100, 100);
    CHECK(page.acquired == 1);
    socket.send_page(page.frag(), 500, 100);  // a gap: another fragment
    CHECK(page.acquired == 2);
    socket.set_cork(false);
    socket.put();
  });
  CHECK(client.runs.size() == 2);
  CHECK(page.references == 1);
}

TEST_CASE("a small segment waits for the answer to the one before, unless Nagle is off") {
  const bool nodelay = GENERATE(false, true);
  test::NetOptions options = test::plain_options();
  options.network.link.rtt = 10_ms;
  NetWorld world(options);
  TestPeer client(world.network);
  std::int64_t second_at = 0;
  std::int64_t begin = 0;
  client.when_data = [&] {
    if (client.bytes == 20) second_at = world.now_ms();
  };
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.set_nodelay(nodelay);
    begin = world.now_ms();
    socket.send_message(message(1, 10));
    socket.send_message(message(1, 10, 10));
    world.sleep(50_ms);  // closing would push it
    socket.put();
  });
  // The first is acknowledged at once (quick mode); the second needs another half round trip.
  CHECK(second_at - begin == (nodelay ? 5 : 15));
}

TEST_CASE("a cork holds a partial segment back until it is pulled, or for a timeout at most") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.set_cork(true);
    socket.send_message(message(1, 2000));
    world.sleep(50_ms);
    CHECK(client.bytes == 1448);  // a full segment does go
    world.sleep(300_ms);
    CHECK(client.bytes == 2000);  // the probe timer's doing
    socket.send_message(message(1, 100, 2000));
    world.sleep(50_ms);
    CHECK(client.bytes == 2000);
    socket.set_cork(false);
    world.sleep(50_ms);
    CHECK(client.bytes == 2100);
    socket.put();
  });
  CHECK(test::wrong_content(client.runs, 1, 2100) == "");
}

TEST_CASE("more to come keeps a partial segment back as a cork does") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.send_message(message(1, 100), {.dont_wait = false, .more = true});
    world.sleep(10_ms);
    CHECK(client.bytes == 0);
    socket.send_message(message(1, 100, 100));
    world.sleep(10_ms);
    CHECK(client.bytes == 200);
    socket.put();
  });
  CHECK(world.network.link().stats(sim::LinkDirection::to_client).payload_bytes == 200);
}

TEST_CASE("many small pieces make segments of at most eighteen fragments") {
  test::NetOptions options = test::plain_options();
  NetWorld world(options);
  TestPeer client(world.network);
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    socket.set_cork(true);
    for (std::uint64_t i = 0; i < 40; ++i) socket.send_message(message(100 + i, 10));
    world.sleep(10_ms);
    CHECK(client.bytes == 360);
    socket.set_cork(false);
    socket.put();
  });
  REQUIRE(client.runs.size() == 40);
  for (std::size_t i = 0; i < 40; ++i) CHECK(client.runs[i].source == 100 + i);
}
