// The table of flash drives. For sources see the comment at each group of numbers.

#include "sim/block/ssd_spec.hpp"

namespace sim {

namespace {

using namespace kev::literals;

/// Samsung 970 Pro 1 TB (NVMe, MLC, 2018), as NVMeVirt models it (ssd_config.h; Kim et al.,
/// "NVMeVirt: A versatile software-defined virtual NVMe device", FAST 2023).
SsdSpec samsung_970_pro() {
  SsdSpec spec;
  spec.capacity_sectors = 1'953'525'168;  // data sheet: 1 TB
  spec.queue_depth = 1024;                // NVMe allows 65536; a driver's usual queue
  spec.channels = 8;                      // NVMeVirt, as all below
  spec.ways = 2;
  spec.partitions = 4;
  spec.stripe_sectors = 8;
  spec.page_stripes = 8;  // 32 KiB page, programmed in one shot
  spec.cell_levels = 2;   // MLC: LSB and MSB pages
  spec.sense_stripe = {29'760_ns, 41'760_ns};
  spec.sense_page = {30'000_ns, 42'000_ns};
  spec.program = {185_us, 185_us};
  spec.channel_bytes_per_s = 800'000'000;
  spec.channel_chunk_bytes = 16 << 10;
  spec.link_bytes_per_s = 3'360'000'000;
  spec.firmware_read_small = 21'500_ns;
  spec.firmware_read = 30'500_ns;
  spec.firmware_write = 4000_ns;
  spec.firmware_write_stripe = 460_ns;
  spec.write_buffer_bytes = 1 << 20;  // channels * ways * page * 2
  spec.erase = 0_us;                  // hidden, says NVMeVirt
  spec.gc_start_blocks = 2;           // NVMeVirt: two lines of blocks
  return spec;
}

/// The default drive of MQSim (ssdconfig.xml of 2022; Tavakkol et al., "MQSim: A framework for
/// enabling realistic studies of modern multi-queue SSD devices", FAST 2018). Its scheduler gives a
/// chip one command at a time, for one die and (mostly) one plane, so a chip counts as a die here.
SsdSpec mqsim_default() {
  SsdSpec spec;
  // 8 channels * 4 chips * 2 dies * 2 planes * 2048 blocks * 256 pages * 8 KiB, 7 % kept back.
  constexpr std::uint64_t raw_sectors = std::uint64_t{8 * 4 * 2 * 2} * 2048 * 256 * 16;
  spec.capacity_sectors = raw_sectors / 100 * 93;
  spec.queue_depth = 65'535;
  spec.channels = 8;
  spec.ways = 4;        // chips
  spec.partitions = 1;  // CWDP: channel, way, die, plane
  spec.stripe_sectors = 16;
  spec.page_stripes = 1;  // 8 KiB
  spec.placement = Placement::by_address;
  spec.die_order = DieOrder::reads_first;
  spec.cell_levels = 1;
  spec.sense_stripe = {75_us, 75_us};
  spec.sense_page = {75_us, 75_us};
  spec.program = {750_us};
  spec.erase = 3800_us;
  spec.gc_start_blocks = 4 * 2048 / 20;    // 5 % of those of a chip
  spec.channel_bytes_per_s = 333'000'000;  // NVDDR2, 333 MT/s, 8 bits
  spec.command = 290_ns;                   // tCS + 6 tWC + tWB + tRR of its ONFI_Channel_NVDDR2
  spec.channel_chunk_bytes = 8 << 10;      // a page crosses the channel whole
  spec.link_bytes_per_s = 4'000'000'000;   // PCIe, 4 lanes of 1 GB/s
  // Of the data cache of 256 MiB, no more than a page a plane may wait to be programmed.
  spec.write_buffer_bytes = std::uint64_t{8 * 4 * 2 * 2} * 8192;
  spec.buffer_bytes_per_s = 200'000'000;  // its DRAM: 100 MHz, both edges, one byte
  spec.queue_fetch = 512;
  spec.queues = 8;
  spec.mapping_cache_entries = (2 << 20) / 9;  // 2 MiB; two addresses and a bit map: 9 bytes
  spec.mapping_page_entries = 8192 / 6;        // one address and the bit map
  spec.mapping_caches = 8;                     // SHARED makes one of full size for each flow
  // Its scheduler has no turn for writing translation pages (TSU_Priority_OutOfOrder).
  spec.mapping_write_back = MappingWriteBack::stays_in_memory;
  return spec;
}

/// SimpleSSD's sample drive (sample.cfg of SimpleSSD 2; Gouk et al., "Amber: Enabling precise
/// full-system simulation with detailed modeling of all SSD resources", MICRO 2018). The time of
/// its firmware, which SimpleSSD sums up instruction by instruction, is not among its parameters.
SsdSpec simplessd_sample() {
  SsdSpec spec;
  // 8 channels * 4 packages * 2 dies * 2 planes * 512 blocks * 512 pages * 16 KiB, 25 % kept back.
  constexpr std::uint64_t raw_sectors = std::uint64_t{8 * 4 * 2 * 2} * 512 * 512 * 32;
  spec.capacity_sectors = raw_sectors / 4 * 3;
  spec.over_provisioning = 1.0 / 3;
  spec.queue_depth = 1024;  // NVMe allows 65536; a driver's usual queue
  spec.channels = 8;
  spec.ways = 8;  // dies of four packages
  spec.planes = 2;
  spec.pages_per_block = 512;
  spec.stripe_sectors = 32;  // a page of 16 KiB
  spec.page_stripes = 1;
  spec.cell_levels = 2;  // MLC: LSB and MSB pages
  spec.sense_stripe = {40_us, 65_us};
  spec.sense_page = {40_us, 65_us};
  spec.program = {500_us, 1300_us};
  spec.erase = 3500_us;
  spec.gc_start_blocks = 512 / 20;         // 5 % of a die's
  spec.channel_bytes_per_s = 400'000'000;  // 400 MT/s, 8 bits
  spec.channel_chunk_bytes = 16 << 10;
  spec.link_bytes_per_s = 3'940'000'000;               // PCIe 3.0, 4 lanes
  spec.write_buffer_bytes = std::uint64_t{512} << 20;  // its cache layer (ICL)
  return spec;
}

constexpr SsdProfile ssd_rows[] = {
    {"970-pro", "1 TB NVMe drive of 2018: 8 channels, MLC, 3.4 GB/s link (NVMeVirt's parameters)",
     samsung_970_pro},
    {"mqsim-default", "480 GB drive: 32 chips, 75 us read, 750 us program (MQSim's default)",
     mqsim_default},
    {"simplessd-sample",
     "384 GiB MLC drive: 64 dies of 2 planes, 40/65 us read, 0.5/1.3 ms program", simplessd_sample},
};

}  // namespace

std::span<const SsdProfile> ssd_profiles() {
  return ssd_rows;
}

const SsdProfile* find_ssd_profile(std::string_view name) {
  for (const SsdProfile& profile : ssd_rows)
    if (profile.name == name) return &profile;
  return nullptr;
}

}  // namespace sim
