#pragma once
// A drive's segmented buffer: a few segments, each holding one run of consecutive sectors.
//
// Invariants: a segment holds [start, end), at most segment_sectors of it: as its end moves on, the
// oldest data give way. The least recently used segment is taken for a new run; at most
// write_segments hold written data, and one segment may be set apart for them. A segment whose
// contents are written over from elsewhere is emptied. Source: DiskSim manual 3.4.5 (segmented
// cache). No allocation after construction.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sim {

struct SegmentCacheSize {
  std::uint32_t segments = 0;
  std::uint32_t segment_sectors = 0;
  std::uint32_t write_segments = 1;
  bool separate_write_segment = false;
};

class SegmentCache {
 public:
  static constexpr std::size_t none = SIZE_MAX;

  explicit SegmentCache(const SegmentCacheSize& size);

  [[nodiscard]] bool present() const { return !segments_.empty(); }
  /// Whether runs can be kept for reads: not with one segment that is set apart for writes.
  [[nodiscard]] bool reads() const { return segments_.size() > first_shared_; }
  [[nodiscard]] std::uint32_t segment_sectors() const { return segment_sectors_; }
  /// The segment that holds the sector; `open` also if the sector is just its next. none otherwise.
  [[nodiscard]] std::size_t find(std::uint64_t sector, std::size_t open) const;
  /// Whether the sector is in the segment or just its next; never for none.
  [[nodiscard]] bool holds(std::size_t segment, std::uint64_t sector) const {
    if (segment == none) return false;
    const Segment& run = segments_[segment];
    return sector - run.start <= run.end - run.start;  // start <= sector <= end, unsigned
  }
  [[nodiscard]] std::uint64_t start(std::size_t segment) const { return segments_[segment].start; }
  [[nodiscard]] std::uint64_t end(std::size_t segment) const { return segments_[segment].end; }
  /// The segment of reads that ends just there; none if there is none.
  [[nodiscard]] std::size_t read_up_to(std::uint64_t sector) const;

  /// The segment for a run of reads from `start` on: one that ends there, else the least recently
  /// used, emptied. Requires reads().
  std::size_t begin_read(std::uint64_t start);
  /// The same for written data. Requires present().
  std::size_t begin_write(std::uint64_t start);
  /// The run goes on to `end`, if it did not before.
  void extend(std::size_t segment, std::uint64_t end);
  /// The run begins at `start` already, as far as there is space.
  void extend_front(std::size_t segment, std::uint64_t start);
  void touch(std::size_t segment) { segments_[segment].last_use = ++uses_; }
  void empty(std::size_t segment) { segments_[segment].start = segments_[segment].end; }
  /// These sectors are being written: other segments than `but` that hold some of them are emptied.
  void overwrite(std::uint64_t start, std::uint64_t end, std::size_t but);

 private:
  struct Segment {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::uint64_t last_use = 0;
    bool written = false;
  };

  [[nodiscard]] std::size_t run_up_to(std::uint64_t sector, bool written) const;
  [[nodiscard]] std::size_t oldest(std::size_t first) const;
  std::size_t restart(std::size_t segment, std::uint64_t start, bool written);

  std::vector<Segment> segments_;
  std::uint32_t segment_sectors_;
  std::uint32_t write_segments_;
  std::size_t first_shared_;  ///< 1 if segment 0 is for writes alone
  std::uint64_t uses_ = 0;
};

}  // namespace sim
