#include "sim/net/netem.hpp"

#include <algorithm>

#include "sim/engine/distributions.hpp"
#include "sim/engine/portable_math.hpp"

namespace sim {

using kev::Duration;
using kev::Instant;

namespace {

constexpr std::int64_t table_scale = 8192;  // NETEM_DIST_SCALE
constexpr std::uint32_t table_entries = 4096;
constexpr std::int64_t most_in_table = 32767;

std::int64_t nearest_entry(double value) {
  const auto rounded = static_cast<std::int64_t>(value < 0 ? value - 0.5 : value + 0.5);
  return std::clamp<std::int64_t>(rounded, -most_in_table - 1, most_in_table);
}

/// The entries are quantiles in steps of 1/4096, each at the upper edge of 1/16384.
std::int64_t normal_entry(std::uint32_t index) {
  return nearest_entry(normal_quantile((4.0 * index + 0.5) / (4.0 * table_entries)) * table_scale);
}

/// Exponent 3, shifted by its mean of 3/2 and scaled by 4/3 (iproute2's scale).
std::int64_t pareto_entry(std::uint32_t index) {
  const double above = 1.0 - static_cast<double>(index) / table_entries;
  const double value = portable_exp(-portable_log(above) / 3.0) - 1.5;
  return nearest_entry(value * 4.0 / 3.0 * table_scale);
}

}  // namespace

std::int64_t delay_quantile(DelayDistribution distribution, std::uint32_t index) {
  switch (distribution) {
    case DelayDistribution::normal:
      return normal_entry(index);
    case DelayDistribution::pareto:
      return pareto_entry(index);
    default:
      return (normal_entry(index) + 3 * pareto_entry(index)) / 4;
  }
}

double Netem::correlated(double correlation, double& last) {
  const double fresh = random_.unit();
  if (correlation == 0) return fresh;
  last = fresh * (1 - correlation) + last * correlation;
  return last;
}

bool Netem::strikes(const Correlated& chance, double& last) {
  return !chance.off() && correlated(chance.correlation, last) <= chance.probability;
}

bool Netem::draw_loss() {
  switch (options_.loss.kind) {
    case LossModel::Kind::state:
      return draw_state();
    case LossModel::Kind::gilbert_elliott:
      return draw_gilbert_elliott();
    default:
      return strikes(options_.loss.random, loss_);
  }
}

/// A packet is lost when its draw leads into a state of loss (loss_4state).
bool Netem::draw_state() {
  const LossModel& model = options_.loss;
  const double drawn = random_.unit();
  switch (state_) {
    case State::gap:
      if (drawn < model.p14)
        state_ = State::lost_in_gap;
      else if (drawn < model.p13 + model.p14)
        state_ = State::lost_in_burst;
      return state_ != State::gap;
    case State::burst:
      if (drawn < model.p23) state_ = State::lost_in_burst;
      return state_ != State::burst;
    case State::lost_in_burst:
      if (drawn < model.p32)
        state_ = State::burst;
      else if (drawn < model.p31 + model.p32)
        state_ = State::gap;
      return state_ == State::lost_in_burst;
    default:
      state_ = State::gap;
      return false;
  }
}

/// loss_gilb_ell: the state changes first, the packet's fate follows the state before.
bool Netem::draw_gilbert_elliott() {
  const LossModel& model = options_.loss;
  const bool bad = bad_;
  const double change = random_.unit();
  if (change < (bad ? model.r : model.p)) bad_ = !bad;
  const double fate = random_.unit();
  return bad ? fate > model.h : fate < model.k1;
}

bool Netem::reorders() {
  if (options_.reorder.off()) return false;
  if (delayed_ < std::max(options_.reorder_gap, 1U) - 1) {
    ++delayed_;
    return false;
  }
  if (!strikes(options_.reorder, reorder_)) return false;
  delayed_ = 0;
  return true;
}

Duration Netem::jitter() {
  if (options_.jitter <= Duration(0)) return Duration(0);
  const double at = correlated(options_.jitter_correlation, jitter_);
  const std::int64_t most = options_.jitter.ns();
  if (options_.distribution == DelayDistribution::uniform)
    return Duration(static_cast<std::int64_t>((at * 2 - 1) * static_cast<double>(most)));
  const auto index = static_cast<std::uint32_t>(at * table_entries);
  const std::int64_t quantile =
      delay_quantile(options_.distribution, std::min(index, table_entries - 1));
  // In parts, as tabledist() does: the product would not fit for a jitter of some minutes.
  return Duration(most / table_scale * quantile + most % table_scale * quantile / table_scale);
}

/// netem_enqueue: one that overtakes leaves at once; with a rate, the last one held is what the
/// next waits for, and its delay has begun by then.
Instant Netem::admit(Instant now, std::int64_t bytes) {
  const bool idle = held_++ == 0;
  if (reorders()) return now;
  Duration delay = options_.delay + jitter();
  Instant from = now;
  if (options_.rate_bits_per_s != 0) {
    if (!idle && last_ > now) {
      delay = std::max(delay - (last_ - now), Duration(0));
      from = last_;
    }
    delay += Duration(bytes * 8 * 1'000'000'000 / options_.rate_bits_per_s);
  }
  const Instant leaves = std::max(from + delay, now);
  last_ = idle ? leaves : std::max(last_, leaves);
  return leaves;
}

}  // namespace sim
