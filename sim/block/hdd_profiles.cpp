// The table of hard disks. For sources see the comment at each number.

#include <array>

#include "sim/block/hdd_spec.hpp"

namespace sim {

namespace {

using namespace kev::literals;

struct LinearZones {
  std::uint32_t zones;
  std::uint32_t cylinders_per_zone;
  std::uint32_t outer_sectors_per_track;
  std::uint32_t inner_sectors_per_track;
  std::uint32_t skew_permille;  ///< of a track, at each head or cylinder switch
};

/// Sectors per track fall linearly from the outermost zone to the innermost.
std::vector<HddZone> make_zones(const LinearZones& shape) {
  std::vector<HddZone> zones;
  const std::uint32_t fall = shape.outer_sectors_per_track - shape.inner_sectors_per_track;
  const std::uint32_t steps = shape.zones - 1;
  for (std::uint32_t i = 0; i < shape.zones; ++i) {
    HddZone zone;
    zone.first_cylinder = i * shape.cylinders_per_zone;
    zone.last_cylinder = zone.first_cylinder + shape.cylinders_per_zone - 1;
    zone.sectors_per_track = shape.outer_sectors_per_track - (fall * i + steps / 2) / steps;
    zone.track_skew = (zone.sectors_per_track * shape.skew_permille + 500) / 1000;
    zone.cylinder_skew = zone.track_skew;
    zones.push_back(zone);
  }
  return zones;
}

/// Hitachi Deskstar 7K500 (HDS725050KLA360, 500 GB SATA, 2005). Published: OEM specification.
HddSpec deskstar_7k500() {
  HddSpec spec;
  spec.rpm = 7200;                      // published
  spec.heads = 10;                      // published: 5 disks
  spec.capacity_sectors = 976'773'168;  // published
  // Published: 30 zones; media rate 76.3 MB/s in the outermost, 36.5 in the innermost, so 1242 and
  // 594 sectors a track; sustained 64.8 and 31.0 MB/s, so 17.75 % of a turn goes into each track
  // switch. Derived: linear between, and as many cylinders as the capacity needs.
  constexpr std::uint32_t cylinders_per_zone = 3547;
  spec.zones = make_zones({30, cylinders_per_zone, 1242, 594, 177});
  // Published: average 8.2 ms. Estimated from drives of the same class: 0.9 and 15.5 ms.
  spec.seek = SeekCurve::three_point(900_us, 8200_us, 15'500_us, 30 * cylinders_per_zone);
  spec.head_switch = 1200_us;             // estimated; the skew leaves 1.48 ms
  spec.write_settle = 1000_us;            // published: average write seek 9.2 ms
  spec.read_overhead = 150_us;            // estimated
  spec.write_overhead = 150_us;           // estimated
  spec.hit_overhead = 60_us;              // estimated
  spec.bus_sector = kev::Duration(1707);  // published: SATA, 3 Gbit/s = 300 MB/s
  spec.segments = 16;                     // published: 16 MB; estimated: how it is divided
  spec.segment_sectors = 2048;
  spec.read_ahead = ReadAhead::to_segment_full;
  spec.queue_depth = 32;  // published: NCQ
  spec.order = DriveOrder::sptf;
  spec.age_limit = 1_s;  // estimated
  return spec;
}

/// Seagate Cheetah 15K.5 (ST3300655SS, 300 GB SAS, 2007). Published: product manual;
/// Arpaci-Dusseau, "Operating Systems: Three Easy Pieces", chapter 37.
HddSpec cheetah_15k5() {
  HddSpec spec;
  spec.rpm = 15'000;                    // published
  spec.heads = 8;                       // published: 4 disks
  spec.capacity_sectors = 585'937'500;  // published: 300 GB
  // Published: sustained 73 to 125 MB/s. Estimated: 10 % of a turn for each track switch, 16 zones.
  // Derived: 1074 and 627 sectors a track, as many cylinders as the capacity needs.
  constexpr std::uint32_t cylinders_per_zone = 5383;
  spec.zones = make_zones({16, cylinders_per_zone, 1074, 627, 100});
  // Published: average 4 ms. Estimated: 0.3 and 8 ms.
  spec.seek = SeekCurve::three_point(300_us, 4000_us, 8000_us, 16 * cylinders_per_zone);
  spec.head_switch = 350_us;              // estimated; the skew leaves 0.4 ms
  spec.write_settle = 400_us;             // estimated
  spec.read_overhead = 100_us;            // estimated
  spec.write_overhead = 100_us;           // estimated
  spec.hit_overhead = 40_us;              // estimated
  spec.bus_sector = kev::Duration(1707);  // published: SAS, 3 Gbit/s = 300 MB/s
  spec.segments = 32;                     // published: 16 MB; estimated: how it is divided
  spec.segment_sectors = 1024;
  spec.read_ahead = ReadAhead::to_segment_full;
  spec.queue_depth = 64;  // published: tagged queue
  spec.order = DriveOrder::sptf;
  spec.age_limit = 1_s;  // estimated
  return spec;
}

// Seagate Cheetah 9LP (ST39102LW, 9 GB SCSI, 1998): geometry and seek curve as measured on a real
// drive by DIXtrac, from the validation set of DiskSim 4.0:
//   Copyright (c) of Carnegie Mellon University, 2001-2008. Permission to reproduce, use, and
//   prepare derivative works is granted provided the copyright and "No Warranty" statements are
//   included. NO WARRANTY: this software is furnished on an "as is" basis; Carnegie Mellon
//   University makes no warranties of any kind, either expressed or implied.
// Every fourth point of the curve or so; slipped sectors are left out.
constexpr std::array<HddZone, 11> cheetah_9lp_zones = {{
    {0, 846, 254, 97, 133, 1270},
    {848, 1643, 245, 97, 133, 980},
    {1645, 2392, 238, 97, 117, 952},
    {2394, 3096, 227, 97, 116, 908},
    {3098, 3757, 217, 97, 108, 651},
    {3759, 4379, 209, 97, 108, 627},
    {4381, 4964, 201, 97, 108, 402},
    {4966, 5515, 189, 88, 94, 2268},
    {5516, 6031, 181, 88, 93, 1991},
    {6032, 6517, 174, 88, 93, 1914},
    {6518, 6961, 167, 88, 80, 218},
}};

constexpr SeekPoint cheetah_9lp_seek[] = {
    {1, 831_us},      {2, 1003_us},     {3, 1089_us},    {4, 1092_us},    {5, 1268_us},
    {7, 1271_us},     {8, 1439_us},     {12, 1449_us},   {16, 1453_us},   {18, 1533_us},
    {25, 1625_us},    {35, 1712_us},    {50, 1804_us},   {70, 1945_us},   {90, 2072_us},
    {125, 2161_us},   {175, 2510_us},   {225, 2519_us},  {300, 2699_us},  {350, 2874_us},
    {400, 3051_us},   {475, 3098_us},   {500, 3230_us},  {600, 3399_us},  {700, 3638_us},
    {900, 3995_us},   {1200, 4397_us},  {1500, 4757_us}, {1900, 5190_us}, {2300, 5624_us},
    {2700, 6082_us},  {3100, 6423_us},  {3300, 6737_us}, {3700, 7068_us}, {4100, 7507_us},
    {4500, 7959_us},  {4900, 8311_us},  {5300, 8805_us}, {5700, 9201_us}, {6100, 9702_us},
    {6500, 10147_us}, {6894, 10627_us},
};

HddSpec cheetah_9lp() {
  HddSpec spec;
  spec.rpm = 10'045;  // measured, as all below unless said otherwise
  spec.heads = 12;
  spec.capacity_sectors = 17'783'240;
  spec.zones.assign(cheetah_9lp_zones.begin(), cheetah_9lp_zones.end());
  spec.seek = SeekCurve::extracted(cheetah_9lp_seek, 6962);
  spec.head_switch = 30_us;
  spec.write_settle = 461_us;
  spec.read_overhead = 300_us;   // estimated
  spec.write_overhead = 300_us;  // estimated
  spec.hit_overhead = 100_us;    // estimated
  spec.bus_sector = 105_us;
  spec.segments = 3;
  spec.segment_sectors = 561;
  spec.read_ahead = ReadAhead::to_segment_full;
  spec.queue_depth = 1;  // the measurements were taken one request at a time
  return spec;
}

constexpr HddProfile profiles[] = {
    {"deskstar-7k500", "500 GB SATA desktop disk of 2005: 7200 rpm, 8.2 ms, 65-31 MB/s, NCQ 32",
     deskstar_7k500},
    {"cheetah-15k5", "300 GB SAS server disk of 2007: 15000 rpm, 4 ms, 125-73 MB/s, queue 64",
     cheetah_15k5},
    {"cheetah-9lp", "9 GB SCSI server disk of 1998: 10045 rpm, geometry and seek curve measured",
     cheetah_9lp},
};

}  // namespace

std::span<const HddProfile> hdd_profiles() {
  return profiles;
}

const HddProfile* find_hdd_profile(std::string_view name) {
  for (const HddProfile& profile : profiles)
    if (profile.name == name) return &profile;
  return nullptr;
}

}  // namespace sim
