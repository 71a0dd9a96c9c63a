#pragma once
// Congestion control: how the congestion window grows, and what is left of it after a loss.
//
// An algorithm is a row of congestion_controls(). Counting, loss recovery and the timeout are the
// endpoint's business and the same for all (sim/net/tcp_ack.cpp). Windows count segments.
//   newreno   RFC 5681: slow start adds a segment an acknowledgement, avoidance one a window; half
//   of
//             the window is left after a loss, at least 2.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"

namespace sim {

struct CongestionWindow {
  static constexpr std::uint32_t unlimited = 0x7fffffff;

  std::uint32_t size = 2;               ///< segments that may be in flight
  std::uint32_t threshold = unlimited;  ///< slow start up to here
  std::uint32_t count = 0;              ///< acknowledgements toward the next step
  std::array<std::int64_t, 8> state{};  ///< the algorithm's own

  [[nodiscard]] bool in_slow_start() const { return size < threshold; }
};

/// What an acknowledgement of new data says.
struct AckSample {
  std::uint32_t acked = 0;      ///< segments
  std::uint32_t in_flight = 0;  ///< segments in flight before it
  kev::Instant now;
};

struct CongestionControl {
  std::string_view name;
  std::string_view description;
  /// The threshold after a loss.
  std::uint32_t (*threshold_after_loss)(const CongestionWindow& window);
  /// Lets the window grow. Not called while a loss is being repaired.
  void (*on_ack)(CongestionWindow& window, const AckSample& sample);
};

std::span<const CongestionControl> congestion_controls();
/// nullptr when there is none of that name.
const CongestionControl* find_congestion_control(std::string_view name);

}  // namespace sim
