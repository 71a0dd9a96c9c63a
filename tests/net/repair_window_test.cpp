// The congestion window while a loss is repaired: figures worked out by hand.

#include "sim/net/repair_window.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/net_world.hpp"

using namespace kev::literals;
using sim::CongestionWindow;
using sim::RepairFloor;

namespace {

CongestionWindow reduced(std::uint32_t size, std::uint32_t threshold) {
  CongestionWindow window;
  window.size = size;
  window.threshold = threshold;
  return window;
}

/// The window after so many acknowledgements of a segment each, of a sender that fills it.
std::uint32_t halved(CongestionWindow window, int acknowledgements, RepairFloor floor) {
  for (int i = 0; i < acknowledgements; ++i) sim::halve_rate(window, window.size - 1, floor);
  return window.size;
}

struct Sent {
  std::uint32_t segments = 0;
  std::uint32_t window = 0;
};

/// `delivered` segments arrive one by one while a sender that had `before` in flight repairs.
Sent in_proportion(std::uint32_t before, std::uint32_t threshold, std::uint32_t lost,
                   std::uint32_t delivered) {
  CongestionWindow window = reduced(before, threshold);
  sim::ProportionalReduction reduction;
  reduction.begin(before);
  std::uint32_t in_flight = before - lost;
  Sent result;
  for (std::uint32_t i = 0; i < delivered; ++i) {
    --in_flight;
    reduction.reduce(window, {in_flight, 1, false});
    const std::uint32_t more = window.size - in_flight;
    reduction.sent(more);
    result.segments += more;
    in_flight += more;
  }
  result.window = window.size;
  return result;
}

}  // namespace

TEST_CASE("rate halving takes one segment for two acknowledgements, down to the floor") {
  CHECK(halved(reduced(20, 14), 7, RepairFloor::threshold) == 17);
  CHECK(halved(reduced(20, 14), 12, RepairFloor::threshold) == 14);
  CHECK(halved(reduced(20, 14), 40, RepairFloor::threshold) == 14);
  CHECK(halved(reduced(20, 14), 40, RepairFloor::half_threshold) == 7);
}

TEST_CASE("rate halving follows what is in flight below the floor, when much is lost at once") {
  CongestionWindow window = reduced(20, 14);
  sim::halve_rate(window, 5, RepairFloor::threshold);
  CHECK(window.size == 6);
  sim::halve_rate(window, 5, RepairFloor::threshold);
  CHECK(window.size == 6);
}

TEST_CASE("proportional reduction sends 7 segments for 10 that arrive, and ends at the threshold") {
  // 19 are in flight, above the threshold until some have gone: 0.7 of what is delivered.
  CHECK(in_proportion(20, 14, 1, 10).segments == 7);
  CHECK(in_proportion(20, 14, 1, 19).window == 14);
  // 12 of 20 are lost, 8 in flight: what is delivered is sent, and 8 stay in flight.
  CHECK(in_proportion(20, 14, 12, 7).segments == 7);
  CHECK(in_proportion(20, 14, 12, 7).window == 8);
}

TEST_CASE("proportional reduction grows as slow start does while nothing more is lost") {
  CongestionWindow window = reduced(20, 14);
  sim::ProportionalReduction reduction;
  reduction.begin(20);
  reduction.reduce(window, {4, 1, false});
  CHECK(window.size == 5);
  reduction.sent(1);
  // Two delivered, one sent, and one more for the progress.
  reduction.reduce(window, {4, 1, true});
  CHECK(window.size == 6);
  reduction.sent(2);
  // Ten at once: no further than the threshold.
  reduction.reduce(window, {6, 10, true});
  CHECK(window.size == 14);
  // Something that says nothing new.
  reduction.reduce(window, {3, 0, false});
  CHECK(window.size == 14);
}

