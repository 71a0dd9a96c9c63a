// CUBIC (Ha, Rhee, Xu 2008; RFC 8312) with HyStart (Ha, Rhee: "Taming the elephants", 2011), with
// the rules and constants of Linux 6.1's tcp_cubic.c.
//
// After a loss 0.7 of the window is left, and the window follows C (t - K)^3 around the size of the
// loss, C = 0.4 segments/s^3, in the time since the loss; it never grows slower than NewReno with
// the same 0.7 would. HyStart ends the first slow start when the acknowledgements of one window
// come for longer than half of the shortest round trip, or when round trips become longer.
// Time is counted in 1/1024 s as in Linux; everything is integer.

#include <algorithm>
#include <cstdlib>

#include "sim/net/congestion.hpp"

namespace sim::cubic {

namespace {

using kev::Duration;

constexpr std::int64_t beta_1024 = 717;
constexpr std::int64_t scale_1024 = 41;  // C = scale / 102.4
constexpr std::int64_t cube_factor = (std::int64_t{1} << 40) / (scale_1024 * 10);
constexpr std::int64_t friendly_8 = 8 * (1024 + beta_1024) / 3 / (1024 - beta_1024);
constexpr std::int64_t update_pause_ns = 1'000'000'000 / 32;
constexpr std::int64_t farthest = 250'000;  // 244 s: its cube still fits
constexpr std::int64_t slowest_before_loss = 20;

constexpr std::int64_t hystart_low_window = 16;
constexpr std::int64_t train_gap_ns = 2'000'000;
constexpr std::int64_t delay_samples = 8;
constexpr std::int64_t delay_min_ns = 4'000'000;
constexpr std::int64_t delay_max_ns = 16'000'000;
constexpr std::int64_t no_delay = INT64_MAX;

/// Places in CongestionWindow::state.
enum Place : std::size_t {
  step_count,   ///< segments to be acknowledged for one more
  last_max,     ///< window of the last loss
  last_size,    ///< at the last update
  last_time,    ///< of it
  origin,       ///< plateau of the curve
  plateau_at,   ///< K, 1/1024 s
  shortest,     ///< round trip, ns
  epoch,        ///< when this curve began, ns; 0: it has not
  epoch_acked,  ///< segments acknowledged, for the comparison with NewReno
  reno_size,    ///< what NewReno would have
  found,        ///< HyStart has ended slow start
  round_end,    ///< byte that ends the round
  round_start,  ///< ns
  last_ack,     ///< of the train, ns
  round_rtt,    ///< shortest of the round, ns
  round_samples
};

std::int64_t cube_root(std::int64_t value) {
  std::int64_t low = 0;
  std::int64_t high = 1 << 20;
  while (low < high) {
    const std::int64_t middle = (low + high + 1) / 2;
    if (middle * middle * middle <= value)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

std::int64_t units(std::int64_t ns) {
  return ns / 1000 * 1024 / 1'000'000;
}

void begin_epoch(CongestionWindow& window, std::int64_t now, std::int64_t acked) {
  auto& state = window.state;
  state[epoch] = now;
  state[epoch_acked] = acked;
  state[reno_size] = window.size;
  if (state[last_max] <= window.size) {
    state[plateau_at] = 0;
    state[origin] = window.size;
  } else {
    state[plateau_at] = cube_root(cube_factor * (state[last_max] - window.size));
    state[origin] = state[last_max];
  }
}

void follow_curve(CongestionWindow& window, std::int64_t now) {
  auto& state = window.state;
  const std::int64_t time = units(now - state[epoch] + state[shortest]);
  const std::int64_t distance = std::min(std::abs(state[plateau_at] - time), farthest);
  const std::int64_t delta = (distance * distance * distance * (scale_1024 * 10)) >> 40;
  const std::int64_t target = state[origin] + (time < state[plateau_at] ? -delta : delta);
  const std::int64_t size = window.size;
  state[step_count] = target > size ? size / (target - size) : 100 * size;
  if (state[last_max] == 0) state[step_count] = std::min(state[step_count], slowest_before_loss);
}

/// Not slower than NewReno.
void keep_up_with_reno(CongestionWindow& window) {
  auto& state = window.state;
  const std::int64_t size = window.size;
  const std::int64_t step = std::max<std::int64_t>(size * friendly_8 / 8, 1);
  state[reno_size] += state[epoch_acked] / step;
  state[epoch_acked] %= step;
  if (state[reno_size] > size)
    state[step_count] = std::min(state[step_count], size / (state[reno_size] - size));
  state[step_count] = std::max<std::int64_t>(state[step_count], 2);
}

void update(CongestionWindow& window, std::int64_t now, std::int64_t acked) {
  auto& state = window.state;
  state[epoch_acked] += acked;
  if (state[last_size] == window.size && now - state[last_time] <= update_pause_ns) return;
  state[last_size] = window.size;
  state[last_time] = now;
  if (state[epoch] == 0) begin_epoch(window, now, acked);
  follow_curve(window, now);
  keep_up_with_reno(window);
}

void hystart(CongestionWindow& window, const AckSample& sample) {
  auto& state = window.state;
  const std::int64_t now = sample.now.ns();
  if (static_cast<std::int64_t>(sample.una) > state[round_end]) {
    state[round_start] = state[last_ack] = now;
    state[round_end] = static_cast<std::int64_t>(sample.next);
    state[round_rtt] = no_delay;
    state[round_samples] = 0;
  }
  if (now - state[last_ack] <= train_gap_ns) {
    state[last_ack] = now;
    if (now - state[round_start] > state[shortest] / 2) state[found] = 1;
  }
  state[round_rtt] = std::min(state[round_rtt], sample.rtt.ns());
  if (state[round_samples] < delay_samples) {
    ++state[round_samples];
  } else {
    const std::int64_t more = std::clamp(state[shortest] / 8, delay_min_ns, delay_max_ns);
    if (state[round_rtt] > state[shortest] + more) state[found] = 1;
  }
  if (state[found] != 0) window.threshold = window.size;
}

}  // namespace

std::uint32_t threshold_after_loss(CongestionWindow& window) {
  auto& state = window.state;
  const std::int64_t size = window.size;
  state[epoch] = 0;
  // Fast convergence: who lost below its last maximum makes room for others.
  state[last_max] = size < state[last_max] ? size * (1024 + beta_1024) / 2048 : size;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(size * beta_1024 / 1024, 2));
}

void on_sample(CongestionWindow& window, const AckSample& sample) {
  auto& state = window.state;
  if (sample.rtt <= Duration(0)) return;
  const std::int64_t now = sample.now.ns();
  if (state[epoch] != 0 && now - state[epoch] < 1'000'000'000) return;
  if (state[shortest] == 0 || state[shortest] > sample.rtt.ns()) state[shortest] = sample.rtt.ns();
  const bool starting = window.in_slow_start() && window.size >= hystart_low_window;
  if (state[found] == 0 && starting) hystart(window, sample);
}

void on_ack(CongestionWindow& window, const AckSample& sample) {
  const bool starting = window.in_slow_start();
  // In slow start a window that is more than half used counts as used.
  if (sample.in_flight * (starting ? 2 : 1) < window.size) return;
  std::uint32_t acked = sample.acked;
  if (starting) {
    const std::uint32_t step = std::min(acked, window.threshold - window.size);
    window.size += step;
    acked -= step;
    if (acked == 0) return;
  }
  update(window, sample.now.ns(), acked);
  const auto step = static_cast<std::uint32_t>(window.state[step_count]);
  if (window.count >= step) {
    window.count = 0;
    ++window.size;
  }
  window.count += acked;
  window.size += window.count / step;
  window.count %= step;
}

/// cubictcp_state on TCP_CA_Loss: the last maximum and the shortest round trip, too; HyStart begins
/// anew.
void on_timeout(CongestionWindow& window, kev::Instant now, std::uint64_t next) {
  auto& state = window.state;
  state = {};
  state[round_start] = state[last_ack] = now.ns();
  state[round_end] = static_cast<std::int64_t>(next);
  state[round_rtt] = no_delay;
}

}  // namespace sim::cubic
