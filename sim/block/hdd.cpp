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
  serving_ = waiting.request;
  engine_.schedule_at(served_, kev::Instant(controller_.serve(waiting.command, now)));
}

std::size_t Hdd::choose() {
  if (order_ == DriveOrder::fcfs) return 0;
  const std::size_t cached = find_cached();
  if (engine_.now() - waiting_.front().arrived > age_limit_) return 0;
  if (cached != none) return cached;
  return order_ == DriveOrder::sstf ? find_least_seek() : find_nearest();
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

std::size_t Hdd::find_least_seek() const {
  std::size_t nearest = 0;
  for (std::size_t i = 1; i < waiting_.size(); ++i)
    if (controller_.cylinders_away(waiting_[i].command) <
        controller_.cylinders_away(waiting_[nearest].command))
      nearest = i;
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
