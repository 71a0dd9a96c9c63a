#include "sim/block/hdd_geometry.hpp"

#include <algorithm>

#include "model/base/check.hpp"

namespace sim {

namespace {

constexpr std::uint64_t hint_entries = 256;

enum class Unit : std::uint8_t { track, cylinder, range, zone };

/// What a sparing scheme means for numbering; a row for each.
struct Scheme {
  Unit unit;
  bool front;           ///< spares lie before the data, else behind
  bool slips_use_them;  ///< spares take the place of slipped sectors
  bool has_spares;
};

Scheme scheme_of(Sparing sparing) {
  constexpr Scheme rows[] = {
      {Unit::zone, false, false, false},    {Unit::zone, false, true, true},
      {Unit::cylinder, false, true, true},  {Unit::track, false, true, true},
      {Unit::cylinder, false, false, true}, {Unit::cylinder, true, true, true},
      {Unit::cylinder, true, false, true},  {Unit::zone, false, false, true},
      {Unit::range, false, true, true},     {Unit::zone, false, true, true},
      {Unit::zone, false, false, true},
  };
  return rows[static_cast<std::size_t>(sparing)];
}

std::uint64_t cylinders_of(const HddZone& zone) {
  return zone.last_cylinder - zone.first_cylinder + std::uint64_t{1};
}

std::uint64_t unit_sectors(const HddSpec& spec, const HddZone& zone) {
  const std::uint64_t cylinder = std::uint64_t{spec.heads} * zone.sectors_per_track;
  switch (scheme_of(spec.sparing).unit) {
    case Unit::track:
      return zone.sectors_per_track;
    case Unit::cylinder:
      return cylinder;
    case Unit::range:
      return cylinder * spec.range_cylinders;
    case Unit::zone:
      return cylinder * cylinders_of(zone);
  }
  return 0;
}

std::uint64_t spare_sectors(const HddSpec& spec, const HddZone& zone) {
  if (!scheme_of(spec.sparing).has_spares) return 0;
  const bool tracks = spec.sparing == Sparing::zone_end_tracks;
  return std::uint64_t{zone.spares} * (tracks ? zone.sectors_per_track : 1);
}

}  // namespace

std::uint64_t zone_capacity(const HddSpec& spec, const HddZone& zone) {
  const std::uint64_t all = std::uint64_t{spec.heads} * zone.sectors_per_track * cylinders_of(zone);
  const std::uint64_t unit = unit_sectors(spec, zone);
  const std::uint64_t units = (all + unit - 1) / unit;
  std::uint64_t lost = units * spare_sectors(spec, zone) + zone.empty_front;
  if (!scheme_of(spec.sparing).slips_use_them) lost += zone.slips.size();
  return lost < all ? all - lost : 0;
}

HddGeometry::Zone HddGeometry::make_zone(const HddSpec& spec, const HddZone& zone) {
  const Scheme scheme = scheme_of(spec.sparing);
  Zone made;
  made.first_cylinder = zone.first_cylinder;
  made.sectors_per_track = zone.sectors_per_track;
  made.offset = zone.offset;
  made.track_skew = zone.track_skew;
  made.cylinder_skew = zone.cylinder_skew;
  made.empty_front = zone.empty_front;
  const std::uint64_t sectors = unit_sectors(spec, zone);
  const std::uint64_t spares = spare_sectors(spec, zone);
  KEV_CHECK(spares < sectors);
  KEV_CHECK(sectors <= UINT32_MAX);
  made.unit_sectors = static_cast<std::uint32_t>(sectors);
  // Slipped sectors run on into a zone's spares.
  made.unit_data =
      static_cast<std::uint32_t>(scheme.unit == Unit::zone ? sectors : sectors - spares);
  made.unit_front = scheme.front ? static_cast<std::uint32_t>(spares) : 0;
  made.slips_stay_in_unit = scheme.slips_use_them && scheme.unit != Unit::zone;
  made.slips_are_tracks = spec.sparing == Sparing::zone_end_tracks;
  made.slips = zone.slips;
  made.remaps = zone.remaps;
  KEV_CHECK(std::is_sorted(made.slips.begin(), made.slips.end()));
  for (std::uint32_t k = 0; k < made.slips.size(); ++k) {
    const std::uint32_t slip = made.slips[k];
    // As a number among those that are neither spare nor in front.
    std::uint32_t logical = slip;
    if (!made.slips_are_tracks) {
      const std::uint32_t in_unit = slip % made.unit_sectors;
      logical = slip / made.unit_sectors * made.unit_data;
      if (in_unit > made.unit_front) logical += in_unit - made.unit_front;
    }
    made.slips_from.push_back(logical > k ? logical - k : 0);
  }
  return made;
}

HddGeometry::HddGeometry(const HddSpec& spec)
    : heads_(spec.heads),
      revolution_ns_(static_cast<std::uint32_t>((60'000'000'000 + spec.rpm / 2) / spec.rpm)),
      head_order_(spec.head_order) {
  KEV_CHECK(heads_ > 0);
  KEV_CHECK(!spec.zones.empty());
  for (const HddZone& zone : spec.zones) {
    KEV_CHECK(zone.first_cylinder >= cylinders_);
    KEV_CHECK(zone.last_cylinder >= zone.first_cylinder);
    KEV_CHECK(zone.sectors_per_track > 0);
    cylinders_ = zone.last_cylinder + 1;
    if (capacity_ == spec.capacity_sectors) continue;  // nothing is left for this zone
    const std::uint64_t tracks = cylinders_of(zone) * heads_;
    KEV_CHECK(tracks * std::max(zone.track_skew, zone.cylinder_skew) + zone.offset < UINT32_MAX);
    const std::uint64_t sectors = zone_capacity(spec, zone);
    KEV_CHECK(sectors > 0);
    Zone made = make_zone(spec, zone);
    made.first_lba = capacity_;
    made.end_lba = std::min(capacity_ + sectors, spec.capacity_sectors);
    capacity_ = made.end_lba;
    zones_.push_back(std::move(made));
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

HddGeometry::Run HddGeometry::run_of(const Zone& zone, std::uint32_t logical) {
  const auto& from = zone.slips_from;
  if (zone.slips_are_tracks) {
    std::uint32_t track = logical / zone.sectors_per_track;
    const std::uint32_t sector = logical - track * zone.sectors_per_track;
    track += static_cast<std::uint32_t>(std::upper_bound(from.begin(), from.end(), track) -
                                        from.begin());
    return {track * zone.sectors_per_track + sector, zone.sectors_per_track - sector};
  }
  std::uint32_t run = UINT32_MAX;
  if (!zone.slips_stay_in_unit && !from.empty()) {
    const auto next = std::upper_bound(from.begin(), from.end(), logical);
    if (next != from.end()) run = *next - logical;
    logical += static_cast<std::uint32_t>(next - from.begin());
  }
  const std::uint32_t unit = logical / zone.unit_data;
  std::uint32_t offset = logical - unit * zone.unit_data;
  run = std::min(run, zone.unit_data - offset);
  const std::uint32_t unit_begin = unit * zone.unit_sectors;
  offset += unit_begin + zone.unit_front;
  if (zone.slips_stay_in_unit) {
    auto slip = std::lower_bound(zone.slips.begin(), zone.slips.end(), unit_begin);
    for (; slip != zone.slips.end() && *slip <= offset; ++slip) ++offset;
    if (slip != zone.slips.end()) run = std::min(run, *slip - offset);
  }
  return {offset, run};
}

/// A remapped sector (or track) lies elsewhere; a run ends before one.
void HddGeometry::remap(const Zone& zone, Run& run) {
  const std::uint32_t unit = zone.slips_are_tracks ? zone.sectors_per_track : 1;
  const std::uint32_t number = run.physical / unit;
  const auto next =
      std::lower_bound(zone.remaps.begin(), zone.remaps.end(), number,
                       [](const HddZone::Remap& row, std::uint32_t at) { return row.from < at; });
  if (next == zone.remaps.end()) return;
  if (next->from == number) {
    run.physical = next->to * unit + run.physical % unit;
    run.sectors = std::min(run.sectors, unit);
  } else if (unit == 1) {
    run.sectors = std::min(run.sectors, next->from - run.physical);
  }
}

HddPlace HddGeometry::place_of(std::uint32_t zone_index, std::uint32_t physical) const {
  const Zone& zone = zones_[zone_index];
  HddPlace place;
  place.zone = zone_index;
  const std::uint32_t track = physical / zone.sectors_per_track;
  place.sector = physical - track * zone.sectors_per_track;
  const std::uint32_t cylinder = track / heads_;
  place.cylinder = zone.first_cylinder + cylinder;
  place.head = track - cylinder * heads_;
  const std::uint32_t head_switches = track - cylinder;
  place.first_slot =
      (zone.offset + head_switches * zone.track_skew + cylinder * zone.cylinder_skew) %
      zone.sectors_per_track;
  const bool back = (head_order_ == HeadOrder::serpentine_by_zone && cylinder % 2 == 1) ||
                    (head_order_ == HeadOrder::serpentine_by_disk && place.cylinder % 2 == 1);
  if (back) place.head = heads_ - 1 - place.head;
  return place;
}

HddExtent HddGeometry::extent(std::uint64_t lba) const {
  KEV_CHECK(lba < capacity_);
  const std::uint32_t index = zone_of(lba);
  const Zone& zone = zones_[index];
  Run run = run_of(zone, static_cast<std::uint32_t>(lba - zone.first_lba) + zone.empty_front);
  if (!zone.remaps.empty()) remap(zone, run);
  const HddPlace place = place_of(index, run.physical);
  const std::uint64_t in_zone = std::min<std::uint64_t>(zone.end_lba - lba, run.sectors);
  const std::uint64_t on_track = zone.sectors_per_track - place.sector;
  return {place, static_cast<std::uint32_t>(std::min(in_zone, on_track))};
}

std::uint64_t HddGeometry::track_begin(std::uint64_t lba) const {
  // Slips make a track's first lba at most that much nearer: search among those it can be.
  const HddPlace place = locate(lba);
  std::uint64_t first = lba - std::min<std::uint64_t>(lba, place.sector);
  while (first < lba && !locate(first).same_track(place)) ++first;
  return first;
}

std::uint64_t HddGeometry::track_end(std::uint64_t lba) const {
  HddExtent extent = this->extent(lba);
  const HddPlace track = extent.place;
  std::uint64_t end = lba + extent.sectors;
  while (end < capacity_) {
    extent = this->extent(end);
    if (!extent.place.same_track(track)) break;
    end += extent.sectors;
  }
  return end;
}

std::uint64_t HddGeometry::cylinder_end(std::uint64_t lba) const {
  const std::uint32_t cylinder = locate(lba).cylinder;
  std::uint64_t end = track_end(lba);
  while (end < capacity_ && locate(end).cylinder == cylinder) end = track_end(end);
  return end;
}

std::int64_t HddGeometry::angle_ns(const HddPlace& place) const {
  const std::uint32_t spt = zones_[place.zone].sectors_per_track;
  std::uint32_t slot = place.first_slot + place.sector;
  while (slot >= spt) slot -= spt;
  return slot_ns(place.zone, slot);
}

}  // namespace sim
