#pragma once
// A recording of block events: what was queued, issued to a disk and completed, in that order.
//
// Text, as a console shows it; lines that are none of these are passed over:
//   .../queue/iosched/NAME VALUE       a tunable of the elevator, in the units of sysfs
//   == NAME ...                        what follows was recorded with this elevator
//   block_rq_insert: DEV RWBS BYTES () SECTOR + SECTORS [PROCESS]     into the elevator
//   block_rq_issue: DEV RWBS BYTES () SECTOR + SECTORS [PROCESS]      to the disk
//   block_rq_complete: DEV RWBS () SECTOR + SECTORS [ERROR]
// Source: the tracepoints of Linux (include/trace/events/block.h). There are no instants.
// Units: sectors of 512 bytes. Errors: an event that cannot be read is an error with its line.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "sim/block/elevator_tuning.hpp"

namespace sim {

struct BlockEvent {
  enum class Kind : std::uint8_t { insert, issue, complete };
  Kind kind = Kind::insert;
  bool write = false;
  bool sync = false;
  std::uint64_t sector = 0;
  std::uint32_t sectors = 0;
  int line = 0;

  [[nodiscard]] bool same_request(const BlockEvent& other) const {
    return write == other.write && sector == other.sector && sectors == other.sectors;
  }
};

/// What was recorded with one elevator.
struct BlockRecording {
  std::string elevator;
  ElevatorTuning tuning;
  std::vector<BlockEvent> events;

  /// Most requests that were at the disk at a time: its depth, which no line tells.
  [[nodiscard]] std::uint32_t depth() const;
};

/// `name`: of the file, for errors.
kev::Result<std::vector<BlockRecording>> parse_block_recordings(std::string_view text,
                                                                const std::string& name);

}  // namespace sim
