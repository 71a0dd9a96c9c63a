#include "sim/net/net_stack.hpp"

#include "sim/net/tcp_host.hpp"

namespace sim {

namespace {

using namespace kev::literals;

constexpr NetStack stacks[] = {
    // Overhead of a queued segment: struct sk_buff, a 256 byte slab object on x86-64, and header
    // room, MAX_TCP_HEADER (128 + LL_MAX_HEADER 32 + tunnels 48) rounded up to cache lines. Of a
    // received one: e1000's 1522 byte buffer with alignment and padding, rounded up to 1600, and
    // struct sk_buff, less 1448 bytes of payload. 6.1: read off the windows in traces/golden/tcp;
    // 6.18: measured on the loopback device.
    {"linux-2.6.18",
     "BIC, windows of 3/4 of the buffer, initial window of RFC 3390",
     "bic",
     0,
     3_s,
     512,
     384,
     16384,
     4'194'304,
     4,
     87380,
     4'194'304,
     RightSizing::doubled,
     WindowShare::three_quarters,
     FirstWindow::four_segments,
     LowWaterMarks::ignored,
     AfterShutdown::not_writable,
     TailProbe::none,
     RepairWindow::rate_halving,
     1},
    {"linux-6.1",
     "CUBIC, windows of half the buffer, 10 segments at first",
     "cubic",
     10,
     1_s,
     832,
     1280,
     16384,
     4'194'304,
     10,
     131072,
     6'291'456,
     RightSizing::anticipating,
     WindowShare::half,
     FirstWindow::whole,
     LowWaterMarks::heeded,
     AfterShutdown::writable,
     TailProbe::sent,
     RepairWindow::proportional,
     2},
    {"linux-6.18",
     "as 6.1; the window's share of the buffer is measured",
     "cubic",
     10,
     1_s,
     832,
     832,
     16384,
     4'194'304,
     10,
     131072,
     33'554'432,
     RightSizing::anticipating,
     WindowShare::measured,
     FirstWindow::whole,
     LowWaterMarks::heeded,
     AfterShutdown::writable,
     TailProbe::sent,
     RepairWindow::proportional,
     2},
};

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
