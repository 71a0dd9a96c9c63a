// Geometry and mechanics out of DiskSim's dm_disk block. Meanings: the diskmodel manual that comes
// with DiskSim 4.0.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/block/disksim_block.hpp"
#include "sim/block/disksim_disk.hpp"
#include "sim/block/hdd_geometry.hpp"

namespace sim {

namespace {

constexpr double most_cylinders = (1 << 20) - 1;
constexpr double most_sectors = UINT32_MAX;
constexpr std::int64_t longest_seek_ns = INT32_MAX;

std::vector<double> numbers(DisksimReader& in, std::string_view name, double least) {
  std::vector<double> out;
  const DisksimValue* const value = in.find(name);
  if (value == nullptr) return out;
  if (value->kind != DisksimValue::Kind::list) {
    in.errors().push_back(value->at.error(fmt::format("'{}' is a list: [ ... ]", name)));
    return out;
  }
  for (const DisksimValue& element : value->list)
    out.push_back(disksim_number(element, least, most_sectors, in.errors()));
  return out;
}

/// Skews in revolutions become whole sectors.
void read_angle(DisksimReader& in, std::string_view name, bool revolutions, const HddZone& zone,
                std::uint32_t& out) {
  double angle = 0;
  in.number(name, 0, most_sectors, angle);
  out = revolutions ? static_cast<std::uint32_t>(std::llround(angle * zone.sectors_per_track))
                    : static_cast<std::uint32_t>(angle);
}

bool read_skew_unit(DisksimReader& in, bool outer) {
  const DisksimValue* const unit = in.find("Skew units");
  if (unit == nullptr) return outer;
  if (unit->word != "revolutions" && unit->word != "sectors")
    in.errors().push_back(unit->at.error("skews are in 'sectors' or in 'revolutions'"));
  return unit->word == "revolutions";
}

HddZone read_zone(const DisksimBlock& block, bool revolutions, kev::Errors& errors) {
  DisksimReader in(block, errors);
  HddZone zone;
  for (const char* name : {"First cylinder number", "Last cylinder number", "Blocks per track"})
    in.require(name);
  in.integer("First cylinder number", 0, most_cylinders, zone.first_cylinder);
  in.integer("Last cylinder number", 0, most_cylinders, zone.last_cylinder);
  in.integer("Blocks per track", 1, 1e6, zone.sectors_per_track);
  zone.sectors_per_track = std::max<std::uint32_t>(zone.sectors_per_track, 1);
  revolutions = read_skew_unit(in, revolutions);
  read_angle(in, "Offset of first block", revolutions, zone, zone.offset);
  read_angle(in, "Skew for track switch", revolutions, zone, zone.track_skew);
  read_angle(in, "Skew for cylinder switch", revolutions, zone, zone.cylinder_skew);
  in.integer("Empty space at zone front", 0, most_sectors, zone.empty_front);
  in.integer("Number of spares", 0, most_sectors, zone.spares);
  for (const double slip : numbers(in, "slips", 0))
    zone.slips.push_back(static_cast<std::uint32_t>(slip));
  std::sort(zone.slips.begin(), zone.slips.end());
  zone.slips.erase(std::unique(zone.slips.begin(), zone.slips.end()), zone.slips.end());
  const std::vector<double> defects = numbers(in, "defects", 0);
  if (defects.size() % 2 != 0)
    errors.push_back(in.find("defects")->at.error("defects come in pairs: where, where instead"));
  for (std::size_t i = 0; i + 1 < defects.size(); i += 2) {
    if (defects[i] == defects[i + 1]) continue;  // lies where it lay
    zone.remaps.push_back(
        {static_cast<std::uint32_t>(defects[i]), static_cast<std::uint32_t>(defects[i + 1])});
  }
  std::sort(zone.remaps.begin(), zone.remaps.end(),
            [](const HddZone::Remap& a, const HddZone::Remap& b) { return a.from < b.from; });
  in.finish();
  return zone;
}

/// What must hold for the geometry to be built.
void check_zone(const HddSpec& spec, const HddZone& zone, std::uint32_t next_cylinder,
                const DisksimBlock& block, kev::Errors& errors) {
  const auto wrong = [&](std::string message) {
    errors.push_back(block.at.error(std::move(message)));
  };
  if (zone.last_cylinder < zone.first_cylinder) return wrong("the zone ends before it begins");
  if (zone.first_cylinder < next_cylinder)
    return wrong("the zone begins before the one before it ends");
  const std::uint64_t tracks =
      (std::uint64_t{zone.last_cylinder} - zone.first_cylinder + 1) * spec.heads;
  if (tracks * zone.sectors_per_track > UINT32_MAX) return wrong("the zone has too many sectors");
  if (tracks * std::max(zone.track_skew, zone.cylinder_skew) + zone.offset >= UINT32_MAX)
    return wrong("the skews are too large");
  const std::uint64_t per_unit = spec.sparing == Sparing::track_end ? zone.sectors_per_track
                                 : spec.sparing == Sparing::zone_end_tracks
                                     ? tracks
                                     : std::uint64_t{zone.sectors_per_track} * spec.heads;
  const bool small_units = spec.sparing != Sparing::zone_end && spec.sparing != Sparing::none &&
                           spec.sparing != Sparing::disk_end &&
                           spec.sparing != Sparing::zone_end_unused;
  if ((small_units && zone.spares >= per_unit) || zone_capacity(spec, zone) == 0)
    return wrong("spares and empty space leave nothing of the zone");
  for (const HddZone::Remap& remap : zone.remaps)
    if (remap.to >= tracks * zone.sectors_per_track)
      return wrong("a defect lies outside of the zone");
}

void read_layout(const DisksimBlock& block, HddSpec& spec, kev::Errors& errors) {
  if (block.type != "dm_layout_g1") {
    errors.push_back(block.at.error(fmt::format("layout '{}' is not understood", block.type),
                                    "dm_layout_g1 is, which has its zones one by one; g2 and g4 "
                                    "are a drive maker's own tables"));
    return;
  }
  DisksimReader in(block, errors);
  in.integer("LBN-to-PBN mapping scheme", 0, 2, spec.head_order);
  in.integer("Sparing scheme used", 0, 10, spec.sparing);
  in.integer("Rangesize for sparing", 1, most_cylinders, spec.range_cylinders);
  const bool revolutions = read_skew_unit(in, false);
  const DisksimValue* const zones = in.require("Zones");
  std::uint32_t next_cylinder = 0;
  if (zones != nullptr) {
    for (const DisksimValue& value : zones->list) {
      if (value.kind != DisksimValue::Kind::block) {
        errors.push_back(value.at.error("a zone is needed here: dm_layout_g1_zone { ... }"));
        continue;
      }
      HddZone zone = read_zone(*value.block, revolutions, errors);
      check_zone(spec, zone, next_cylinder, *value.block, errors);
      next_cylinder = zone.last_cylinder + 1;
      spec.zones.push_back(std::move(zone));
    }
    if (spec.zones.empty()) errors.push_back(zones->at.error("a disk needs a zone"));
  }
  in.finish();
}

/// A line "distance, ms" of a seek file.
bool parse_point(std::string_view line, double& distance, double& ms) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return false;
  std::string_view time = line.substr(comma + 1);
  time.remove_prefix(std::min(time.find_first_not_of(" \t"), time.size()));
  const auto first = std::from_chars(line.data(), line.data() + comma, distance);
  const auto second = std::from_chars(time.data(), time.data() + time.size(), ms);
  return first.ec == std::errc() && second.ec == std::errc();
}

std::vector<SeekPoint> read_seek_file(const DisksimValue& name, const DisksimFiles& files,
                                      kev::Errors& errors) {
  std::vector<SeekPoint> points;
  const std::string path = beside(name.at.place.file, name.word);
  const kev::Result<std::string> text = files(path);
  if (!text) {
    errors.push_back(name.at.error(
        fmt::format("cannot read the seek curve '{}': {}", path, text.error().front().message),
        text.error().front().hint));
    return points;
  }
  const std::string_view all = *text;
  int number = 0;
  for (std::size_t at = 0; at < all.size(); ++number) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string_view line = all.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.starts_with("Seek"))
      continue;
    double distance = 0;
    double ms = 0;
    const bool good = parse_point(line, distance, ms) && distance >= 1 &&
                      distance <= most_cylinders && ms >= 0 && ms < 2000;
    const auto cylinders = good ? static_cast<std::uint32_t>(distance) : 0;
    if (!good || (!points.empty() && cylinders <= points.back().distance)) {
      errors.push_back({"a seek curve has lines 'distance, milliseconds', distances ascending",
                        {path, number + 1, 1},
                        {},
                        std::string(line),
                        static_cast<int>(line.size())});
      return points;
    }
    points.push_back({cylinders, disksim_ms(ms)});
  }
  if (points.empty()) errors.push_back({"no seek times in it", {path, 0, 0}, {}, {}, 1});
  return points;
}

