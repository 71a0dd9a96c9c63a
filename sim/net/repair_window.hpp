#pragma once
// How acknowledgements take the congestion window down while a loss is repaired.
//
// Sources: Linux 2.6.18, tcp_cwnd_down (rate halving): one segment less for every second
// acknowledgement, down to a floor that is the algorithm's, and never more than one segment above
// what is in flight. So when many segments are found lost at once, or there is nothing to send, the
// window falls below the floor, and slow start brings it back later. Linux 3.2 and later,
// tcp_cwnd_reduction (proportional rate reduction, RFC 6937, with the bound of slow start, in the
// form of 6.1): what is sent is to what is delivered as the threshold to the window before, and the
// window never ends below the threshold.
// Units: segments.

#include <cstdint>

#include "sim/net/congestion.hpp"

namespace sim {

/// Which of the two a kernel does.
enum class RepairWindow : std::uint8_t { rate_halving, proportional };

void halve_rate(CongestionWindow& window, std::uint32_t in_flight, RepairFloor floor);

/// What an acknowledgement brings in the course of a repair.
struct RepairSample {
  std::uint32_t in_flight = 0;  ///< after it, what is deemed lost left out
  std::uint32_t delivered = 0;  ///< segments it tells of for the first time
  bool makes_progress = false;  ///< it acknowledges new data, and nothing more was found lost
};

class ProportionalReduction {
 public:
  void begin(std::uint32_t window_before) { *this = {}, before_ = window_before; }
  /// Segments sent since, again or for the first time.
  void sent(std::uint32_t segments) { sent_ += segments; }
  void reduce(CongestionWindow& window, const RepairSample& sample);

 private:
  std::uint32_t before_ = 0;
  std::uint32_t delivered_ = 0;
  std::uint32_t sent_ = 0;
};

}  // namespace sim
