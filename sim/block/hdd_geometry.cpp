#include "sim/block/hdd_geometry.hpp"

#include <algorithm>

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr std::uint64_t hint_entries = 256;

}  // namespace

HddGeometry::HddGeometry(const HddSpec& spec)
    : heads_(spec.heads),
      revolution_ns_(static_cast<std::uint32_t>((60'000'000'000 + spec.rpm / 2) / spec.rpm)) {
  KEV_CHECK(heads_ > 0);
  KEV_CHECK(!spec.zones.empty());
  for (const HddZone& zone : spec.zones) {
    KEV_CHECK(zone.first_cylinder >= cylinders_);
    KEV_CHECK(zone.last_cylinder >= zone.first_cylinder);
    KEV_CHECK(zone.sectors_per_track > 0);
    cylinders_ = zone.last_cylinder + 1;
    if (capacity_ == spec.capacity_sectors) continue;  // nothing is left for this zone
    const std::uint64_t tracks =
        std::uint64_t{zone.last_cylinder - zone.first_cylinder + 1} * heads_;
    KEV_CHECK(tracks * std::max(zone.track_skew, zone.cylinder_skew) < UINT32_MAX);
    const std::uint64_t sectors = tracks * zone.sectors_per_track;
    KEV_CHECK(zone.spare_sectors < sectors);
    const std::uint64_t end =
        std::min(capacity_ + sectors - zone.spare_sectors, spec.capacity_sectors);
    zones_.push_back(Zone{capacity_, end, zone.first_cylinder, zone.last_cylinder,
                          zone.sectors_per_track, zone.track_skew, zone.cylinder_skew});
    capacity_ = end;
  }
  KEV_CHECK(capacity_ == spec.capacity_sectors);
  while ((capacity_ >> hint_shift_) >= hint_entries) ++hint_shift_;
  std::uint32_t zone = 0;
  for (std::uint64_t lba = 0; lba < capacity_; lba += std::uint64_t{1} << hint_shift_) {
    while (lba >= zones_[zone].end_lba) ++zone;
    zone_hint_.push_back(zone);
  }
}

std::uint32_t HddGeometry::zone_of(std::uint64_t lba) const {
  std::uint32_t zone = zone_hint_[lba >> hint_shift_];
  while (lba >= zones_[zone].end_lba) ++zone;
  return zone;
}

HddPlace HddGeometry::locate(std::uint64_t lba) const {
  KEV_CHECK(lba < capacity_);
  HddPlace place;
  place.zone = zone_of(lba);
  const Zone& zone = zones_[place.zone];
  const std::uint64_t offset = lba - zone.first_lba;
  const auto track = static_cast<std::uint32_t>(offset / zone.sectors_per_track);
  place.sector = static_cast<std::uint32_t>(offset - std::uint64_t{track} * zone.sectors_per_track);
  const std::uint32_t cylinder = track / heads_;
  place.cylinder = zone.first_cylinder + cylinder;
  place.head = track - cylinder * heads_;
  const std::uint32_t head_switches = track - cylinder;
  place.first_slot =
      (head_switches * zone.track_skew + cylinder * zone.cylinder_skew) % zone.sectors_per_track;
  return place;
}

HddPlace HddGeometry::next_track(const HddPlace& place, std::uint64_t lba) const {
  const Zone& zone = zones_[place.zone];
  if (lba >= zone.end_lba) return locate(lba);
  HddPlace next = place;
  next.sector = 0;
  std::uint32_t skew = zone.track_skew;
  if (++next.head == heads_) {
    next.head = 0;
    ++next.cylinder;
    skew = zone.cylinder_skew;
  }
  next.first_slot = (place.first_slot + skew) % zone.sectors_per_track;
  return next;
}

std::uint64_t HddGeometry::track_end(const HddPlace& place, std::uint64_t lba) const {
  const Zone& zone = zones_[place.zone];
  return std::min(lba + zone.sectors_per_track - place.sector, zone.end_lba);
}

std::uint64_t HddGeometry::cylinder_end(const HddPlace& place, std::uint64_t lba) const {
  const Zone& zone = zones_[place.zone];
  const std::uint64_t tracks_after = heads_ - 1 - place.head;
  return std::min(
      lba + zone.sectors_per_track - place.sector + tracks_after * zone.sectors_per_track,
      zone.end_lba);
}

std::int64_t HddGeometry::angle_ns(const HddPlace& place) const {
  const std::uint32_t spt = zones_[place.zone].sectors_per_track;
  std::uint32_t slot = place.first_slot + place.sector;
  while (slot >= spt) slot -= spt;
  return slot_ns(place.zone, slot);
}

}  // namespace sim
