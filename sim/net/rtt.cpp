#include "sim/net/rtt.hpp"

#include <algorithm>

namespace sim {

void RttEstimator::sample(kev::Duration rtt, std::uint64_t acknowledged, std::uint64_t next) {
  const std::int64_t measured = std::max<std::int64_t>(rtt.ns(), 1);
  const std::int64_t floor = limits_.min_variance.ns();
  if (mean8_ == 0) {
    mean8_ = measured * 8;
    deviation4_ = measured * 2;
    variance_ = largest4_ = std::max(deviation4_, floor);
    window_end_ = next;
    return;
  }
  const std::int64_t error = measured - (mean8_ >> 3);
  mean8_ = std::max<std::int64_t>(mean8_ + error, 1);
  std::int64_t rise = (error < 0 ? -error : error) - (deviation4_ >> 2);
  if (error < 0 && rise > 0) rise >>= 3;
  deviation4_ += rise;
  largest4_ = std::max(largest4_, deviation4_);
  variance_ = std::max(variance_, largest4_);
  if (acknowledged > window_end_) {
    if (largest4_ < variance_) variance_ -= (variance_ - largest4_) >> 2;
    window_end_ = next;
    largest4_ = floor;
  }
}

kev::Duration RttEstimator::timeout() const {
  if (!measured()) return limits_.initial;
  std::int64_t timeout = (mean8_ >> 3) + variance_;
  const std::int64_t tick = limits_.tick.ns();
  if (tick != 0) timeout = (timeout + tick - 1) / tick * tick;
  return std::min(kev::Duration(timeout), limits_.max);
}

}  // namespace sim
