#pragma once
// What a hard disk does with one request at a time: its cache, its read-ahead, its bus.
//
// Reads. One that the cache holds costs command processing and bus time; one that joins the run
// being read ahead waits until the media have delivered it, so that a sequential reader gets the
// rate of the media; one whose beginning is cached moves the arm for the rest; any other starts a
// new run. After a read the drive reads on by itself (ReadAhead) until its limit or until a request
// needs the arm. Bus and media work at the same time: a read is done when its last sector has
// crossed the bus.
// Writes. Their data cross the bus while the arm moves. A write is done when it is on the media, or
// (FastWrite) once it is in the buffer; then the media work goes on behind it, and whatever follows
// waits until they have it all, except a write that goes on where it ends.
//
// Parameters, and what they mean: DiskSim 4.0 reference manual, 3.4.5. Where the manual leaves
// things open: a sequential read joins the run even in the sector under the head; a read waits for
// buffered writes even if the cache has it; older contents of a segment that is written over from
// elsewhere are forgotten.
//
// Invariants: times depend only on the requests and their instants. Nothing here knows of events.
// Units: int64 ns on the engine's clock.

#include <cstdint>

#include "sim/block/hdd_mechanism.hpp"
#include "sim/block/hdd_spec.hpp"
#include "sim/block/segment_cache.hpp"

namespace sim {

/// A request with the place it begins at.
struct HddCommand {
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  bool write = false;
  HddTarget target;

  [[nodiscard]] std::uint64_t end() const { return sector + sectors; }
};

class HddController {
 public:
  explicit HddController(const HddSpec& spec);

  [[nodiscard]] const HddMechanism& mechanism() const { return mechanism_; }
  [[nodiscard]] HddCommand command(std::uint64_t sector, std::uint32_t sectors, bool write) const {
    return HddCommand{sector, sectors, write, mechanism_.target(sector)};
  }
  /// Whether the first sector is in the cache, or next in the run being read.
  [[nodiscard]] bool cached(std::uint64_t sector) const {
    return cache_.find(sector, run_) != SegmentCache::none;
  }
  /// The same of the run alone: only it gains data while nothing is served.
  [[nodiscard]] bool in_run(std::uint64_t sector) const { return cache_.holds(run_, sector); }

  /// What the drive has read ahead up to now. To be called before the next two.
  void advance(std::int64_t now_ns);
  /// From now until the first sector is under the head, if it were served next.
  [[nodiscard]] std::int64_t positioning_ns(const HddCommand& command, std::int64_t now_ns) const;
  /// Cheap and never more than positioning_ns.
  [[nodiscard]] std::int64_t least_positioning_ns(const HddCommand& command) const {
    return mechanism_.least_move_ns(head_.place, command.target.place);
  }
  /// Where the arm is.
  [[nodiscard]] std::uint32_t cylinder() const { return head_.place.cylinder; }
  /// Serves it and returns when it is done. Requires: the one before is done; advance(now).
  std::int64_t serve(const HddCommand& command, std::int64_t now_ns);

 private:
  struct Buffered {
    std::int64_t from_ns = 0;   ///< data begin to cross the bus
    std::int64_t until_ns = 0;  ///< and are in the buffer
  };

  std::int64_t read(const HddCommand& command);
  std::int64_t read_hit(const HddCommand& command, std::size_t segment);
  std::int64_t read_media(const HddCommand& command, std::uint64_t from, const HddTarget& target);
  std::int64_t read_in_order(const HddCommand& command, std::uint64_t from);
  std::int64_t read_on_arrival(const HddCommand& command, std::uint32_t first);
  [[nodiscard]] std::int64_t sent_ns(std::uint32_t sectors, std::int64_t available_ns) const;

  std::int64_t write(const HddCommand& command);
  [[nodiscard]] bool appends(const HddCommand& command) const;
  [[nodiscard]] bool is_fast(const HddCommand& command) const;
  [[nodiscard]] Buffered buffer(const HddCommand& command, std::int64_t from_ns) const;
  void write_media(const HddCommand& command, std::int64_t leave_ns, const Buffered& data);
  void keep_written(const HddCommand& command);
  [[nodiscard]] std::int64_t write_done_ns(const Buffered& data) const;

  std::int64_t access_from(std::uint32_t first, const HddCommand& command);
  std::int64_t stop_read_ahead();
  void start_read_ahead(std::uint64_t request_start, std::uint64_t request_end);
  [[nodiscard]] std::uint64_t read_ahead_limit(std::uint64_t request_start,
                                               std::uint64_t request_end) const;
  [[nodiscard]] std::int64_t overhead_ns(const HddOverhead& overhead) const {
    return (after_write_ ? overhead.after_write : overhead.after_read).ns();
  }

  const HddSpec spec_;
  HddMechanism mechanism_;
  SegmentCache cache_;
  HddHead head_;                          ///< where the arm is, or will be after this request
  std::size_t run_ = SegmentCache::none;  ///< the segment being read into
  std::uint64_t run_limit_ = 0;           ///< read ahead up to here
  std::uint64_t run_minimum_ = 0;         ///< and at least up to here
  bool stream_ = false;                   ///< the run goes on where an earlier read ended
  std::int64_t dirty_until_ns_ = 0;       ///< the media have all buffered writes
  std::uint64_t dirty_start_ = 0;         ///< of the buffered run
  std::uint64_t dirty_end_ = 0;
  std::int64_t now_ns_ = 0;  ///< arrival of the request being served
  bool after_write_ = false;
};

}  // namespace sim
