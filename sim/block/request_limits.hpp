#pragma once
// How many requests of each direction may be in use, and who may have one more.
//
// From 7/8 of the limit on the direction is congested, below 13/16 no longer. The request that
// reaches the limit makes it full, and the process that took it a batcher; so is one that has just
// slept for a request. A batcher may go on while the direction is full: for 32 requests or 20 ms,
// up to 3/2 of the limit. The direction is full until one more request would fit under the limit.
// Source: get_request(), ioc_batching() and freed_request() of Linux 2.6.18 (block/ll_rw_blk.c).
// Units: requests. Errors: taking more than may be taken is a failed KEV_CHECK.

#include <cstdint>
#include <map>

#include "model/base/time.hpp"

namespace sim {

class RequestLimits {
 public:
  enum class Exempt : std::uint8_t { no, yes };

  /// Requires: at least 4.
  explicit RequestLimits(std::uint32_t requests);

  /// Whether the process may have a request now. Exempt: the elevator waits for it.
  [[nodiscard]] bool may_take(bool write, std::uint32_t process, Exempt exempt,
                              kev::Instant now) const;
  void take(bool write, std::uint32_t process, Exempt exempt, kev::Instant now);
  /// True when somebody who waits may now have one.
  bool give_back(bool write);
  /// The process has slept for a request.
  void has_slept(std::uint32_t process, kev::Instant now);
  void forget(std::uint32_t process) { batches_.erase(process); }

  [[nodiscard]] bool congested(bool write) const { return directions_[write].congested; }
  [[nodiscard]] bool full(bool write) const { return directions_[write].full; }
  [[nodiscard]] std::uint32_t in_use() const {
    return directions_[0].in_use + directions_[1].in_use;
  }
  [[nodiscard]] std::uint32_t hard_limit() const { return limit_ + limit_ / 2; }

 private:
  struct Direction {
    std::uint32_t in_use = 0;
    bool congested = false;
    bool full = false;
  };
  struct Batch {
    std::uint32_t left = 0;
    kev::Instant since;
  };

  [[nodiscard]] bool batching(std::uint32_t process, kev::Instant now) const;
  [[nodiscard]] std::uint32_t congestion_on() const { return limit_ - limit_ / 8 + 1; }
  [[nodiscard]] std::uint32_t congestion_off() const {
    return limit_ - limit_ / 8 - limit_ / 16 - 1;
  }

  std::uint32_t limit_;
  Direction directions_[2];  ///< read, write
  std::map<std::uint32_t, Batch> batches_;
};

}  // namespace sim
