#include "sim/block/hdd_controller.hpp"

#include <algorithm>

namespace sim {

namespace {

/// Sectors of a read that must be there before the drive comes back to the bus.
std::uint32_t high_water(const HddSpec& spec, std::uint32_t sectors) {
  const std::uint64_t of = spec.bus.water_by_segment ? spec.segment_sectors : sectors;
  const std::uint64_t share = (of * spec.bus.high_water_permille + 999) / 1000;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(share, 1, sectors));
}

SegmentCacheSize cache_size(const HddSpec& spec) {
  return {spec.segments, spec.segment_sectors, spec.write_segments, spec.separate_write_segment};
}

}  // namespace

HddController::HddController(const HddSpec& spec)
    : spec_(spec), mechanism_(spec_), cache_(cache_size(spec_)) {
  head_.place = mechanism_.geometry().locate(0);
}

void HddController::advance(std::int64_t now_ns) {
  if (run_ == SegmentCache::none) return;
  mechanism_.pass_until(head_, run_limit_, now_ns);
  cache_.extend(run_, head_.lba);
}

std::int64_t HddController::positioning_ns(const HddCommand& command, std::int64_t now_ns) const {
  const std::int64_t leave =
      now_ns + overhead_ns(command.write ? spec_.write_miss : spec_.read_miss);
  return mechanism_.positioning_ns(head_.place, mechanism_.phase_ns(leave), command.target,
                                   command.write);
}

std::int64_t HddController::serve(const HddCommand& command, std::int64_t now_ns) {
  now_ns_ = now_ns;
  const std::int64_t done = command.write ? write(command) : read(command);
  after_write_ = command.write;
  return done;
}

// ---- reads

std::int64_t HddController::read(const HddCommand& command) {
  const std::size_t segment = cache_.find(command.sector, run_);
  if (segment == SegmentCache::none) return read_media(command, command.sector, command.target);
  if (segment == run_ || command.end() <= cache_.end(segment)) return read_hit(command, segment);
  // The cache holds the beginning of it: the arm fetches the rest.
  const std::uint64_t from = cache_.end(segment);
  cache_.touch(segment);
  const std::int64_t cached = now_ns_ + overhead_ns(spec_.read_hit);
  const std::int64_t media = read_media(command, from, mechanism_.target(from));
  return std::max(media, sent_ns(command.sectors, cached));
}

/// All of it is cached, or will be soon because the run being read goes on into it.
std::int64_t HddController::read_hit(const HddCommand& command, std::size_t segment) {
  const std::int64_t ready = std::max(now_ns_ + overhead_ns(spec_.read_hit), dirty_until_ns_);
  const std::int64_t done = sent_ns(command.sectors, ready);
  cache_.touch(segment);
  if (segment == run_) {
    stream_ = true;
    const bool stopped = head_.lba == run_limit_ && command.end() <= head_.lba;
    if (!stopped || spec_.read_ahead_after_hit) start_read_ahead(command.sector, command.end());
    if (command.end() <= head_.lba) return done;
    mechanism_.pass(head_, command.end());
    cache_.extend(segment, head_.lba);
    return std::max(done, sent_ns(1, head_.at_ns));
  }
  if (spec_.read_ahead_after_hit && run_ == SegmentCache::none) {
    const std::uint64_t from = cache_.end(segment);
    if (from < mechanism_.geometry().capacity_sectors()) {
      mechanism_.position(head_, ready, from, mechanism_.target(from), false);
      run_ = segment;
      run_limit_ = run_minimum_ = from;
      start_read_ahead(command.sector, command.end());
    }
  }
  return done;
}

/// Moves the arm to `from` and reads on to the end of the request.
std::int64_t HddController::read_media(const HddCommand& command, std::uint64_t from,
                                       const HddTarget& target) {
  const std::int64_t free = stop_read_ahead();
  const std::int64_t leave = std::max(now_ns_ + overhead_ns(spec_.read_miss), free);
  stream_ = from != command.sector || cache_.read_up_to(from) != SegmentCache::none;
  const std::int64_t on_track = leave + mechanism_.move_ns(head_.place, target.place, false);
  mechanism_.position(head_, leave, from, target, false);
  if (cache_.reads()) {
    run_ = cache_.begin_read(from);
    if (spec_.read_free_blocks) {
      const std::uint64_t passed = mechanism_.slots_in(target.place, head_.at_ns - on_track);
      const std::uint64_t before = from - mechanism_.geometry().track_begin(from);
      cache_.extend_front(run_, from - std::min(passed, before));
    }
  }
  std::uint32_t first = 0;
  if (spec_.zero_latency_read && from == command.sector && command.sectors <= target.sectors)
    first = mechanism_.first_to_arrive(target, command.sectors, on_track);
  const std::int64_t done =
      first == 0 ? read_in_order(command, from) : read_on_arrival(command, first);
  if (run_ != SegmentCache::none) {
    cache_.extend(run_, head_.lba);
    run_limit_ = head_.lba;
    run_minimum_ =
        std::min(head_.lba + spec_.read_ahead_min, mechanism_.geometry().capacity_sectors());
    start_read_ahead(command.sector, command.end());
  }
  return done;
}