/// Times beyond the measured ones go on along the last line: they must stay sensible.
bool sensible(const std::vector<SeekPoint>& points, std::uint32_t cylinders) {
  if (points.size() < 2) return true;
  const SeekPoint& a = points[points.size() - 2];
  const SeekPoint& b = points.back();
  const double slope = static_cast<double>((b.time - a.time).ns()) / (b.distance - a.distance);
  const double last =
      static_cast<double>(b.time.ns()) + slope * (static_cast<double>(cylinders) - b.distance);
  return last >= 0 && last < static_cast<double>(longest_seek_ns);
}

struct SeekTimes {
  kev::Duration single;
  kev::Duration average;
  kev::Duration full;
};

bool good_curve(const SeekTimes& times) {
  const std::int64_t rise = (times.full - times.single).ns();
  const std::int64_t root = 5 * (times.average - times.single).ns() - 5 * rise / 3;
  return root >= 0 && 2 * (rise - root) + root >= 0;
}

/// V1 to V6 of Ruemmler and Wilkes' equation.
SeekCurve read_hpl(DisksimReader& in, const DisksimValue& type, std::uint32_t cylinders) {
  const std::vector<double> v = numbers(in, "HPL seek equation values", -1);
  const std::vector<double> ten = numbers(in, "First ten seek times", 0);
  if (v.size() != 6) {
    in.errors().push_back(
        type.at.error(fmt::format("'HPL seek equation values' has {} numbers, not 6", v.size())));
    return SeekCurve::constant(kev::Duration(0));
  }
  const SeekCurve shape =
      SeekCurve::two_piece({static_cast<std::uint32_t>(std::max(v[0], 0.0)), disksim_ms(v[1]),
                            disksim_ms(v[2]), disksim_ms(v[3]), disksim_ms(v[4])});
  std::vector<kev::Duration> first;
  if (type.word == "hplplus10") {
    if (ten.size() != 10)
      in.errors().push_back(
          type.at.error(fmt::format("'First ten seek times' has {} numbers, not 10", ten.size())));
    for (const double ms : ten) first.push_back(disksim_ms(ms));
  } else if (v[5] != -1) {
    first.push_back(disksim_ms(v[5]));
  }
  return SeekCurve::with_first(shape, first, cylinders);
}

