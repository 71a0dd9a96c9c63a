#pragma once
// Generations of Linux' TCP: what differs between them, one row each.
//
// A row says how memory is charged, how much of a buffer becomes window, what poll() shows, and the
// values of the sysctls; an endpoint asks its row (TcpOptions::stack) instead of a version number.
// Sources: the kernel trees of these versions (net/ipv4/tcp*.c, include/net/tcp.h,
// net/core/sock.c); charges of 6.18 measured with SO_MEMINFO on the loopback device.
//   linux-2.6.18   the machine that the 2006 patches were written for: BIC, RFC 3390, 3 s
//   linux-6.1      CUBIC with HyStart, 10 segments, 1 s; half of a buffer is window
//   linux-6.18     the same; how much is window is measured from arriving segments

#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"
#include "sim/net/repair_window.hpp"

namespace sim {

struct TcpOptions;

/// How much of the receive buffer may be announced; the rest is for overhead.
enum class WindowShare : std::uint8_t {
  three_quarters,  ///< tcp_adv_win_scale 2
  half,            ///< tcp_adv_win_scale 1
  measured,        ///< payload over memory of the largest segment seen (scaling_ratio)
};

/// Whether poll() and the wake-ups heed SO_RCVLOWAT and TCP_NOTSENT_LOWAT.
enum class LowWaterMarks : std::uint8_t { ignored, heeded };
/// What poll() says of writing once our stream has ended.
enum class AfterShutdown : std::uint8_t { not_writable, writable };
/// The first window that a receiver announces.
enum class FirstWindow : std::uint8_t {
  four_segments,  ///< at most: a counterpart to slow start
  whole,
};

/// Whether the end of a flight is probed before the retransmission timer (RFC 8985; since 3.10).
enum class TailProbe : std::uint8_t { none, sent };

/// How a receive buffer grows with what the reader takes (tcp_rcv_space_adjust).
enum class RightSizing : std::uint8_t {
  doubled,       ///< a window of twice what was read in the best round trip (since 2.6.7)
  anticipating,  ///< and 16 segments, and the growth of the last round trip once more (since 3.12)
};

struct NetStack {
  std::string_view name;
  std::string_view description;
  std::string_view congestion;   ///< default of net.ipv4.tcp_congestion_control
  std::uint32_t initial_window;  ///< segments; 0: RFC 3390
  kev::Duration initial_timeout;

  std::uint32_t send_overhead;     ///< bytes charged for a queued segment besides its payload
  std::uint32_t receive_overhead;  ///< the same for a received one
  std::uint32_t send_buffer;       ///< tcp_wmem default
  std::uint32_t send_buffer_max;
  std::uint32_t least_buffered;  ///< segments for which, twice, it grows at least
  std::uint32_t receive_buffer;  ///< tcp_rmem default
  /// How far it grows by itself; also decides the window's scale.
  std::uint32_t receive_buffer_max;
  RightSizing right_sizing;
  WindowShare window_share;
  FirstWindow first_window;

  LowWaterMarks low_water_marks;
  AfterShutdown after_shutdown;
  TailProbe tail_probe;
  RepairWindow repair_window;
  std::uint32_t burst_segments;  ///< handed to the device in one piece (segmentation offload)
};

std::span<const NetStack> net_stacks();
/// nullptr when there is none of that name.
const NetStack* find_net_stack(std::string_view name);
/// An endpoint's options as that kernel sets them up.
TcpOptions tcp_options(const NetStack& stack);

}  // namespace sim
