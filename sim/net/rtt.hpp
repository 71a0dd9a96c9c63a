#pragma once
// The retransmission timeout, estimated as Linux 2.6.18 does (RFC 2988 with Linux' variance).
//
// A mean of 1/8 weight; a mean deviation of 1/4 weight, but 1/32 when the RTT falls below the mean
// by more than the deviation; the variance follows the largest deviation of a window at once and
// falls by a quarter of the excess once a window. The variance is never below 200 ms (TCP_RTO_MIN),
// so the timeout is at least the mean plus 200 ms. The clock ticks in ns; a tick in the limits
// rounds the timeout up to whole ticks, as a kernel does that counts it in jiffies.

#include <cstdint>

#include "model/base/time.hpp"

namespace sim {

class RttEstimator {
 public:
  struct Limits {
    kev::Duration initial{3'000'000'000};
    kev::Duration min_variance{200'000'000};
    kev::Duration max{120'000'000'000};
    kev::Duration tick{0};  ///< 0: the timeout is not rounded
  };

  explicit RttEstimator(const Limits& limits) : limits_(limits) {}

  /// A measured round trip. `acknowledged` and `next` are the sender's sequence numbers now: they
  /// say when a window has passed.
  void sample(kev::Duration rtt, std::uint64_t acknowledged, std::uint64_t next);

  [[nodiscard]] bool measured() const { return mean8_ != 0; }
  /// The smoothed round trip time; zero before the first sample.
  [[nodiscard]] kev::Duration mean() const { return kev::Duration(mean8_ >> 3); }
  /// The timeout without backoff.
  [[nodiscard]] kev::Duration timeout() const;
  [[nodiscard]] kev::Duration max() const { return limits_.max; }

 private:
  Limits limits_;
  std::int64_t mean8_ = 0;       ///< 8 times the mean, ns
  std::int64_t deviation4_ = 0;  ///< 4 times the mean deviation, ns
  std::int64_t largest4_ = 0;    ///< the largest deviation4_ of this window
  std::int64_t variance_ = 0;    ///< what is added to the mean, ns
  std::uint64_t window_end_ = 0;
};

}  // namespace sim