/// Sends sectors as they come, once enough are there.
std::int64_t HddController::read_in_order(const HddCommand& command, std::uint64_t from) {
  const auto sectors = static_cast<std::uint32_t>(command.end() - from);
  HddHead enough = head_;
  mechanism_.pass(enough, from + high_water(spec_, sectors));
  mechanism_.pass(head_, command.end());
  const HddBusCosts& bus = spec_.bus;
  std::int64_t back = enough.at_ns;
  if (!bus.never_disconnect) {
    const std::int64_t left =
        now_ns_ + overhead_ns(spec_.read_miss) + overhead_ns(bus.read_disconnect);
    back = std::max(back, left) + bus.first_reselect.ns();
  }
  const std::int64_t last = head_.at_ns + spec_.read_bus_sector.ns() + bus.read_completion.ns();
  return std::max(sent_ns(sectors, back), last);
}

/// The head came down on sector `first` of the request: those before it come last. They cross the
/// bus in order.
std::int64_t HddController::read_on_arrival(const HddCommand& command, std::uint32_t first) {
  const std::int64_t begun = access_from(first, command);
  const std::int64_t one_ns = mechanism_.run_ns(command.target.place, 1);
  const std::int64_t before_ns = mechanism_.run_ns(command.target.place, first);
  return std::max(sent_ns(command.sectors, begun + one_ns),
                  sent_ns(command.sectors - first + 1, begun + before_ns));
}

/// When this many sectors that can be sent from `available_ns` on have been.
std::int64_t HddController::sent_ns(std::uint32_t sectors, std::int64_t available_ns) const {
  return available_ns + spec_.bus.data_preparation.ns() + spec_.read_bus_sector.ns() * sectors +
         spec_.bus.read_completion.ns();
}

/// An access that begins with its sector `first`, when the head waits for sector 0: sets the head
/// behind its last sector and returns when sector 0 began to pass.
std::int64_t HddController::access_from(std::uint32_t first, const HddCommand& command) {
  const std::int64_t begun = head_.at_ns;
  const std::int64_t done = begun + mechanism_.run_ns(command.target.place, first);
  head_.at_ns = done;
  head_.lba += command.sectors;
  head_.place.sector += command.sectors;
  head_.left -= command.sectors;
  if (head_.left != 0) mechanism_.wait(head_, done);
  return begun;
}

// ---- writes

bool HddController::appends(const HddCommand& command) const {
  return dirty_until_ns_ > now_ns_ && command.sector == dirty_end_ &&
         command.end() - dirty_start_ <= spec_.segment_sectors;
}

bool HddController::is_fast(const HddCommand& command) const {
  if (!cache_.present() || command.sectors > spec_.segment_sectors) return false;
  switch (spec_.fast_write) {
    case FastWrite::none:
      return false;
    case FastWrite::appending:
      return dirty_until_ns_ <= now_ns_ || appends(command);
    case FastWrite::any:
      return true;
  }
  return false;
}

std::int64_t HddController::write(const HddCommand& command) {
  const bool fast = is_fast(command);
  const bool appending = fast && appends(command);
  const HddBusCosts& bus = spec_.bus;
  if (fast && !spec_.write_stops_read_ahead) run_minimum_ = std::max(run_minimum_, run_limit_);
  const std::int64_t free = stop_read_ahead();
  const HddOverhead& overhead = fast ? spec_.write_hit : spec_.write_miss;
  std::int64_t begin =
      now_ns_ + (bus.extra_write_disconnect ? bus.extra_command.ns() : overhead_ns(overhead));
  if (!appending && dirty_until_ns_ > begin) begin = dirty_until_ns_;
  const Buffered data = buffer(command, begin);
  if (appending) {
    mechanism_.resume(head_, data.from_ns + spec_.write_bus_sector.ns());
    mechanism_.pass(head_, command.end());
  } else {
    const std::int64_t delay = bus.extra_write_disconnect ? bus.extra_seek_delay.ns() : 0;
    write_media(command, std::max(begin + delay, free), data);
    dirty_start_ = command.sector;
  }
  keep_written(command);
  if (!fast) return write_done_ns(data);
  dirty_end_ = command.end();
  dirty_until_ns_ = head_.at_ns;
  return data.until_ns + bus.write_completion.ns();
}

HddController::Buffered HddController::buffer(const HddCommand& command,
                                              std::int64_t from_ns) const {
  const HddBusCosts& bus = spec_.bus;
  Buffered data;
  data.from_ns = from_ns + bus.data_preparation.ns();
  if (bus.extra_write_disconnect)
    data.from_ns += (bus.extra_disconnect + bus.extra_pause + bus.first_reselect).ns();
  data.until_ns = data.from_ns + spec_.write_bus_sector.ns() * command.sectors;
  return data;
}