TEST_CASE("a burst of losses costs rate halving more time than proportional reduction") {
  const auto time = [](sim::RepairWindow repair_window) {
    sim::NetStack stack = *sim::find_net_stack("linux-6.1");
    stack.repair_window = repair_window;
    test::NetOptions options;
    options.network.link.rtt = 40_ms;
    options.network.server.tcp = sim::tcp_options(stack);
    options.network.client = sim::tcp_options(stack);
    test::NetWorld world(options);
    test::TestPeer client(world.network);
    std::vector<sim::LinkScriptStep> losses;
    for (std::uint64_t packet = 80; packet < 140; ++packet) losses.push_back({.packet = packet});
    world.network.link().script(sim::LinkDirection::to_client, losses);
    std::int64_t end_ms = 0;
    client.when_closed = [&] { end_ms = world.now_ms(); };
    world.run([&] {
      sim::Socket& socket = world.connect(client);
      CHECK(socket.send_message(test::message(2, 600'000)) == 600'000);
      const sim::TcpStats& stats = socket.endpoint().stats();
      socket.shutdown(sim::Shutdown::send);
      std::vector<sim::ContentRun> nothing;
      CHECK(socket.receive(nothing, 1) == 0);
      CHECK(stats.recoveries >= 1);
      socket.put();
    });
    CHECK(world.violation() == "");
    CHECK(test::wrong_content(client.runs, 2, 600'000) == "");
    return end_ms;
  };
  const std::int64_t halving = time(sim::RepairWindow::rate_halving);
  CHECK(time(sim::RepairWindow::proportional) < halving);
}

// -- what an endpoint does with its window --------------------------------------------------------

namespace {

/// Sends 400 KB to a client while packets to it fare so; `look` sees the socket after each 5 ms,
/// and ends that by false. The window at the end.
std::uint32_t window_after(const char* stack, const std::vector<sim::LinkScriptStep>& script,
                           const std::function<bool(const sim::TcpEndpoint&)>& look) {
  test::NetOptions options;
  options.network.link.rate_bits_per_s = 100'000'000;
  options.network.link.rtt = 20_ms;
  options.network.server.tcp = sim::tcp_options(*sim::find_net_stack(stack));
  options.network.server.tcp.send_buffer = options.network.server.tcp.send_buffer_max = 1 << 20;
  options.network.client = sim::tcp_options(*sim::find_net_stack(stack));
  options.network.client.receive_buffer = 1 << 20;
  test::NetWorld world(options);
  test::TestPeer client(world.network);
  world.network.link().script(sim::LinkDirection::to_client, script);
  std::uint32_t size = 0;
  world.run([&] {
    sim::Socket& socket = world.connect(client);
    CHECK(socket.send_message(test::message(2, 400'000)) == 400'000);
    while (look(socket.endpoint()) && socket.endpoint().unacknowledged_bytes() != 0) {
      world.kernel.current_thread().set_state(sim::ThreadState::uninterruptible);
      world.kernel.schedule_timeout(1_ms);
    }
    size = socket.endpoint().congestion_window().size;
    socket.shutdown(sim::Shutdown::send);
    std::vector<sim::ContentRun> nothing;
    CHECK(socket.receive(nothing, 1) == 0);
    socket.put();
  });
  CHECK(test::wrong_content(client.runs, 2, 400'000) == "");
  return size;
}

}  // namespace

TEST_CASE("after a timeout an endpoint's BIC knows no window to go back to") {
  std::vector<sim::LinkScriptStep> losses;
  for (std::uint64_t packet = 40; packet < 85; ++packet) losses.push_back({.packet = packet});
  const sim::CongestionControl& bic = *sim::find_congestion_control("bic");
  bool seen = false;
  window_after("linux-2.6.18", losses, [&](const sim::TcpEndpoint& endpoint) {
    if (endpoint.stats().timeouts == 0) return true;
    const sim::CongestionWindow& window = endpoint.congestion_window();
    CHECK(window.size < 5);
    CHECK(bic.window_undone(window) == window.size);
    seen = true;
    return false;
  });
  CHECK(seen);
}

TEST_CASE("a loss that was none leaves the window as it was") {
  const char* stack = GENERATE("linux-2.6.18", "linux-6.1");
  // Overtaken by so many that it is sent again.
  const sim::LinkScriptStep late{.packet = 60, .drop = false, .extra_delay = 1_ms};
  std::uint32_t before = 0;
  const std::uint32_t undone = window_after(stack, {late}, [&](const sim::TcpEndpoint& endpoint) {
    const sim::CongestionWindow& window = endpoint.congestion_window();
    if (endpoint.stats().recoveries == 0) before = window.size;
    return endpoint.stats().recoveries == 0 || window.threshold != CongestionWindow::unlimited;
  });
  INFO(stack << ": " << before << ' ' << undone);
  CHECK(undone * 10 >= before * 9);  // 2.6.18 had moderated it already
  CHECK(undone * 4 < before * 5);
}