SeekCurve read_seek(DisksimReader& in, const DisksimFiles& files, std::uint32_t cylinders,
                    const SeekTimes& times) {
  SeekCurve none = SeekCurve::constant(kev::Duration(0));
  kev::Duration constant;
  in.duration("Constant seek time", constant);
  const DisksimValue* const file = in.find("Full seek curve");
  const DisksimValue* const type = in.require("Seek type");
  if (type == nullptr) return none;
  if (type->word == "constant") return SeekCurve::constant(constant);
  if (type->word == "hpl" || type->word == "hplplus10") return read_hpl(in, *type, cylinders);
  in.pass_over({"HPL seek equation values", "First ten seek times"});
  if (type->word == "extracted") {
    if (file == nullptr) {
      in.errors().push_back(type->at.error("an extracted curve needs 'Full seek curve = FILE'"));
      return none;
    }
    const std::vector<SeekPoint> points = read_seek_file(*file, files, in.errors());
    if (points.empty()) return none;
    if (sensible(points, cylinders)) return SeekCurve::extracted(points, cylinders);
    in.errors().push_back(
        file->at.error("the curve's last points do not lead to the last cylinder"));
    return none;
  }
  const bool line = type->word == "linear";
  if (!line && type->word != "curve") {
    in.errors().push_back(type->at.error(fmt::format("there is no seek type '{}'", type->word),
                                         "constant, linear, curve, hpl, hplplus10 or extracted"));
    return none;
  }
  if (cylinders < 9 || times.average < times.single || times.full < times.average ||
      (!line && !good_curve(times))) {
    in.errors().push_back(type->at.error("no curve that rises goes through these seek times",
                                         "single-cylinder, average and full-strobe seek time"));
    return none;
  }
  if (!line) return SeekCurve::three_point(times.single, times.average, times.full, cylinders);
  const SeekPoint points[] = {
      {1, times.single}, {cylinders / 3, times.average}, {cylinders - 1, times.full}};
  return SeekCurve::extracted(points, cylinders);
}

