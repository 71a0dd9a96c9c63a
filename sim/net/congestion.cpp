#include "sim/net/congestion.hpp"

#include <algorithm>

#include "sim/net/congestion_bbr.hpp"

namespace sim {

namespace {

std::uint32_t halve(CongestionWindow& window) {
  return std::max<std::uint32_t>(window.size / 2, 2);
}

void newreno_on_ack(CongestionWindow& window, const AckSample& sample) {
  // A sender that does not use its window learns nothing about the network (RFC 2861).
  if (sample.in_flight < window.size) return;
  if (window.size <= window.threshold) {
    ++window.size;
    return;
  }
  if (window.count >= window.size) {
    ++window.size;
    window.count = 0;
  } else {
    ++window.count;
  }
}

constexpr CongestionControl controls[] = {
    {"newreno", "RFC 5681 and RFC 6582: additive increase, half after a loss",
     RepairFloor::half_threshold, RepairBy::stack, halve, newreno_on_ack, nullptr, nullptr,
     nullptr},
    {"bic", "binary search for the window of the last loss, as in Linux 2.6.18",
     RepairFloor::threshold, RepairBy::stack, bic::threshold_after_loss, bic::on_ack, nullptr,
     bic::on_timeout, bic::window_undone},
    {"cubic", "RFC 8312 with HyStart, as in Linux 6.1", RepairFloor::threshold, RepairBy::stack,
     cubic::threshold_after_loss, cubic::on_ack, cubic::on_sample, cubic::on_timeout, nullptr},
    {"bbr", "rate times round trip, as in Linux 6.18, without pacing", RepairFloor::half_threshold,
     RepairBy::rate_halving, bbr::threshold_after_loss, bbr::on_ack, bbr::on_sample, nullptr,
     nullptr},
};

}  // namespace

std::span<const CongestionControl> congestion_controls() {
  return controls;
}

const CongestionControl* find_congestion_control(std::string_view name) {
  for (const CongestionControl& control : controls)
    if (control.name == name) return &control;
  return nullptr;
}

}  // namespace sim
