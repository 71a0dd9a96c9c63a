#include "sim/block/segment_cache.hpp"

#include <algorithm>

#include "model/base/check.hpp"

namespace sim {

SegmentCache::SegmentCache(std::uint32_t segments, std::uint32_t segment_sectors)
    : segments_(segments), segment_sectors_(segment_sectors) {
  KEV_CHECK(segments == 0 || segment_sectors > 0);
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

std::size_t SegmentCache::begin(std::uint64_t start) {
  KEV_CHECK(present());
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    if (segment.end == start && segment.start < start) {
      touch(i);
      return i;
    }
    if (segment.last_use < segments_[oldest].last_use) oldest = i;
  }
  segments_[oldest].start = start;
  segments_[oldest].end = start;
  touch(oldest);
  return oldest;
}

void SegmentCache::extend(std::size_t segment, std::uint64_t end) {
  Segment& run = segments_[segment];
  if (end <= run.end) return;
  run.end = end;
  const std::uint64_t held = std::min<std::uint64_t>(end, segment_sectors_);
  run.start = std::max(run.start, end - held);
}

void SegmentCache::overwrite(std::uint64_t start, std::uint64_t end) {
  for (Segment& segment : segments_) {
    if (segment.end <= start || end <= segment.start) continue;
    segment.end = std::max(segment.start, start);
  }
}

}  // namespace sim