/// The media may not overtake the bus: they begin so late that the last sector is there in time.
void HddController::write_media(const HddCommand& command, std::int64_t leave_ns,
                                const Buffered& data) {
  const std::int64_t bus = spec_.write_bus_sector.ns();
  const std::int64_t on_track =
      leave_ns + mechanism_.move_ns(head_.place, command.target.place, true);
  mechanism_.position(head_, leave_ns, command.sector, command.target, true);
  mechanism_.resume(head_, leave_ns + spec_.minimum_write_seek.ns());
  if (spec_.zero_latency_write && data.until_ns <= on_track &&
      command.sectors <= command.target.sectors) {
    const std::uint32_t first =
        mechanism_.first_to_arrive(command.target, command.sectors, on_track);
    if (first != 0) {
      access_from(first, command);
      return;
    }
  }
  HddHead trial = head_;
  mechanism_.pass(trial, command.end());
  const std::int64_t media = trial.at_ns - head_.at_ns;
  const std::int64_t ready = data.from_ns + std::max(bus, bus * command.sectors - media);
  if (ready > head_.at_ns) {
    mechanism_.resume(head_, ready);
    mechanism_.pass(head_, command.end());
  } else {
    head_ = trial;
  }
}

void HddController::keep_written(const HddCommand& command) {
  std::size_t segment = SegmentCache::none;
  if (cache_.present() && spec_.write_segments != 0) {
    segment = cache_.begin_write(command.sector);
    cache_.extend(segment, command.end());
    if (!spec_.read_written_data) cache_.empty(segment);
  }
  cache_.overwrite(command.sector, command.end(), segment);
}

/// Of a write that is done when it is on the media: the drive comes back to the bus to say so.
std::int64_t HddController::write_done_ns(const Buffered& data) const {
  const HddBusCosts& bus = spec_.bus;
  if (bus.never_disconnect) return head_.at_ns + bus.write_completion.ns();
  const bool again = bus.extra_write_disconnect;
  const kev::Duration leave = again ? bus.extra_second : bus.write_disconnect;
  const kev::Duration back = again ? bus.other_reselect : bus.first_reselect;
  return std::max(head_.at_ns, data.until_ns + leave.ns()) + (back + bus.write_completion).ns();
}

// ---- read-ahead

/// Ends the run; returns when the arm may leave.
std::int64_t HddController::stop_read_ahead() {
  std::int64_t free = dirty_until_ns_;
  if (run_ == SegmentCache::none) return free;
  if (head_.lba < run_minimum_) {
    mechanism_.pass(head_, run_minimum_);
    cache_.extend(run_, head_.lba);
    free = std::max(free, head_.at_ns);
  } else if (!spec_.read_ahead_stops_in_sector && head_.lba < run_limit_) {
    free = std::max(free, mechanism_.sector_end_ns(head_, now_ns_));
  }
  run_ = SegmentCache::none;
  return free;
}

/// The run goes on to its new limit. If the head had come to a stop at the old one it has to wait
/// for its sector to come round.
void HddController::start_read_ahead(std::uint64_t request_start, std::uint64_t request_end) {
  const std::uint64_t limit = read_ahead_limit(request_start, request_end);
  if (limit <= run_limit_) return;
  if (head_.lba == run_limit_) mechanism_.resume(head_, now_ns_);
  run_limit_ = limit;
}

std::uint64_t HddController::read_ahead_limit(std::uint64_t request_start,
                                              std::uint64_t request_end) const {
  const HddGeometry& geometry = mechanism_.geometry();
  const std::uint64_t keep = spec_.read_ahead_over_requested ? request_end : request_start;
  std::uint64_t limit =
      std::min(keep + cache_.segment_sectors(), request_end + std::uint64_t{spec_.read_ahead_max});
  switch (spec_.read_ahead) {
    case ReadAhead::none:
      limit = request_end;
      break;
    case ReadAhead::to_track_end:
      limit = std::min(limit, geometry.track_end(request_end - 1));
      break;
    case ReadAhead::to_cylinder_end:
      limit = std::min(limit, geometry.cylinder_end(request_end - 1));
      break;
    case ReadAhead::to_segment_full:
      break;
    case ReadAhead::track_ahead:
      if (cache_.segment_sectors() > geometry.sectors_per_track(head_.place)) break;
      if (!stream_) limit = request_end;
      if (limit == request_end) break;
      const std::uint64_t end = geometry.track_end(request_end - 1);
      if (end < geometry.capacity_sectors()) limit = std::min(limit, geometry.track_end(end));
      break;
  }
  return std::min(std::max(limit, request_end), geometry.capacity_sectors());
}

}  // namespace sim
