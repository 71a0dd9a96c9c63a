#pragma once
// The parameters of a hard disk, and the table of known disks.
//
// Units: sectors of 512 bytes, Duration (ns), skews in sectors of the zone they are given for.
// Each number of a profile has its source beside it: published (data sheet, paper), measured
// (extracted from a real drive by DIXtrac, DiskSim 4.0), derived from published ones, or estimated.
// Words and meanings follow the DiskSim 4.0 reference manual (CMU-PDL-08-101, 3.4.5 and the
// diskmodel manual), so that any disk described for it is a profile here (disksim_disk.hpp).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/base/time.hpp"
#include "sim/block/disk.hpp"
#include "sim/block/seek_curve.hpp"

namespace sim {

/// A group of cylinders with equally many sectors a track, outermost first.
struct HddZone {
  std::uint32_t first_cylinder = 0;
  std::uint32_t last_cylinder = 0;
  std::uint32_t sectors_per_track = 0;
  std::uint32_t track_skew = 0;  ///< sectors the next track's start is turned by at a head switch
  std::uint32_t cylinder_skew = 0;  ///< the same when the cylinder changes
  std::uint32_t spares = 0;         ///< per unit of the sparing scheme; tracks in zone_end_tracks
  std::uint32_t offset = 0;         ///< where the first track starts, in sectors of a turn
  std::uint32_t empty_front = 0;    ///< sectors at the zone's front that are not addressable
  std::vector<std::uint32_t> slips{};  ///< defects left out when numbering: sectors (or tracks)
                                       ///< counted from the zone's front, ascending
  /// Defects whose contents lie elsewhere: (place, where instead), counted like slips, ascending.
  struct Remap {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
  };
  std::vector<Remap> remaps{};
};

/// Where spare sectors lie (diskmodel, "Sparing scheme used").
enum class Sparing : std::uint8_t {
  none,
  zone_end_tracks,
  cylinder_end,
  track_end,
  cylinder_end_unused,  ///< slips do not use the spares
  cylinder_front,
  cylinder_front_unused,
  disk_end,
  range_end,  ///< of HddSpec::range_cylinders each
  zone_end,
  zone_end_unused,
};

/// How tracks are numbered in a cylinder (diskmodel, "LBN-to-PBN mapping scheme").
enum class HeadOrder : std::uint8_t {
  ascending,
  serpentine_by_zone,  ///< descending in every second cylinder of a zone
  serpentine_by_disk,  ///< descending in odd cylinders
};

/// How far the drive goes on reading by itself after a read ("Buffer continuous read" 0 to 4);
/// always at most until the cache segment is full, and only until the next request.
enum class ReadAhead : std::uint8_t {
  none,
  to_track_end,
  to_cylinder_end,
  to_segment_full,
  /// Stays a track ahead of sequential readers. A segment that is longer than a track does so by
  /// filling up, for any reader; a shorter one serves streams only, which go on where an earlier
  /// read ended, and reads on to the end of the following track at most.
  track_ahead,
};

/// Which writes are done once the buffer has their data ("Fast write level" 0 to 2).
enum class FastWrite : std::uint8_t {
  none,
  appending,  ///< while older data wait for the media: only what goes on where they end
  any,        ///< others are too, but wait until the older data are on the media
};

/// Which of the requests in the drive is served next. But for fcfs, what the cache has comes first,
/// and the oldest before all once it has waited longer than age_limit.
enum class DriveOrder : std::uint8_t {
  fcfs,    ///< in order of arrival
  look,    ///< the nearest ahead of the arm, which turns round when there is none (ELEVATOR)
  c_look,  ///< the nearest further in; when there is none, the outermost (CYCLE)
  sstf,    ///< the nearest
  vscan,   ///< the nearest, if what lies behind counts as a fifth of the disk further away: V(0.2)
           ///< of Geist and Daniel, ACM TOCS 1987
  sptf,    ///< shortest positioning time first
};

/// What "near" means to all but the first and the last.
enum class DriveDistance : std::uint8_t { cylinders, sectors };

/// Command processing: how long depends on what the previous request was.
struct HddOverhead {
  kev::Duration after_read;
  kev::Duration after_write;
};

constexpr HddOverhead always(kev::Duration overhead) {
  return {overhead, overhead};
}

/// What leaving the bus and coming back costs; all zero for most drives. A drive leaves the bus
/// while it waits for the media.
struct HddBusCosts {
  kev::Duration read_completion;   ///< before the answer
  kev::Duration write_completion;  ///< the same of a write
  kev::Duration data_preparation;  ///< on the bus, before data
  kev::Duration first_reselect;    ///< coming back for the first time in a request
  kev::Duration other_reselect;    ///< each further time
  HddOverhead read_disconnect;
  kev::Duration write_disconnect;
  std::uint32_t high_water_permille = 0;  ///< share of a read that must be there before it comes
                                          ///< back; at least a sector
  bool water_by_segment = false;          ///< the share is one of a segment
  bool never_disconnect = false;
  /// Some drives leave the bus once more before a write's data.
  bool extra_write_disconnect = false;
  kev::Duration extra_command;     ///< then: instead of the write's overhead
  kev::Duration extra_disconnect;  ///< leaving the first time
  kev::Duration extra_pause;       ///< until coming back for the data
  kev::Duration extra_second;      ///< leaving the second time
  kev::Duration extra_seek_delay;  ///< before the arm moves
};

struct HddSpec {
  std::uint32_t rpm = 7200;
  std::uint32_t heads = 1;
  std::vector<HddZone> zones;
  std::uint64_t capacity_sectors = 0;  ///< as advertised; at most what the zones hold
  Sparing sparing = Sparing::zone_end;
  std::uint32_t range_cylinders = 1;
  HeadOrder head_order = HeadOrder::ascending;
  SeekCurve seek = SeekCurve::constant(kev::Duration(0));  ///< reads: arm movement and settling
  kev::Duration head_switch;   ///< to another surface of the same cylinder
  kev::Duration settle;        ///< getting on track for a new access where no seek is needed
  kev::Duration write_settle;  ///< writes settle so much longer after moving
  HddOverhead read_hit;        ///< before data cross the bus
  HddOverhead read_miss;       ///< before the arm moves, as the next two
  HddOverhead write_hit;       ///< of a write that is done once buffered
  HddOverhead write_miss;
  kev::Duration read_bus_sector;  ///< transfer of one sector to the host
  kev::Duration write_bus_sector;
  HddBusCosts bus;
  kev::Duration minimum_write_seek;  ///< positioning of a write takes at least so long

