#pragma once
// Where on the platters a logical sector lies: zone, cylinder, head, sector in the track, angle.
//
// Layout (DiskSim's g1, traditional mapping): sectors fill a track, tracks a cylinder (head by
// head), cylinders a zone. Skew turns the start of each further track of a zone, so that after a
// head or cylinder switch the next logical sector arrives just when the head is ready:
//   slot of sector s = (head switches * track_skew + cylinder switches * cylinder_skew + s) mod
//   spt,
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

/// A sector's place. At the end of a track `sector` may equal the zone's sectors per track.
struct HddPlace {
  std::uint32_t zone = 0;
  std::uint32_t cylinder = 0;
  std::uint32_t head = 0;
  std::uint32_t sector = 0;      ///< logical, in its track
  std::uint32_t first_slot = 0;  ///< of the track's sector 0
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

  /// Requires lba < capacity.
  [[nodiscard]] HddPlace locate(std::uint64_t lba) const;
  /// Sector 0 of the track that follows in logical order; `lba` is the one that begins it.
  /// Requires lba < capacity.
  [[nodiscard]] HddPlace next_track(const HddPlace& place, std::uint64_t lba) const;
  /// The first lba beyond the track of `place`, where `lba` is the one at `place`.
  [[nodiscard]] std::uint64_t track_end(const HddPlace& place, std::uint64_t lba) const;
  /// The first lba beyond its cylinder.
  [[nodiscard]] std::uint64_t cylinder_end(const HddPlace& place, std::uint64_t lba) const;

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
    std::uint32_t last_cylinder = 0;
    std::uint32_t sectors_per_track = 0;
    std::uint32_t track_skew = 0;
    std::uint32_t cylinder_skew = 0;
  };

  [[nodiscard]] std::uint32_t zone_of(std::uint64_t lba) const;

  std::vector<Zone> zones_;
  std::vector<std::uint32_t> zone_hint_;  ///< by lba >> hint_shift_: the zone its first lba lies in
  std::uint32_t hint_shift_ = 0;
  std::uint32_t heads_;
  std::uint32_t cylinders_ = 0;
  std::uint32_t revolution_ns_;
  std::uint64_t capacity_ = 0;
};

}  // namespace sim
