#include "sim/block/segment_cache.hpp"

#include <algorithm>

#include "model/base/check.hpp"

namespace sim {

SegmentCache::SegmentCache(const SegmentCacheSize& size)
    : segments_(size.segments),
      segment_sectors_(size.segment_sectors),
      write_segments_(size.write_segments),
      first_shared_(size.separate_write_segment ? 1 : 0) {
  KEV_CHECK(size.segments == 0 || size.segment_sectors > 0);
}

std::size_t SegmentCache::find(std::uint64_t sector, std::size_t open) const {
  if (holds(open, sector)) return open;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    // start <= sector < end in one unsigned comparison.
    if (sector - segment.start < segment.end - segment.start) return i;
  }
  return none;
}

std::size_t SegmentCache::run_up_to(std::uint64_t sector, bool written) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if (segment.end == sector && segment.start < sector && segment.written == written) return i;
  }
  return none;
}

std::size_t SegmentCache::read_up_to(std::uint64_t sector) const {
  return run_up_to(sector, false);
}

std::size_t SegmentCache::oldest(std::size_t first) const {
  std::size_t oldest = first;
  for (std::size_t i = first; i < segments_.size(); ++i)
    if (segments_[i].last_use < segments_[oldest].last_use) oldest = i;
  return oldest;
}

std::size_t SegmentCache::restart(std::size_t segment, std::uint64_t start, bool written) {
  segments_[segment].start = start;
  segments_[segment].end = start;
  segments_[segment].written = written;
  touch(segment);
  return segment;
}

std::size_t SegmentCache::begin_read(std::uint64_t start) {
  KEV_CHECK(reads());
  const std::size_t before = run_up_to(start, false);
  if (before == none) return restart(oldest(first_shared_), start, false);
  touch(before);
  return before;
}

std::size_t SegmentCache::begin_write(std::uint64_t start) {
  KEV_CHECK(present());
  const std::size_t before = run_up_to(start, true);
  if (before != none) {
    touch(before);
    return before;
  }
  if (first_shared_ != 0) return restart(0, start, true);
  std::uint32_t written = 0;
  std::size_t oldest_written = none;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!segments_[i].written) continue;
    ++written;
    if (oldest_written == none || segments_[i].last_use < segments_[oldest_written].last_use)
      oldest_written = i;
  }
  const bool enough = written != 0 && written >= write_segments_;
  return restart(enough ? oldest_written : oldest(0), start, true);
}

void SegmentCache::extend(std::size_t segment, std::uint64_t end) {
  Segment& run = segments_[segment];
  if (end <= run.end) return;
  run.end = end;
  const std::uint64_t held = std::min<std::uint64_t>(end, segment_sectors_);
  run.start = std::max(run.start, end - held);
}

void SegmentCache::extend_front(std::size_t segment, std::uint64_t start) {
  Segment& run = segments_[segment];
  const std::uint64_t held = std::min<std::uint64_t>(run.end, segment_sectors_);
  run.start = std::min(run.start, std::max(start, run.end - held));
}

void SegmentCache::overwrite(std::uint64_t start, std::uint64_t end, std::size_t but) {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if (i == but || segment.end <= start || end <= segment.start) continue;
    empty(i);
  }
}

}  // namespace sim
