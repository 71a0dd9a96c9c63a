#pragma once
// The parameters of a hard disk, and the table of known disks.
//
// Units: sectors of 512 bytes, Duration (ns), skews in sectors of the zone they are given for.
// Each number of a profile has its source beside it: published (data sheet, paper), measured
// (extracted from a real drive by DIXtrac, DiskSim 4.0), derived from published ones, or estimated.

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
  std::uint32_t spare_sectors = 0;  ///< at the end of the zone, not addressable
};

/// How far the drive goes on reading by itself after a read (DiskSim manual 3.4.5, "buffer
/// continuous read"); always at most until the cache segment is full, and only until the next
/// request.
enum class ReadAhead { none, to_track_end, to_cylinder_end, to_segment_full };

/// Which of the requests in the drive is served next.
enum class DriveOrder {
  fcfs,  ///< in order of arrival
  sptf,  ///< shortest positioning time first, unless the oldest has waited longer than age_limit
};

struct HddSpec {
  std::uint32_t rpm = 7200;
  std::uint32_t heads = 1;
  std::vector<HddZone> zones;
  std::uint64_t capacity_sectors = 0;  ///< as advertised; at most what the zones hold
  SeekCurve seek = SeekCurve::constant(kev::Duration(0));  ///< reads: arm movement and settling
  kev::Duration head_switch;    ///< to another surface of the same cylinder
  kev::Duration write_settle;   ///< writes settle so much longer after moving
  kev::Duration read_overhead;  ///< command processing before the arm moves
  kev::Duration write_overhead;
  kev::Duration hit_overhead;  ///< command processing when the cache has the data
  kev::Duration bus_sector;    ///< transfer of one sector to or from the host
  std::uint32_t segments = 0;  ///< of the cache; 0: none
  std::uint32_t segment_sectors = 0;
  ReadAhead read_ahead = ReadAhead::to_segment_full;
  std::uint32_t queue_depth = 1;
  DriveOrder order = DriveOrder::fcfs;
  kev::Duration age_limit;  ///< meaningful for sptf
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
