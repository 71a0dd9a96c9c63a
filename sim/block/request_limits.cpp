#include "sim/block/request_limits.hpp"

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr std::uint32_t batch_requests = 32;
constexpr kev::Duration batch_time{20'000'000};  // HZ / 50

}  // namespace

RequestLimits::RequestLimits(std::uint32_t requests) : limit_(requests) {
  KEV_CHECK(requests >= 4);
}

bool RequestLimits::batching(std::uint32_t process, kev::Instant now) const {
  const auto batch = batches_.find(process);
  if (batch == batches_.end()) return false;
  const std::uint32_t left = batch->second.left;
  return left == batch_requests || (left > 0 && now < batch->second.since + batch_time);
}

void RequestLimits::has_slept(std::uint32_t process, kev::Instant now) {
  if (!batching(process, now)) batches_[process] = {batch_requests, now};
}

bool RequestLimits::may_take(bool write, std::uint32_t process, Exempt exempt,
                             kev::Instant now) const {
  const Direction& direction = directions_[write];
  if (direction.in_use >= hard_limit()) return false;
  if (direction.in_use + 1 < limit_ || !direction.full) return true;
  return exempt == Exempt::yes || batching(process, now);
}

void RequestLimits::take(bool write, std::uint32_t process, Exempt exempt, kev::Instant now) {
  KEV_CHECK(may_take(write, process, exempt, now));
  Direction& direction = directions_[write];
  if (direction.in_use + 1 >= limit_ && !direction.full) {
    direction.full = true;
    has_slept(process, now);
  }
  if (direction.in_use + 1 >= congestion_on()) direction.congested = true;
  ++direction.in_use;
  if (batching(process, now)) --batches_[process].left;
}

bool RequestLimits::give_back(bool write) {
  Direction& direction = directions_[write];
  KEV_CHECK(direction.in_use > 0);
  --direction.in_use;
  if (direction.in_use < congestion_off()) direction.congested = false;
  if (direction.in_use + 1 > limit_) return false;
  direction.full = false;
  return true;
}

}  // namespace sim
