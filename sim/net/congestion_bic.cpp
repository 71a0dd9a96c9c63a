// BIC (Xu, Harfoush, Rhee: "Binary increase congestion control for fast long-distance networks",
// INFOCOM 2004), with the rules and constants of Linux 2.6.18's tcp_bic.c, its default.
//
// Below the window of the last loss the window moves to the middle of what is left, by at most 16
// segments a round trip; close to it, slowly; beyond it, it probes for a new maximum. A loss leaves
// 0.8 of the window; up to 14 segments it behaves as NewReno. How many segments an acknowledgement
// covers is estimated, so that delayed acknowledgements do not slow it down. A timeout makes it
// forget all this.

#include <algorithm>

#include "sim/net/congestion.hpp"

namespace sim::bic {

namespace {

constexpr std::int64_t beta_1024 = 819;
constexpr std::int64_t low_window = 14;
constexpr std::int64_t max_increment = 16;
constexpr std::int64_t smooth_part = 20;
constexpr std::int64_t search_divisor = 4;
constexpr std::int64_t slowest_before_loss = 20;
constexpr int ratio_shift = 4;

/// Places in CongestionWindow::state.
enum Place : std::size_t { last_max, acked_16 };

/// Acknowledgements until the window grows by one segment.
std::int64_t acks_for_a_step(std::int64_t size, std::int64_t max) {
  std::int64_t count = 0;
  if (size <= low_window) return size;
  if (size < max) {
    const std::int64_t distance = (max - size) / search_divisor;
    if (distance > max_increment)
      count = size / max_increment;
    else if (distance <= 1)
      count = size * smooth_part / search_divisor;
    else
      count = size / distance;
  } else if (size < max + search_divisor) {
    count = size * smooth_part / search_divisor;
  } else if (size < max + max_increment * (search_divisor - 1)) {
    count = size * (search_divisor - 1) / (size - max);
  } else {
    count = size / max_increment;
  }
  if (max == 0) count = std::min(count, slowest_before_loss);
  return count;
}

}  // namespace

std::uint32_t threshold_after_loss(CongestionWindow& window) {
  const std::int64_t size = window.size;
  std::int64_t& max = window.state[last_max];
  // Fast convergence: who lost below its last maximum makes room for others.
  max = size < max ? size * (1024 + beta_1024) / 2048 : size;
  const std::int64_t left = size <= low_window ? size / 2 : size * beta_1024 / 1024;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(left, 2));
}

void on_ack(CongestionWindow& window, const AckSample& sample) {
  std::int64_t& acked = window.state[acked_16];
  if (acked == 0) acked = 2 << ratio_shift;
  acked += static_cast<std::int64_t>(sample.acked) - (acked >> ratio_shift);
  if (sample.in_flight < window.size) return;
  if (window.size <= window.threshold) {
    ++window.size;
    return;
  }
  const std::int64_t count = acks_for_a_step(window.size, window.state[last_max]);
  const std::int64_t wanted = std::max<std::int64_t>((count << ratio_shift) / acked, 1);
  if (window.count >= wanted) {
    ++window.size;
    window.count = 0;
  } else {
    ++window.count;
  }
}

/// bictcp_state on TCP_CA_Loss: the last maximum, too.
void on_timeout(CongestionWindow& window, kev::Instant, std::uint64_t) {
  window.state = {};
}

std::uint32_t window_undone(const CongestionWindow& window) {
  return std::max(window.size, static_cast<std::uint32_t>(window.state[last_max]));
}

}  // namespace sim::bic
