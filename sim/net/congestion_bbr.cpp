#include "sim/net/congestion_bbr.hpp"

#include <algorithm>

namespace sim::bbr {

namespace {

constexpr std::int64_t startup_gain_1000 = 2885;  // 2 / ln 2
constexpr std::int64_t steady_gain_1000 = 2000;
constexpr std::int64_t growth_1000 = 1250;  // of the rate, or the pipe is full
constexpr std::int64_t rounds_to_be_full = 3;
constexpr std::int64_t rate_rounds = 10;
constexpr std::int64_t first_window = 10;
constexpr std::int64_t least_window = 4;
constexpr std::int64_t room_for_bursts = 6;  // three bursts of two segments

/// Places in CongestionWindow::state.
enum Place : std::size_t {
  delivered,    ///< segments, the SYN included
  shortest,     ///< round trip, ns
  rate,         ///< segments/s, largest of the last rounds
  rate_round,   ///< when it was seen
  round,        ///< rounds so far
  round_end,    ///< byte that ends this one
  round_start,  ///< ns
  round_from,   ///< delivered at its start
  full_rate,    ///< rate that growth is measured against
  full_rounds   ///< without growth
};

bool pipe_is_full(const CongestionWindow& window) {
  return window.state[full_rounds] >= rounds_to_be_full;
}

void end_round(CongestionWindow& window, const AckSample& sample) {
  auto& state = window.state;
  const std::int64_t now = sample.now.ns();
  const std::int64_t time = std::max(now - state[round_start], state[shortest]);
  if (time > 0) {
    const std::int64_t seen = (state[delivered] - state[round_from]) * 1'000'000'000 / time;
    if (seen >= state[rate] || state[round] - state[rate_round] > rate_rounds) {
      state[rate] = seen;
      state[rate_round] = state[round];
    }
    if (state[rate] * 1000 >= state[full_rate] * growth_1000) {
      state[full_rate] = state[rate];
      state[full_rounds] = 0;
    } else {
      ++state[full_rounds];
    }
  }
  ++state[round];
  state[round_end] = static_cast<std::int64_t>(sample.next);
  state[round_start] = now;
  state[round_from] = state[delivered];
}

std::int64_t target(const CongestionWindow& window) {
  const auto& state = window.state;
  const std::int64_t gain = pipe_is_full(window) ? steady_gain_1000 : startup_gain_1000;
  const std::int64_t pipe = state[rate] * (state[shortest] / 1000) / 1000 * gain / 1'000'000;
  return pipe == 0 ? 0 : pipe + room_for_bursts;
}

}  // namespace

std::uint32_t threshold_after_loss(CongestionWindow& window) {
  return std::max<std::uint32_t>(window.size, 2);
}

void on_sample(CongestionWindow& window, const AckSample& sample) {
  auto& state = window.state;
  if (state[delivered] == 0) state[delivered] = 1;
  state[delivered] += sample.acked;
  const std::int64_t rtt = sample.rtt.ns();
  if (rtt > 0 && (state[shortest] == 0 || rtt < state[shortest])) state[shortest] = rtt;
  if (static_cast<std::int64_t>(sample.una) > state[round_end]) end_round(window, sample);
}

void on_ack(CongestionWindow& window, const AckSample& sample) {
  const std::int64_t wanted = target(window);
  const std::int64_t size = window.size;
  std::int64_t next = size;
  if (pipe_is_full(window))
    next = std::min(size + std::int64_t{sample.acked}, wanted);
  else if (size < wanted || window.state[delivered] < first_window)
    next = size + sample.acked;
  window.size = static_cast<std::uint32_t>(std::max(next, least_window));
}

}  // namespace sim::bbr
