#include "sim/net/netem.hpp"

#include <algorithm>

namespace sim {

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

kev::Duration Netem::jitter() {
  if (options_.jitter <= kev::Duration(0)) return kev::Duration(0);
  const double at = correlated(options_.jitter_correlation, jitter_);
  return kev::Duration(
      static_cast<std::int64_t>((at * 2 - 1) * static_cast<double>(options_.jitter.ns())));
}

}  // namespace sim