  std::uint32_t segments = 0;  ///< of the cache; 0: none
  std::uint32_t segment_sectors = 0;
  std::uint32_t write_segments = 1;     ///< how many may hold written data
  bool separate_write_segment = false;  ///< one is for writes alone
  bool read_written_data = true;        ///< what was written may be read from the cache
  ReadAhead read_ahead = ReadAhead::to_segment_full;
  std::uint32_t read_ahead_min = 0;  ///< sectors, before another request may have the arm
  std::uint32_t read_ahead_max = UINT32_MAX;
  bool read_ahead_over_requested = false;  ///< may replace what was asked for
  bool read_ahead_after_hit = false;       ///< begin again after a hit if it had come to its end
  bool read_ahead_stops_in_sector = true;
  bool read_free_blocks = false;  ///< keep what passes before the sector asked for
  bool write_stops_read_ahead = true;
  bool zero_latency_read = false;  ///< sectors in the order they pass under the head
  bool zero_latency_write = false;
  FastWrite fast_write = FastWrite::none;

  std::uint32_t queue_depth = 1;
  DriveOrder order = DriveOrder::fcfs;
  DriveDistance distance = DriveDistance::cylinders;
  kev::Duration age_limit = kev::Duration(INT64_MAX);
};

struct HddProfile {
  std::string_view name;
  std::string_view description;
  HddSpec (*spec)();
};

std::span<const HddProfile> hdd_profiles();
/// Null when there is no such profile.
const HddProfile* find_hdd_profile(std::string_view name);

}  // namespace sim
