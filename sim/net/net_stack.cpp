#include "sim/net/net_stack.hpp"

#include "sim/net/tcp_host.hpp"

namespace sim {

namespace {

using namespace kev::literals;

// Overhead of a queued segment: struct sk_buff, a 256 byte slab object on x86-64, and header
// room, MAX_TCP_HEADER (128 + LL_MAX_HEADER 32 + tunnels 48) rounded up to cache lines. Of a
// received one: e1000's 1522 byte buffer with alignment and padding, rounded up to 1600, and
// struct sk_buff, less 1448 bytes of payload. 6.1: read off the windows in traces/golden/tcp;
// 6.18: measured on the loopback device.

constexpr NetStack linux_2_6_18 = {
    .name = "linux-2.6.18",
    .description = "BIC, windows of 3/4 of the buffer, initial window of RFC 3390",
    .congestion = "bic",
    .initial_window = 0,
    .initial_timeout = 3_s,
    .send_overhead = 512,
    .receive_overhead = 384,
    .send_buffer = 16384,
    .send_buffer_max = 4'194'304,
    .least_buffered = 4,
    .receive_buffer = 87380,
    .receive_buffer_max = 4'194'304,
    .right_sizing = RightSizing::doubled,
    .window_share = WindowShare::three_quarters,
    .first_window = FirstWindow::four_segments,
    .low_water_marks = LowWaterMarks::ignored,
    .after_shutdown = AfterShutdown::not_writable,
    .tail_probe = TailProbe::none,
    .repair_window = RepairWindow::rate_halving,
    .burst_segments = 1,
};

constexpr NetStack linux_6_1 = {
    .name = "linux-6.1",
    .description = "CUBIC, windows of half the buffer, 10 segments at first",
    .congestion = "cubic",
    .initial_window = 10,
    .initial_timeout = 1_s,
    .send_overhead = 832,
    .receive_overhead = 1280,
    .send_buffer = 16384,
    .send_buffer_max = 4'194'304,
    .least_buffered = 10,
    .receive_buffer = 131072,
    .receive_buffer_max = 6'291'456,
    .right_sizing = RightSizing::anticipating,
    .window_share = WindowShare::half,
    .first_window = FirstWindow::whole,
    .low_water_marks = LowWaterMarks::heeded,
    .after_shutdown = AfterShutdown::writable,
    .tail_probe = TailProbe::sent,
    .repair_window = RepairWindow::proportional,
    .burst_segments = 2,
};

constexpr NetStack linux_6_18 = [] {
  NetStack stack = linux_6_1;
  stack.name = "linux-6.18";
  stack.description = "as 6.1; the window's share of the buffer is measured";
  stack.receive_overhead = 832;
  stack.receive_buffer_max = 33'554'432;
  stack.window_share = WindowShare::measured;
  return stack;
}();

constexpr NetStack stacks[] = {linux_2_6_18, linux_6_1, linux_6_18};

}  // namespace

std::span<const NetStack> net_stacks() {
  return stacks;
}

const NetStack* find_net_stack(std::string_view name) {
  for (const NetStack& stack : stacks)
    if (stack.name == name) return &stack;
  return nullptr;
}

TcpOptions tcp_options(const NetStack& stack) {
  TcpOptions options;
  options.stack = &stack;
  options.send_buffer = stack.send_buffer;
  options.send_buffer_max = stack.send_buffer_max;
  options.receive_buffer = stack.receive_buffer;
  options.receive_buffer_max = stack.receive_buffer_max;
  options.sack = true;
  options.initial_window = stack.initial_window;
  options.congestion = find_congestion_control(stack.congestion);
  options.rtt.initial = stack.initial_timeout;
  return options;
}

}  // namespace sim
