#pragma once
// A drive's segmented buffer: a few segments, each holding one run of consecutive sectors.
//
// Invariants: a segment holds [start, end), at most segment_sectors of it: as its end moves on, the
// oldest data give way. The least recently used segment is taken for a new run. Contents that are
// written over on the media leave the cache. Source: DiskSim manual 3.4.5 (segmented cache). No
// allocation after construction.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

class SegmentCache {
 public:
  static constexpr std::size_t none = SIZE_MAX;

  SegmentCache(std::uint32_t segments, std::uint32_t segment_sectors);

  [[nodiscard]] bool present() const { return !segments_.empty(); }
  [[nodiscard]] std::uint32_t segment_sectors() const { return segment_sectors_; }
  /// The segment that holds the sector; `open` also if the sector is just its next. none otherwise.
  [[nodiscard]] std::size_t find(std::uint64_t sector, std::size_t open) const;
  /// Whether the sector is in the segment or just its next; never for none.
  [[nodiscard]] bool holds(std::size_t segment, std::uint64_t sector) const {
    if (segment == none) return false;
    const Segment& run = segments_[segment];
    return sector - run.start <= run.end - run.start;  // start <= sector <= end, unsigned
  }
  [[nodiscard]] std::uint64_t end(std::size_t segment) const { return segments_[segment].end; }

  /// The segment for a run from `start` on: one that ends there, else the least recently used,
  /// emptied. Requires present().
  std::size_t begin(std::uint64_t start);
  /// The run goes on to `end`, if it did not before.
  void extend(std::size_t segment, std::uint64_t end);
  void touch(std::size_t segment) { segments_[segment].last_use = ++uses_; }
  /// These sectors are being written: the segments that hold some of them keep what lies before.
  void overwrite(std::uint64_t start, std::uint64_t end);

 private:
  struct Segment {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t last_use = 0;
  };

  std::vector<Segment> segments_;
  std::uint32_t segment_sectors_;
  std::uint64_t uses_ = 0;
};

}  // namespace sim
