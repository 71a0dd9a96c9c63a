// The table of hard disks. For sources see the comment at each number.

#include <utility>

#include "model/base/check.hpp"
#include "sim/block/disksim_disk.hpp"
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
  spec.head_switch = 1200_us;        // estimated; the skew leaves 1.48 ms
  spec.write_settle = 1000_us;       // published: average write seek 9.2 ms
  spec.read_miss = always(150_us);   // estimated
  spec.write_miss = always(150_us);  // estimated
  spec.read_hit = always(60_us);     // estimated
  // Published: SATA, 3 Gbit/s = 300 MB/s.
  spec.read_bus_sector = spec.write_bus_sector = kev::Duration(1707);
  spec.write_segments = 0;  // estimated: writes pass the cache by
  spec.segments = 16;       // published: 16 MB; estimated: how it is divided
  spec.segment_sectors = 2048;
  spec.read_ahead = ReadAhead::to_segment_full;
  spec.read_ahead_after_hit = true;  // estimated
  spec.queue_depth = 32;             // published: NCQ
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
  spec.head_switch = 350_us;         // estimated; the skew leaves 0.4 ms
  spec.write_settle = 400_us;        // estimated
  spec.read_miss = always(100_us);   // estimated
  spec.write_miss = always(100_us);  // estimated
  spec.read_hit = always(40_us);     // estimated
  // Published: SAS, 3 Gbit/s = 300 MB/s.
  spec.read_bus_sector = spec.write_bus_sector = kev::Duration(1707);
  spec.write_segments = 0;  // estimated: writes pass the cache by
  spec.segments = 32;       // published: 16 MB; estimated: how it is divided
  spec.segment_sectors = 1024;
  spec.read_ahead = ReadAhead::to_segment_full;
  spec.read_ahead_after_hit = true;  // estimated
  spec.queue_depth = 64;             // published: tagged queue
  spec.order = DriveOrder::sptf;
  spec.age_limit = 1_s;  // estimated
  return spec;
}

/// A drive measured by DIXtrac, as DiskSim's validation set describes it.
HddSpec measured(std::string_view file) {
  kev::Result<HddSpec> spec = load_disksim_disk(file, embedded_disksim_files());
  KEV_CHECK(spec.has_value());
  return *std::move(spec);
}

HddSpec atlas_10k() {
  return measured("atlas10k.parv");
}
HddSpec atlas_iii() {
  return measured("atlas_III.parv");
}
HddSpec barracuda() {
  return measured("barracuda.parv");
}
HddSpec cheetah_4lp() {
  return measured("cheetah4LP.parv");
}
HddSpec cheetah_9lp() {
  return measured("cheetah9LP.parv");
}
HddSpec ibm_18es() {
  return measured("ibm18es.parv");
}

constexpr HddProfile profiles[] = {
    {"deskstar-7k500", "500 GB SATA desktop disk of 2005: 7200 rpm, 8.2 ms, 65-31 MB/s, NCQ 32",
     deskstar_7k500},
    {"cheetah-15k5", "300 GB SAS server disk of 2007: 15000 rpm, 4 ms, 125-73 MB/s, queue 64",
     cheetah_15k5},
    {"atlas-10k", "9 GB SCSI server disk of 1999: 10025 rpm, Quantum, measured", atlas_10k},
    {"atlas-iii", "9 GB SCSI disk of 1997: 7200 rpm, Quantum, measured", atlas_iii},
    {"barracuda", "2 GB SCSI disk of 1996: 7200 rpm, Seagate ST32171W, measured", barracuda},
    {"cheetah-4lp", "4 GB SCSI server disk of 1997: 10033 rpm, Seagate, measured", cheetah_4lp},
    {"cheetah-9lp", "9 GB SCSI server disk of 1998: 10045 rpm, Seagate, measured", cheetah_9lp},
    {"ibm-18es", "9 GB SCSI disk of 1998: 7200 rpm, IBM DNES-309170W, measured", ibm_18es},
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
