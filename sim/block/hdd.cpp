#include "sim/block/hdd.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

Hdd::Hdd(Engine& engine, const HddSpec& spec)
    : engine_(engine),
      spec_(spec),
      mechanism_(spec_),
      cache_(spec_.segments, spec_.segment_sectors) {
  KEV_CHECK(spec_.queue_depth > 0);
  head_.place = mechanism_.geometry().locate(0);
  waiting_.reserve(spec_.queue_depth);
}

Hdd::~Hdd() {
  if (served_.pending()) engine_.cancel(served_);
}

void Hdd::start(DiskRequest& request) {
  KEV_CHECK(request.sectors > 0);
  KEV_CHECK(request.end_sector() <= capacity_sectors());
  KEV_CHECK(waiting_.size() + (serving_ != nullptr ? 1 : 0) < spec_.queue_depth);
  const bool cached = !request.write && cache_.find(request.sector, run_) != SegmentCache::none;
  waiting_.push_back(Waiting{&request, engine_.now(), request.sector,
                             mechanism_.target(request.sector), request.write, cached});
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
  read_ahead_until(engine_.now().ns());
  const std::size_t chosen = waiting_.size() == 1 ? 0 : choose();
  const Waiting waiting = waiting_[chosen];
  waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(chosen));
  serving_ = waiting.request;
  engine_.schedule_at(served_, kev::Instant(serve(waiting)));
}

std::size_t Hdd::choose() {
  if (spec_.order == DriveOrder::fcfs) return 0;
  const std::size_t cached = find_cached();
  if (engine_.now() - waiting_.front().arrived > spec_.age_limit) return 0;
  return cached != SegmentCache::none ? cached : find_nearest();
}

/// The first read the cache has. Only the open run gains data, and it does so between two calls: a
/// request not found in it now, nor in any segment when it arrived, is in none.
std::size_t Hdd::find_cached() {
  std::size_t found = SegmentCache::none;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Waiting& waiting = waiting_[i];
    if (waiting.write) continue;
    if (waiting.cached)
      waiting.cached = cache_.find(waiting.sector, run_) != SegmentCache::none;
    else
      waiting.cached = cache_.holds(run_, waiting.sector);
    if (waiting.cached && found == SegmentCache::none) found = i;
  }
  return found;
}

std::size_t Hdd::find_nearest() const {
  const std::uint32_t phase = mechanism_.phase_ns(engine_.now().ns());
  std::size_t nearest = 0;
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const HddTarget& target = waiting_[i].target;
    if (mechanism_.least_move_ns(head_.place, target.place) >= least) continue;
    const bool write = waiting_[i].write;
    const kev::Duration overhead = write ? spec_.write_overhead : spec_.read_overhead;
    const auto leave = phase + static_cast<std::uint32_t>(overhead.ns());
    const std::int64_t cost = mechanism_.positioning_ns(head_.place, leave, target, write);
    if (cost >= least) continue;
    least = cost;
    nearest = i;
  }
  return nearest;
}

std::int64_t Hdd::serve(const Waiting& waiting) {
  return waiting.request->write ? write(waiting) : read(waiting);
}

std::int64_t Hdd::write(const Waiting& waiting) {
  const DiskRequest& request = *waiting.request;
  const std::int64_t bus = spec_.bus_sector.ns();
  cache_.overwrite(request.sector, request.end_sector());
  run_ = SegmentCache::none;
  const std::int64_t leave = engine_.now().ns() + spec_.write_overhead.ns();
  mechanism_.position(head_, leave, request.sector, waiting.target, true);
  // The media may not overtake the bus: begin so late that the last sector is there in time.
  HddHead trial = head_;
  mechanism_.pass(trial, request.end_sector());
  const std::int64_t media = trial.at_ns - head_.at_ns;
  const std::int64_t ready = leave + std::max(bus, bus * request.sectors - media);
  if (ready > head_.at_ns) {
    mechanism_.resume(head_, ready);
    mechanism_.pass(head_, request.end_sector());
  } else {
    head_ = trial;
  }
  return head_.at_ns;
}