/// The single-cylinder seek without the head switch, if that value is of this disk: within a tenth
/// of what the curve says.
kev::Duration settle_of(const HddSpec& spec, kev::Duration single) {
  const std::int64_t off = std::abs(spec.seek.time_ns(1) - single.ns());
  if (off > single.ns() / 10) return kev::Duration(0);
  return std::max(single - spec.head_switch, kev::Duration(0));
}

void read_mechanics(const DisksimBlock& block, const DisksimFiles& files, std::uint32_t cylinders,
                    HddSpec& spec, kev::Errors& errors) {
  DisksimReader in(block, errors);
  in.require("Rotation speed (in rpms)");
  in.integer("Rotation speed (in rpms)", 60, 1e6, spec.rpm);
  SeekTimes times;
  in.duration("Single cylinder seek time", times.single);
  in.duration("Average seek time", times.average);
  in.duration("Full strobe seek time", times.full);
  in.duration("Add. write settling delay", spec.write_settle);
  in.duration("Head switch time", spec.head_switch);
  if (errors.empty()) spec.seek = read_seek(in, files, cylinders, times);
  if (cylinders > 1) spec.settle = settle_of(spec, times.single);
  const DisksimValue* const access = in.find("Access time type");
  if (access != nullptr && access->word != "trackSwitchPlusRotation")
    errors.push_back(
        access->at.error("only disks that seek and turn are modelled", "trackSwitchPlusRotation"));
  in.pass_over({"Percent error in rpms", "Constant access time"});
  in.pass_over({"Constant seek time", "Full seek curve", "Seek type", "HPL seek equation values",
                "First ten seek times"});
  in.finish();
}

const DisksimBlock* block_in(DisksimReader& in, std::string_view name) {
  const DisksimValue* const value = in.require(name);
  if (value == nullptr) return nullptr;
  if (value->kind == DisksimValue::Kind::block) return value->block.get();
  in.errors().push_back(value->at.error("a block is needed here: TYPE { ... }"));
  return nullptr;
}

}  // namespace

void read_disksim_model(const DisksimBlock& block, const DisksimFiles& files, HddSpec& spec,
                        kev::Errors& errors) {
  DisksimReader in(block, errors);
  std::uint32_t cylinders = 0;
  std::uint64_t sectors = 0;
  for (const char* name : {"Number of data surfaces", "Number of cylinders", "Block count"})
    in.require(name);
  in.integer("Number of data surfaces", 1, 1000, spec.heads);
  in.integer("Number of cylinders", 1, most_cylinders, cylinders);
  in.integer("Block count", 1, 1e15, sectors);
  if (!errors.empty()) return;
  if (const DisksimBlock* const layout = block_in(in, "Layout Model"))
    read_layout(*layout, spec, errors);
  if (!errors.empty()) return;
  for (const HddZone& zone : spec.zones) cylinders = std::max(cylinders, zone.last_cylinder + 1);
  if (const DisksimBlock* const mechanics = block_in(in, "Mechanical Model"))
    read_mechanics(*mechanics, files, cylinders, spec, errors);
  in.finish();
  std::uint64_t held = 0;
  for (const HddZone& zone : spec.zones) held += zone_capacity(spec, zone);
  spec.capacity_sectors = std::min(sectors, held);
}

}  // namespace sim
