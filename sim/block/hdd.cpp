#include "sim/block/hdd.hpp"

#include <cstddef>
#include <limits>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr std::size_t none = SegmentCache::none;

}  // namespace

Hdd::Hdd(Engine& engine, const HddSpec& spec)
    : engine_(engine),
      controller_(spec),
      queue_depth_(spec.queue_depth),
      order_(spec.order),
      distance_(spec.distance),
      age_limit_(spec.age_limit) {
  KEV_CHECK(queue_depth_ > 0);
  waiting_.reserve(queue_depth_);
}

Hdd::~Hdd() {
  if (served_.pending()) engine_.cancel(served_);
}

void Hdd::start(DiskRequest& request) {
  KEV_CHECK(request.sectors > 0);
  KEV_CHECK(request.end_sector() <= capacity_sectors());
  KEV_CHECK(waiting_.size() + (serving_ != nullptr ? 1 : 0) < queue_depth_);
  const bool cached = !request.write && controller_.cached(request.sector);
  waiting_.push_back(Waiting{&request, engine_.now(),
                             controller_.command(request.sector, request.sectors, request.write),
                             cached});
  if (serving_ == nullptr && !choosing_) serve_next();
}

void Hdd::on_served() {
  DiskRequest& done = *std::exchange(serving_, nullptr);
  // Whoever is told may start more: all of them are there to choose from.
  choosing_ = true;
  finish(done);
  choosing_ = false;
  if (!waiting_.empty()) serve_next();
}

void Hdd::serve_next() {
  const std::int64_t now = engine_.now().ns();
  controller_.advance(now);
  const std::size_t chosen = waiting_.size() == 1 ? 0 : choose();
  const Waiting waiting = waiting_[chosen];
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(chosen));
  const std::uint64_t there = waiting.command.target.place.cylinder;
  if (there != controller_.cylinder()) inwards_ = there > controller_.cylinder();
  last_end_ = waiting.command.end();
  serving_ = waiting.request;
  engine_.schedule_at(served_, kev::Instant(controller_.serve(waiting.command, now)));
}

std::size_t Hdd::choose() {
  if (order_ == DriveOrder::fcfs) return 0;
  const std::size_t cached = find_cached();
  if (engine_.now() - waiting_.front().arrived > age_limit_) return 0;
  if (cached != none) return cached;
  return order_ == DriveOrder::sptf ? find_nearest() : find_least_distance();
}

/// The first read the cache has. Only the open run gains data, and it does so between two calls: a
/// request not found in it now, nor in any segment when it arrived, is in none.
std::size_t Hdd::find_cached() {
  std::size_t found = none;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Waiting& waiting = waiting_[i];
    const HddCommand& command = waiting.command;
    if (command.write) continue;
    waiting.cached =
        waiting.cached ? controller_.cached(command.sector) : controller_.in_run(command.sector);
    if (waiting.cached && found == none) found = i;
  }
  return found;
}

std::uint64_t Hdd::whole_disk() const {
  if (distance_ == DriveDistance::sectors) return capacity_sectors();
  return mechanism().geometry().locate(capacity_sectors() - 1).cylinder + std::uint64_t{1};
}

std::uint64_t Hdd::place_of(const HddCommand& command) const {
  return distance_ == DriveDistance::sectors ? command.sector : command.target.place.cylinder;
}

/// How far away it counts as. What the order does not want now is behind the whole disk.
std::uint64_t Hdd::distance_of(const HddCommand& command) const {
  const std::uint64_t here =
      distance_ == DriveDistance::sectors ? last_end_ : controller_.cylinder();
  const std::uint64_t there = place_of(command);
  const std::uint64_t distance = here < there ? there - here : here - there;
  const bool inwards = order_ == DriveOrder::c_look || inwards_;
  if (inwards ? there >= here : there <= here) return distance;
  constexpr std::uint64_t vscan_share = 5;
  switch (order_) {
    case DriveOrder::look:
      return whole_disk() + distance;
    case DriveOrder::c_look:
      return whole_disk() + there;
    case DriveOrder::vscan:
      return whole_disk() / vscan_share + distance;
    default:
      return distance;
  }
}

std::size_t Hdd::find_least_distance() const {
  std::size_t nearest = 0;
  std::uint64_t least = distance_of(waiting_[0].command);
  for (std::size_t i = 1; i < waiting_.size(); ++i) {
    const std::uint64_t distance = distance_of(waiting_[i].command);
    if (distance >= least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}

std::size_t Hdd::find_nearest() const {
  const std::int64_t now = engine_.now().ns();
  std::size_t nearest = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const HddCommand& command = waiting_[i].command;
    if (controller_.least_positioning_ns(command) >= least) continue;
    const std::int64_t cost = controller_.positioning_ns(command, now);
    if (cost >= least) continue;
    least = cost;
    nearest = i;
  }
  return nearest;
}

}  // namespace sim
