#pragma once
// Congestion control: how the congestion window grows, and what is left of it after a loss.
//
// An algorithm is a row of congestion_controls(). Counting and loss recovery are the endpoint's
// business and the same for all (sim/net/tcp_ack.cpp, repair_window.hpp). Windows count segments.
//   newreno   RFC 5681: slow start adds a segment an acknowledgement, avoidance one a window; half
//             of the window is left after a loss, at least 2.
//   bic       Xu, Harfoush and Rhee 2004, as in Linux 2.6.18 (congestion_bic.cpp)
//   cubic     RFC 8312 with HyStart (Ha and Rhee 2008), as in Linux 6.1 (congestion_cubic.cpp)

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"

namespace sim {

struct CongestionWindow {
  static constexpr std::uint32_t unlimited = 0x7fffffff;

  std::uint32_t size = 2;                ///< segments that may be in flight
  std::uint32_t threshold = unlimited;   ///< slow start up to here
  std::uint32_t count = 0;               ///< acknowledgements toward the next step
  std::array<std::int64_t, 16> state{};  ///< the algorithm's own

  [[nodiscard]] bool in_slow_start() const { return size < threshold; }
};

/// What an acknowledgement of new data says.
struct AckSample {
  std::uint32_t acked = 0;      ///< segments
  std::uint32_t in_flight = 0;  ///< segments in flight before it
  kev::Instant now;
  kev::Duration rtt{0};    ///< measured by it; 0: none
  std::uint64_t una = 0;   ///< first byte not acknowledged, now
  std::uint64_t next = 0;  ///< first byte not sent
};

/// How low rate halving takes the window while a loss is repaired (min_cwnd of Linux 2.6.18).
enum class RepairFloor : std::uint8_t { half_threshold, threshold };
/// Who takes the window down then.
enum class RepairBy : std::uint8_t {
  stack,         ///< as the kernel does (repair_window.hpp)
  rate_halving,  ///< instead of the algorithm, which steers by itself in Linux
};

struct CongestionControl {
  std::string_view name;
  std::string_view description;
  RepairFloor floor;
  RepairBy repair_by;
  /// The threshold after a loss.
  std::uint32_t (*threshold_after_loss)(CongestionWindow& window);
  /// Lets the window grow. Not called while a loss is being repaired.
  void (*on_ack)(CongestionWindow& window, const AckSample& sample);
  /// Learns from any acknowledgement of new data, before on_ack; null: has nothing to learn.
  void (*on_sample)(CongestionWindow& window, const AckSample& sample);
  /// The retransmission timer ran out: forgets what it has learned; null: has nothing to forget.
  /// After threshold_after_loss. `next`: first byte not sent.
  void (*on_timeout)(CongestionWindow& window, kev::Instant now, std::uint64_t next);
  /// The window that 2.6.18 goes back to when a loss was none; null: twice the threshold.
  std::uint32_t (*window_undone)(const CongestionWindow& window);
};

// The algorithms that have a file of their own.
namespace bic {
std::uint32_t threshold_after_loss(CongestionWindow& window);
void on_ack(CongestionWindow& window, const AckSample& sample);
void on_timeout(CongestionWindow& window, kev::Instant now, std::uint64_t next);
std::uint32_t window_undone(const CongestionWindow& window);
}  // namespace bic
namespace cubic {
std::uint32_t threshold_after_loss(CongestionWindow& window);
void on_ack(CongestionWindow& window, const AckSample& sample);
void on_sample(CongestionWindow& window, const AckSample& sample);
void on_timeout(CongestionWindow& window, kev::Instant now, std::uint64_t next);
}  // namespace cubic

std::span<const CongestionControl> congestion_controls();
/// nullptr when there is none of that name.
const CongestionControl* find_congestion_control(std::string_view name);

}  // namespace sim
