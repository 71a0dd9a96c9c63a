#pragma once
// Where on the platters a logical sector lies: zone, cylinder, head, sector in the track, angle.
//
// Layout (DiskSim's diskmodel, g1): sectors fill a track, tracks a cylinder (head by head; some
// drives go back in every second one), cylinders a zone. Numbering leaves out a zone's front, spare
// sectors, and slipped (defective) ones; remapped ones lie elsewhere. Skew turns the start of each
// further track of a zone, so that after a head or cylinder switch the next logical sector arrives
// just when the head is ready:
//   slot of sector s = (offset + head switches * track_skew + cylinder switches * cylinder_skew +
//   s)
//                      mod sectors per track,
// switches counted from the zone's first track. Slot k passes under the head at angle k/spt of a
// turn.
//
// Invariants: logical sectors 0..capacity map one to one; angles are whole ns of a turn, rounded
// down from the exact boundary, so that lengths of neighbouring runs add up without drift. Units:
// ns of one revolution for angles. Errors: a bad spec is a failed KEV_CHECK.

#include <cstdint>
#include <vector>

#include "sim/block/hdd_spec.hpp"

namespace sim {

/// A sector's place. Behind the last one of a track `sector` may equal the zone's sectors per
/// track.
struct HddPlace {
  std::uint32_t zone = 0;
  std::uint32_t cylinder = 0;
  std::uint32_t head = 0;
  std::uint32_t sector = 0;      ///< physical, in its track
  std::uint32_t first_slot = 0;  ///< of the track's sector 0

  [[nodiscard]] bool same_track(const HddPlace& other) const {
    return cylinder == other.cylinder && head == other.head;
  }
};

/// Logical sectors that follow each other on one track without a gap.
struct HddExtent {
  HddPlace place;  ///< of the first
  std::uint32_t sectors = 0;
};

class HddGeometry {
 public:
  explicit HddGeometry(const HddSpec& spec);

  [[nodiscard]] std::uint64_t capacity_sectors() const { return capacity_; }
  [[nodiscard]] std::uint32_t cylinders() const { return cylinders_; }
  [[nodiscard]] std::uint32_t heads() const { return heads_; }
  [[nodiscard]] std::uint32_t revolution_ns() const { return revolution_ns_; }
  [[nodiscard]] std::uint32_t sectors_per_track(const HddPlace& place) const {
    return zones_[place.zone].sectors_per_track;
  }

  /// The sector and those that follow it without a gap. Requires lba < capacity.
  [[nodiscard]] HddExtent extent(std::uint64_t lba) const;
  [[nodiscard]] HddPlace locate(std::uint64_t lba) const { return extent(lba).place; }
  /// The first lba of the track that holds `lba`, and the first beyond it.
  [[nodiscard]] std::uint64_t track_begin(std::uint64_t lba) const;
  [[nodiscard]] std::uint64_t track_end(std::uint64_t lba) const;
  /// The first lba beyond the cylinder that holds `lba`.
  [[nodiscard]] std::uint64_t cylinder_end(std::uint64_t lba) const;

  /// When the boundary before slot `slot` passes under the head, in ns after slot 0 did; slots may
  /// run on past the turn.
  [[nodiscard]] std::int64_t slot_ns(std::uint32_t zone, std::uint32_t slot) const {
    return std::int64_t{slot} * revolution_ns_ / zones_[zone].sectors_per_track;
  }
  /// The last slot whose boundary has passed `ns` after slot 0 did.
  [[nodiscard]] std::uint32_t slot_at(std::uint32_t zone, std::int64_t ns) const {
    return static_cast<std::uint32_t>(((ns + 1) * zones_[zone].sectors_per_track - 1) /
                                      revolution_ns_);
  }
  /// Angle of the place's sector in its turn.
  [[nodiscard]] std::int64_t angle_ns(const HddPlace& place) const;

 private:
  struct Zone {
    std::uint64_t first_lba = 0;
    std::uint64_t end_lba = 0;
    std::uint32_t first_cylinder = 0;
    std::uint32_t sectors_per_track = 0;
    std::uint32_t offset = 0;
    std::uint32_t track_skew = 0;
    std::uint32_t cylinder_skew = 0;
    std::uint32_t empty_front = 0;
    // Units that have spares of their own: a track, a cylinder, a range, the zone.
    std::uint32_t unit_sectors = 0;
    std::uint32_t unit_data = 0;   ///< of them, addressable
    std::uint32_t unit_front = 0;  ///< spares before them
    bool slips_stay_in_unit = false;
    bool slips_are_tracks = false;
    std::vector<std::uint32_t> slips;       ///< physical, ascending
    std::vector<std::uint32_t> slips_from;  ///< slip k moves the sectors from here on (logical)
    std::vector<HddZone::Remap> remaps;     ///< physical, ascending
  };
  struct Run {
    std::uint32_t physical = 0;  ///< sector, counted from the zone's front
    std::uint32_t sectors = 0;   ///< that follow without a slip or spare
  };

  [[nodiscard]] static Zone make_zone(const HddSpec& spec, const HddZone& zone);
  [[nodiscard]] std::uint32_t zone_of(std::uint64_t lba) const;
  [[nodiscard]] static Run run_of(const Zone& zone, std::uint32_t logical);
  static void remap(const Zone& zone, Run& run);
  [[nodiscard]] HddPlace place_of(std::uint32_t zone, std::uint32_t physical) const;

  std::vector<Zone> zones_;
  std::vector<std::uint32_t> zone_hint_;  ///< by lba >> hint_shift_: the zone its first lba lies in
  std::uint32_t hint_shift_ = 0;
  std::uint32_t heads_;
  std::uint32_t cylinders_ = 0;
  std::uint32_t revolution_ns_;
  HeadOrder head_order_;
  std::uint64_t capacity_ = 0;
};

/// Addressable sectors of a zone under a sparing scheme; 0 when spares and defects take it all.
std::uint64_t zone_capacity(const HddSpec& spec, const HddZone& zone);

}  // namespace sim