std::int64_t Hdd::read(const Waiting& waiting) {
  const DiskRequest& request = *waiting.request;
  const std::int64_t now = engine_.now().ns();
  const std::size_t segment = cache_.find(request.sector, run_);
  if (segment == SegmentCache::none) {
    run_ = cache_.present() ? cache_.begin(request.sector) : SegmentCache::none;
    return read_media(request, request.sector, waiting.target, run_,
                      now + spec_.read_overhead.ns());
  }
  if (segment == run_ || request.end_sector() <= cache_.end(segment))
    return read_hit(request, segment);
  // The cache holds the beginning of it: the arm fetches the rest.
  const std::uint64_t from = cache_.end(segment);
  run_ = segment;
  cache_.touch(segment);
  const std::int64_t media =
      read_media(request, from, mechanism_.target(from), segment, now + spec_.read_overhead.ns());
  return std::max(media, now + spec_.hit_overhead.ns() + spec_.bus_sector.ns() * request.sectors);
}

/// All of it is cached, or will be soon because the run being read goes on into it.
std::int64_t Hdd::read_hit(const DiskRequest& request, std::size_t segment) {
  const std::int64_t now = engine_.now().ns();
  const std::int64_t bus = spec_.bus_sector.ns();
  std::int64_t done = now + spec_.hit_overhead.ns() + bus * request.sectors;
  cache_.touch(segment);
  if (segment != run_) return done;
  aim_read_ahead(request.sector, request.end_sector());
  if (request.end_sector() <= head_.lba) return done;
  mechanism_.pass(head_, request.end_sector());
  cache_.extend(segment, head_.lba);
  return std::max(done, head_.at_ns + bus);
}

/// Moves the arm to `from` and reads on to the end of the request, into `segment` if there is one.
std::int64_t Hdd::read_media(const DiskRequest& request, std::uint64_t from,
                             const HddTarget& target, std::size_t segment, std::int64_t leave_ns) {
  mechanism_.position(head_, leave_ns, from, target, false);
  const std::int64_t first = head_.at_ns;
  mechanism_.pass(head_, request.end_sector());
  if (segment != SegmentCache::none) {
    cache_.extend(segment, head_.lba);
    run_limit_ = head_.lba;
    aim_read_ahead(request.sector, request.end_sector());
  }
  const std::int64_t bus = spec_.bus_sector.ns();
  const auto sectors = static_cast<std::int64_t>(request.end_sector() - from);
  return std::max(head_.at_ns, first + bus * (sectors - 1)) + bus;
}

/// What the drive has read by itself up to now.
void Hdd::read_ahead_until(std::int64_t now_ns) {
  if (run_ == SegmentCache::none) return;
  mechanism_.pass_until(head_, run_limit_, now_ns);
  cache_.extend(run_, head_.lba);
}

/// The run goes on until the segment holds nothing older than this request. If the head had come to
/// a stop at the old limit it has to wait for its sector to come round.
void Hdd::aim_read_ahead(std::uint64_t request_start, std::uint64_t request_end) {
  const HddGeometry& geometry = mechanism_.geometry();
  std::uint64_t limit = request_start + cache_.segment_sectors();
  switch (spec_.read_ahead) {
    case ReadAhead::none:
      limit = request_end;
      break;
    case ReadAhead::to_track_end:
      limit = std::min(limit, geometry.track_end(head_.place, head_.lba));
      break;
    case ReadAhead::to_cylinder_end:
      limit = std::min(limit, geometry.cylinder_end(head_.place, head_.lba));
      break;
    case ReadAhead::to_segment_full:
      break;
  }
  limit = std::min(std::max(limit, request_end), geometry.capacity_sectors());
  if (limit <= run_limit_) return;
  if (head_.lba == run_limit_) mechanism_.resume(head_, engine_.now().ns());
  run_limit_ = limit;
}

}  // namespace sim
